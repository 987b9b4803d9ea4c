"""Each folder of examples/ holds plans, Applications and what the plans make of them (`after.*`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from vela_steps import Plan, inject, remove
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


def test_argo_cds_own_application_in_the_shop_is_left_alone() -> None:
    text = (ROOT / "shop/deploy/argocd.yaml").read_bytes()
    result = inject(text, plans_of(ROOT / "shop"))
    assert (result.text, result.changed, result.problems) == (text, False, ())
