"""Plans named on a command line: files, folders of files, `-`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from vela_steps.errors import UsageError
from vela_steps.files.find import find, unread
from vela_steps.files.read import opened
from vela_steps.plan.load import Loaded, PlanError, duplicate_problems, load_plans
from vela_steps.plan.model import ERROR, Plan, Problem
from vela_steps.report import Outcome


def read_plans(
    paths: Sequence[str], load: Callable[[bytes, str], Loaded] = load_plans, *, together: bool = True
) -> Iterator[tuple[Outcome, tuple[Plan, ...]]]:
    """Each plan file with what is wrong with it and the plans that are right.

    Plans that are used `together` must not share a name; otherwise each file is looked at by itself.
    """
    known: tuple[Plan, ...] = ()
    for found in find(paths):
        if found.problem:
            yield Outcome(found.path, problems=(found.problem,)), ()
            continue
        plans, problems = _load(found.path, load)
        doubles = [one for one in duplicate_problems((*known, *plans)) if one.position.path == found.path]
        known = (*known, *plans) if together else ()
        yield Outcome(found.path, problems=(*problems, *doubles)), plans


def plans_of(paths: Sequence[str]) -> tuple[tuple[Plan, ...], tuple[Problem, ...]]:
    """The plans of a command line and the warnings about them. Raises PlanError where any plan has an error."""
    plans: tuple[Plan, ...] = ()
    problems: tuple[Problem, ...] = ()
    for outcome, found in read_plans(paths):
        plans += found
        problems += outcome.problems
    errors = tuple(problem for problem in problems if problem.severity == ERROR)
    if errors:
        raise PlanError(problems)
    if paths and not plans:
        raise UsageError(f"{', '.join(paths)}: no plan found", cure="plans are .yaml, .yml or .json files")
    return plans, problems


def _load(path: str, load: Callable[[bytes, str], Loaded]) -> Loaded:
    try:
        with opened(path) as file:
            text = file.read()
    except OSError as error:
        return Loaded((), (unread(path, error),))
    return load(text, path)
