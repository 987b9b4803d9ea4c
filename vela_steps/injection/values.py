"""What a call of the core gives back."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from vela_steps.plan.model import ERROR, Position, Problem, Route

AnyStr = TypeVar("AnyStr", str, bytes)


class Change(NamedTuple):
    """What becomes of one Application: the names of the steps that came, changed and went."""

    application: str
    namespace: str
    position: Position
    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    created_workflow: bool = False


class Result(Generic[AnyStr]):
    """`text` is the new text, of the type that was given, or the given text itself where there is any error."""

    __slots__ = ("changed", "changes", "problems", "text")

    def __init__(self, text: AnyStr, changed: bool, changes: tuple[Change, ...], problems: tuple[Problem, ...]) -> None:
        self.text: AnyStr = text
        self.changed = changed
        self.changes = changes
        self.problems = problems

    @property
    def ok(self) -> bool:
        """Whether no problem is an error."""
        return not any(problem.severity == ERROR for problem in self.problems)


class Found(NamedTuple):
    """One KubeVela Application of a text, as plain data (aliases and merge keys resolved)."""

    app: dict[str, Any]
    position: Position
    route: Route
