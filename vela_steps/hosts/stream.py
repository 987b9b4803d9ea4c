"""Manifests in, manifests out: what every host does in the middle."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from vela_steps.errors import UsageError, VelaStepsError
from vela_steps.injection import inject
from vela_steps.plan.load import PlanError, load_or_raise
from vela_steps.plan.model import ERROR, Plan, Problem


class RefusedError(VelaStepsError):
    """Documents of the stream cannot be worked on; each problem stands on a line of its own."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__("\n".join(told(problem) for problem in problems))


def standard_input() -> str:
    """What the host hands over. Raises UsageError where there is nothing to read from."""
    if sys.stdin is None:
        raise UsageError("standard input is closed", cure="the host hands the manifests over by it")
    return sys.stdin.read()


def told(problem: Problem) -> str:
    """One line: place, severity, what is wrong and what to do."""
    return f"{problem}; {problem.cure}" if problem.cure else str(problem)


def injected(text: str, plans: Sequence[Plan], path: str) -> str:
    """`text` with the steps of the plans. Warnings go to standard error. Raises RefusedError on errors."""
    result = inject(text, plans, path=path)
    errors = [problem for problem in result.problems if problem.severity == ERROR]
    if errors:
        raise RefusedError(errors)
    for problem in result.problems:
        print(told(problem), file=sys.stderr)
    return result.text


def plans_from(paths: Iterable[Path]) -> tuple[Plan, ...]:
    """The plans of some files. Raises UsageError for a file that cannot be read, PlanError for a wrong plan."""
    plans: list[Plan] = []
    for path in paths:
        try:
            text = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror or error}", cure="name a plan file") from error
        plans += load_or_raise(text, str(path))
    return unique(plans)


def unique(plans: Sequence[Plan]) -> tuple[Plan, ...]:
    """The plans, if their names differ. Raises PlanError otherwise: their steps could not be told apart."""
    from vela_steps.plan.load import duplicate_problems

    doubles = duplicate_problems(tuple(plans))
    if doubles:
        raise PlanError(tuple(doubles))
    return tuple(plans)
