"""Putting definitions together: only what is used, nothing visible but parameter and outputs."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from vela_steps.cli import definitions as verb
from vela_steps.definitions.build import SHARED, build
from vela_steps.errors import UsageError

PROBE = Path("tests/definitions/probe")
SOURCES = Path("definitions/src")


def write(folder: Path, **files: str) -> Path:
    """A step folder with these files; `shared` stands beside it."""
    step = folder / "toy"
    (folder / SHARED).mkdir()
    step.mkdir()
    for name, text in files.items():
        place = (
            folder / SHARED / f"{name.removeprefix('shared_')}.cue"
            if name.startswith("shared_")
            else step / f"{name}.cue"
        )
        place.write_text(text, encoding="utf-8")
    return step


MAIN = 'toy: {\n\ttype: "workflow-step"\n}\ntemplate: {\n\tparameter: {a: string}\n\n\t_step: {\n\t\tx: #One\n\t}\n}\n'


def test_only_what_is_named_of_the_shared_declarations_gets_in(tmp_path: Path) -> None:
    step = write(
        tmp_path,
        toy=MAIN,
        shared_parts='import "strings"\n\n#One: {y: #Two}\n\n// Why.\n#Two: {z: 1}\n\n'
        '#Three: {z: strings.ToUpper("a")}\n',
    )
    text = build(step, tmp_path / SHARED).text
    assert "\t\t#One: {y: #Two}" in text
    assert "\t\t// Why.\n\t\t#Two: {z: 1}" in text
    assert "#Three" not in text
    assert "import" not in text, "an import that is not used keeps a definition from running"


def test_an_import_under_another_name_keeps_it(tmp_path: Path) -> None:
    parts = 'import (\n\t"strings"\n\tgotemplate "text/template"\n)\n\n#One: {y: gotemplate.Execute("a", {})}\n'
    text = build(write(tmp_path, toy=MAIN, shared_parts=parts), tmp_path / SHARED).text
    assert 'import (\n\tgotemplate "text/template"\n)' in text


def test_declarations_of_the_steps_other_files_are_hidden_and_parameters_are_not(tmp_path: Path) -> None:
    step = write(tmp_path, toy=MAIN, more="package toy\n\nparameter: {b: int}\n\n#One: {c: 1}\n")
    text = build(step, tmp_path / SHARED).text
    visible, _, hidden = text.partition("\n\t_step: {")
    assert "\tparameter: {b: int}" in visible
    assert "#One: {c: 1}" in hidden
    assert "package" not in text


def test_a_definition_of_a_single_stage_is_written_into_it_and_one_of_two_uses_is_not(tmp_path: Path) -> None:
    stages = "\t\t_a: #Once & {b: 1} @step(1)\n\t\t_b: #Twice & {c: #Twice} @step(2)\n"
    main = MAIN.replace("\t_step: {\n", "\t_step: {\n" + stages)
    parts = "// What it is.\n#Once: {\n\tb: int\n}\n#Twice: {\n\tc: _\n}\n"
    text = build(write(tmp_path, toy=main, shared_parts=parts), tmp_path / SHARED).text
    assert "\t\t_a: {\n\t\t\t// What it is.\n\t\t\tb: int\n\t\t} & {b: 1} @step(1)\n" in text
    assert "#Once" not in text
    assert "\t\t_b: #Twice & {c: #Twice} @step(2)\n" in text
    assert "\t\t#Twice: {\n" in text


def test_a_declaration_that_the_shared_parts_have_too_is_refused(tmp_path: Path) -> None:
    step = write(tmp_path, toy=MAIN, more="package toy\n\n#One: {b: 1}\n", shared_parts="#One: {c: 1}\n")
    with pytest.raises(UsageError, match="toy: #One: shared/ declares that, too"):
        build(step, tmp_path / SHARED)


def test_a_template_that_does_not_end_with_its_hidden_part_is_refused(tmp_path: Path) -> None:
    step = write(tmp_path, toy='toy: {\n\ttype: "x"\n}\ntemplate: {\n\tparameter: {}\n}\n')
    with pytest.raises(UsageError, match="template ends with the struct _step"):
        build(step, tmp_path / SHARED)


def test_the_probe_uses_only_the_packages_that_its_file_imports() -> None:
    text = build(PROBE, SOURCES / SHARED).text
    imports = text.partition("import (")[2].partition(")")[0].split()
    for quoted in imports:
        assert text.count(quoted.strip('"').rpartition("/")[2] + ".") > 0


def test_check_tells_a_file_that_is_not_up_to_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "src").mkdir()
    write(tmp_path / "src", toy=MAIN, shared_parts="#One: {}\n")
    args = argparse.Namespace(root=tmp_path, check=True)
    assert verb._build(args) == 1
    assert "toy.cue: not up to date" in capsys.readouterr().out
    args.check = False
    assert verb._build(args) == 0
    args.check = True
    assert verb._build(args) == 0


def test_the_shipped_files_are_up_to_date() -> None:
    for definition in verb.built(Path("definitions")):
        assert (Path("definitions") / f"{definition.name}.cue").read_text(encoding="utf-8") == definition.text


def test_no_reference_is_to_a_field_that_newer_versions_of_cue_have_a_builtin_of() -> None:
    # KubeVela 1.11 takes `error` for the builtin of CUE 0.14, even where a field of that name is nearer.
    reference = re.compile(r"(?<![\w.#\"$])(?:error|matchIf|matchN)\b(?!\??\s*:)")
    for path in sorted(SOURCES.rglob("*.cue")):
        code = re.sub(r'"(?:[^"\\\n]|\\.)*"|//.*', '""', path.read_text(encoding="utf-8"))
        assert not reference.findall(code), path
