"""The addon's folder and its package, made from the definitions that are shipped."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from vela_steps import __version__
from vela_steps.addon import folder, package, texts
from vela_steps.cli import addon as verb
from vela_steps.cli import definitions as definitions_verb
from vela_steps.definitions.render import as_yaml, definition_object
from vela_steps.definitions.shipped import READ_OBJECT, Shipped, parse, read_all
from vela_steps.errors import UsageError

ROOT = Path("definitions")
STEPS = read_all(ROOT)


def run(module: object, *argv: str) -> int:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)  # type: ignore[attr-defined]
    status: int = module.run(parser.parse_args(argv))  # type: ignore[attr-defined]
    return status


@pytest.fixture
def made() -> dict[str, str]:
    return folder.files(ROOT)


def test_every_shipped_step_is_in_the_addon_and_read_object_not_among_its_definitions(made: dict[str, str]) -> None:
    names = {Path(name).stem for name in made if name.startswith("definitions/")}
    assert names == {step.name for step in STEPS} - {READ_OBJECT}
    assert "resources/read-object.cue" in made


def test_the_version_is_that_of_the_package(made: dict[str, str]) -> None:
    metadata = yaml.safe_load(made["metadata.yaml"])
    assert (metadata["name"], metadata["version"]) == ("vela-steps", __version__)
    assert "system" not in metadata


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_definition_is_bound_to_the_component_that_its_parameter_switches(
    step: Shipped, made: dict[str, str]
) -> None:
    if step.name == READ_OBJECT:
        assert "bind-component" not in made["resources/read-object.cue"]
        return
    carried = parse(made[f"definitions/{step.name}.cue"], Path(f"{step.name}.cue"))
    assert dict(carried.annotations)[texts.BIND] == step.name
    assert carried.template == step.template
    assert f"\t{texts.key(step.name)}: {{\n" in made["parameter.cue"]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_step_is_described_with_an_example_of_its_type_and_all_its_parameters(
    step: Shipped, made: dict[str, str]
) -> None:
    section = made["README.md"].partition(f"\n## {step.name}\n")[2].partition("\n## ")[0]
    example = yaml.safe_load(section.partition("```yaml\n")[2].partition("```")[0])
    assert [one["type"] for one in example] == [step.name]
    assert set(example[0]["properties"]) <= {field.name for field in step.fields}
    for field in step.fields:
        assert field.usage, f"{step.name}.{field.name} has no usage"
        assert f"| `{field.name}` |" in section


def test_forms_have_the_parameters_in_the_order_in_which_they_are_written() -> None:
    step = next(step for step in STEPS if step.name == "http-check")
    shown = texts.form(step)
    assert [one["jsonKey"] for one in shown] == [field.name for field in step.fields]
    assert [one["sort"] for one in shown] == list(range(1, len(shown) + 1))


def test_nothing_in_the_folder_is_taken_for_a_part_of_an_addon_that_is_none(made: dict[str, str]) -> None:
    allowed = ("definitions/", "config-templates/", "resources/")
    single = {"metadata.yaml", "README.md", "template.cue", "parameter.cue", "NOTES.cue"}
    assert [name for name in made if name not in single and not name.startswith(allowed)] == []
    assert [name for name in made if name.count("/") > 1] == []


def test_writing_removes_what_is_no_part_and_says_what_differs(tmp_path: Path, made: dict[str, str]) -> None:
    place = tmp_path / "vela-steps"
    folder.write(made, place)
    assert folder.drift(made, place) == []
    (place / "template.cue.bak").write_text("old")
    (place / "NOTES.cue").write_text("changed")
    assert folder.drift(made, place) == [
        f"{place}/template.cue.bak: is no part of the addon",
        f"{place}/NOTES.cue: not up to date",
    ]
    folder.write(made, place)
    assert folder.drift(made, place) == []


def test_a_folder_with_other_files_is_left_as_it_is(tmp_path: Path, made: dict[str, str]) -> None:
    place = tmp_path / "vela-steps"
    place.mkdir()
    (place / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds files and is no addon vela-steps"):
        folder.write(made, place)
    assert [path.name for path in place.iterdir()] == ["notes.txt"]


def test_check_says_what_to_do_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(verb, "build", "--check", "-o", str(tmp_path)) == 1
    assert capsys.readouterr().out.endswith("make it so: vela-steps addon build\n")
    assert list(tmp_path.iterdir()) == []
    assert run(verb, "build", "-o", str(tmp_path)) == 0
    assert run(verb, "build", "--check", "-o", str(tmp_path)) == 0


def test_a_folder_without_definitions_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are no definitions"):
        run(verb, "build", "--root", str(tmp_path), "-o", str(tmp_path))


# ---- the package -----------------------------------------------------------------------------------------------


def test_a_package_is_the_same_whenever_and_wherever_it_is_made(tmp_path: Path, made: dict[str, str]) -> None:
    shuffled = dict(reversed(made.items()))
    assert package.archive(made, "1.2.3") == package.archive(shuffled, "1.2.3")
    assert run(verb, "package", "-o", str(tmp_path / "one")) == run(verb, "package", "-o", str(tmp_path / "two")) == 0
    name = f"vela-steps-{__version__}.tgz"
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_neither_clock_nor_umask_nor_folder_gets_into_a_package(tmp_path: Path) -> None:
    """By the command itself, from a copy of the definitions whose files are of another time and order."""
    copied = tmp_path / "elsewhere" / "definitions"
    shutil.copytree(ROOT, copied, copy_function=shutil.copyfile)
    command = [sys.executable, "-m", "vela_steps", "addon", "package"]
    subprocess.run([*command, "-o", tmp_path / "one"], check=True, env={**os.environ, "TZ": "Pacific/Kiritimati"})
    away = {**os.environ, "TZ": "America/Adak", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    subprocess.run(
        [*command, "--root", copied, "-o", tmp_path / "two"], check=True, env=away, cwd=tmp_path, umask=0o077
    )
    [one, two] = [(tmp_path / place / f"vela-steps-{__version__}.tgz.sha256").read_text() for place in ("one", "two")]
    assert one == two


@pytest.mark.parametrize("size", [0, 1, 65_534, 65_535, 65_536, 200_000])
def test_what_is_stored_is_a_gzip_file(size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    assert gzip.decompress(package.gzipped(data)) == data


def test_a_package_is_a_chart_with_the_folders_files_and_no_traces_of_this_machine(made: dict[str, str]) -> None:
    data = package.archive(made, "1.2.3")
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))) as tar:
        members = tar.getmembers()
        assert members[0].name == "vela-steps/Chart.yaml"
        assert {member.name for member in members} == {f"vela-steps/{name}" for name in [*made, "Chart.yaml"]}
        assert {(member.mtime, member.uid, member.uname, member.mode) for member in members} == {(0, 0, "", 0o644)}
        file = tar.extractfile(members[0])
        assert file is not None
        chart = yaml.safe_load(file.read())
    assert (chart["name"], chart["version"], chart["type"]) == ("vela-steps", "1.2.3", "library")
    assert "annotations" not in chart


def test_the_checksum_and_the_index_are_those_of_the_packages(tmp_path: Path, made: dict[str, str]) -> None:
    for version in ("0.1.0", "0.2.0-rc.1"):
        package.write(package.archive(made, version), version, tmp_path)
    (tmp_path / "vela-steps-old.tgz").write_text("is no package")
    entries = yaml.safe_load(package.index(tmp_path))["entries"]["vela-steps"]
    assert [entry["version"] for entry in entries] == ["0.1.0", "0.2.0-rc.1"]
    for entry in entries:
        [name] = entry["urls"]
        digest = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        assert entry["digest"] == digest
        assert (tmp_path / f"{name}.sha256").read_text() == f"{digest}  {name}\n"


# ---- definitions render ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_rendered_yaml_is_the_object_with_its_template_as_readable_lines(step: Shipped) -> None:
    text = as_yaml(step, "shop", {"argocd.argoproj.io/sync-wave": "-10"})
    found = yaml.safe_load(text)
    expected = definition_object(step, "shop", {"argocd.argoproj.io/sync-wave": "-10"})
    assert found == {**expected, "metadata": {k: v for k, v in expected["metadata"].items() if v}}
    assert "\n        parameter: {\n" in text


def test_rendering_everything_leaves_read_object_out_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(definitions_verb, "render", "--sync-wave", "-10") == 0
    printed = capsys.readouterr()
    documents = list(yaml.safe_load_all(printed.out))
    assert {one["metadata"]["name"] for one in documents} == {step.name for step in STEPS} - {READ_OBJECT}
    assert {one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] for one in documents} == {"-10"}
    assert "read-object is left out" in printed.err


def test_read_object_is_rendered_where_it_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(definitions_verb, "render", READ_OBJECT, "-n", "shop") == 0
    [found] = yaml.safe_load_all(capsys.readouterr().out)
    assert (found["metadata"]["name"], found["metadata"]["namespace"]) == (READ_OBJECT, "shop")


def test_an_unknown_step_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="there is no step nope") as raised:
        run(definitions_verb, "render", "nope")
    assert "http-check" in raised.value.cure


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_no_package_is_left_that_vela_show_cannot_read(step: Shipped) -> None:
    source = (ROOT / f"{step.name}.cue").read_text(encoding="utf-8")
    assert '"vela/kube"' in source
    assert '"vela/' not in step.text
    for package_name, declaration in re.findall(r"(?<![\w.])(kube|http|builtin|email)\.(#\w+)", source):
        _, _, block = step.text.partition(f"\tlet vela_{package_name} = {{\n")
        assert f"\t\t{declaration}: {{\n" in block.partition("\n\t}\n")[0]


def test_a_metadata_of_several_lines_is_read_as_one_of_one_line() -> None:
    text = """import (
	"vela/http"
)

"toy": {
	type: "workflow-step"
	annotations: {
		"category": "A \\"b\\""
		scope:      "x"
	}
	labels: {"team.oam.dev/name": "shop"}
	attributes: {}
	description: "Do: it"
}

template: {
	// +usage=not a parameter
	parameter: {
		// +usage=The name
		name: string
		// +usage=More
		more?: {
			// +usage=Inside
			inside: int
		}
	}

	_step: {}
}
"""
    step = parse(text, Path("toy.cue"))
    assert (step.name, step.description) == ("toy", "Do: it")
    made = definition_object(step, "vela-system")
    assert made["metadata"]["annotations"] == {
        "definition.oam.dev/description": "Do: it",
        "custom.definition.oam.dev/category": 'A "b"',
        "custom.definition.oam.dev/scope": "x",
    }
    assert made["metadata"]["labels"] == {"team.oam.dev/name": "shop"}
    assert [(field.name, field.optional, field.usage) for field in step.fields] == [
        ("name", False, "The name"),
        ("more", True, "More"),
    ]
    assert step.template.startswith("let vela_http = {\n}\n\n// +usage=not")
    assert json.loads(json.dumps(made)) == made
