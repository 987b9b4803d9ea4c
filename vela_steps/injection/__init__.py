"""The core call: text and plans in, a result of values out. No I/O, no exception for what is wrong with a document.

Limitations: UTF-8 only; a document above 2 MiB, of more than 100,000 values or nested deeper than 100 levels is
refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from vela_steps.injection.run import Run
from vela_steps.injection.values import AnyStr, Change, Found, Result
from vela_steps.plan.decide import Decision, injected, removed
from vela_steps.plan.model import Plan, Problem

__all__ = ["Change", "Found", "Result", "examine", "find", "inject", "remove"]


def inject(text: AnyStr, plans: Iterable[Plan], *, path: str = "<stdin>") -> Result[AnyStr]:
    """Put the steps of the plans into every Application of a YAML or JSON text that they select.

    Steps of the given plans that are there already are brought up to date, and leave an Application that its plan no
    longer selects; steps of other plans and hand-written steps stay. `path` is what problems are reported under.
    """
    given = list(plans)
    return Run(path, lambda app: injected(app, given)).over(text)


def remove(text: AnyStr, plans: Iterable[Plan] | None = None, *, path: str = "<stdin>") -> Result[AnyStr]:
    """Take the steps of the plans (None: all that are ours) out of every Application of a text."""
    names = None if plans is None else [plan.name for plan in plans]
    return Run(path, lambda app: removed(app, names)).over(text)


def find(text: str | bytes, *, path: str = "<stdin>") -> tuple[list[Found], tuple[Problem, ...]]:
    """The Applications of a text as plain data, and what could not be read.

    See `plan.implicit.effective` for the workflow that KubeVela runs for one, and `plan.decide.injected` for the call
    over plain data.
    """
    run = Run(path, Decision)
    return run.found(text), tuple(run.problems)


def examine(text: bytes, look: Callable[[dict[str, Any]], object], *, path: str = "<stdin>") -> tuple[Problem, ...]:
    """What is wrong with the Applications of a text by `look`, which raises Trouble; each problem with its place."""

    def unchanged(app: dict[str, Any]) -> Decision:
        look(app)
        return Decision(app)

    return Run(path, unchanged).over(text).problems
