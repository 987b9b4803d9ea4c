"""Cases in `tests/cases`: folders with `before`, `plan.yaml`, and `after` or `error.txt` (and `problems.txt`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from vela_steps import Problem, inject, remove
from vela_steps.plan.load import load_or_raise

CASES = sorted((Path(__file__).parent.parent / "cases").iterdir())


def _file(case: Path, stem: str) -> Path | None:
    return next((path for path in case.iterdir() if path.stem == stem and path.suffix in (".yaml", ".json")), None)


def _told(problems: tuple[Problem, ...]) -> str:
    return "".join(f"{problem}{'; ' if problem.cure else ''}{problem.cure}\n" for problem in problems)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path) -> None:
    before_file, after_file, error = _file(case, "before"), _file(case, "after"), case / "error.txt"
    assert before_file is not None
    before = before_file.read_bytes()
    plans = load_or_raise((case / "plan.yaml").read_bytes(), "plan.yaml")
    result = inject(before, plans, path=before_file.name)
    assert error.exists() != (after_file is not None), "a case has either an error or an outcome"
    if after_file is None:
        assert not result.ok
        assert _told(result.problems) == error.read_text()
        assert result.text == before
        return
    problems = case / "problems.txt"
    assert _told(result.problems) == (problems.read_text() if problems.exists() else "")
    assert result.text.decode() == after_file.read_bytes().decode()
    assert not inject(result.text, plans).changed, "injecting again changes something"
    assert not inject(result.text, plans[::-1]).changed, "the order of the plans counts"
    assert remove(result.text).text == before, "removing does not give the bytes back"
    assert remove(result.text, plans).text == before


def test_there_are_cases_of_both_kinds() -> None:
    errors = [case for case in CASES if (case / "error.txt").exists()]
    assert len(errors) > 20
    assert len(CASES) - len(errors) > 60
