"""Each folder of examples/ holds plans, Applications and what the plans make of them (`after.*`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from vela_steps import Plan, inject, remove
from vela_steps.plan.load import check_file
from vela_steps.schema import HERE as SCHEMAS

ROOT = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path for path in ROOT.iterdir() if path.is_dir())
MODELINE = "# yaml-language-server: $schema="


def plan_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("plan.yaml"), *folder.glob("plans/*.yaml")])


def plans_of(folder: Path) -> list[Plan]:
    return [plan for path in plan_files(folder) for plan in Plan.load(path.read_bytes(), path.name)]


def application_of(folder: Path) -> Path:
    (path,) = [*folder.glob("app.*"), *folder.glob("deploy/shop.yaml")]
    return path


def test_there_are_examples() -> None:
    assert {"shop", "after-component", "select-by-label"} <= {folder.name for folder in FOLDERS}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_example_becomes_what_it_shows(folder: Path) -> None:
    source = application_of(folder)
    before = source.read_bytes()
    result = inject(before, plans_of(folder), path=source.name)
    assert not result.problems
    assert result.changed
    assert result.text.decode() == (folder / f"after{source.suffix}").read_bytes().decode()
    assert not inject(result.text, reversed(plans_of(folder))).changed
    assert remove(result.text).text == before


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_example_names_the_schema_that_editors_check_it_with(folder: Path) -> None:
    for path in plan_files(folder):
        first = path.read_text().splitlines()[0]
        assert first.startswith(MODELINE)
        assert (path.parent / first.removeprefix(MODELINE)).resolve() == Path(SCHEMAS, "plan.schema.json")


NAMES_APPLICATIONS = sorted(
    path for path in ROOT.rglob("*.yaml") if "application.schema.json" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("path", NAMES_APPLICATIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_application_that_names_its_schema_keeps_to_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first = text.splitlines()[0]
    assert first.startswith(MODELINE)
    if not path.stem.startswith("after"):  # which is for the folder of the file that it was made of
        named = (path.parent / first.removeprefix(MODELINE)).resolve()
        assert named == Path(SCHEMAS, "application.schema.json")
    schema = json.loads(Path(SCHEMAS, "application.schema.json").read_text(encoding="utf-8"))
    for document in yaml.safe_load_all(text):
        assert [error.message for error in Draft7Validator(schema).iter_errors(document)] == []


def test_examples_of_applications_name_their_schema() -> None:
    assert ROOT / "shop/deploy/shop.yaml" in NAMES_APPLICATIONS
    assert ROOT / "step-group/app.yaml" in NAMES_APPLICATIONS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_properties_of_an_examples_steps_are_right(folder: Path) -> None:
    for path in plan_files(folder):
        assert [str(problem) for problem in check_file(path.read_bytes(), path.name).problems] == []


def test_argo_cds_own_application_in_the_shop_is_left_alone() -> None:
    text = (ROOT / "shop/deploy/argocd.yaml").read_bytes()
    result = inject(text, plans_of(ROOT / "shop"))
    assert (result.text, result.changed, result.problems) == (text, False, ())
