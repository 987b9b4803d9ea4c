"""The fast way for plain documents in which nothing goes wrong; for all others it says None, and care is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vela_steps.injection.values import Change
from vela_steps.locate.plain import outline
from vela_steps.locate.trouble import Trouble
from vela_steps.plan import view
from vela_steps.plan.decide import PUBLISH_VERSION, Decision
from vela_steps.plan.model import Position
from vela_steps.splice.plain import inserted


class Edited:
    """A document's new text, and what that changes."""

    __slots__ = ("change", "text")

    def __init__(self, text: str, change: Change | None = None) -> None:
        self.text, self.change = text, change


def quickly(text: str, decide: Callable[[dict[str, Any]], Decision], path: str, line: int) -> Edited | None:
    """The outcome for a document that begins at a line of a text, None where it takes more care."""
    read = outline(text)
    if read is None:
        return None
    app = read.data
    kind = app.get("kind")
    if kind != view.KIND or app.get("apiVersion") != view.API_VERSION:
        return None if kind == view.KIND or not isinstance(kind, str) or kind.endswith("List") else Edited(text)
    try:
        if "sops" in app or _may_be_template(text) or PUBLISH_VERSION in view.App(app).annotations:
            return None
        decision = decide(app)
    except Trouble:
        return None
    if decision.app is app:
        return Edited(text)
    new = inserted(read, decision.app)
    if new is None:
        return None
    if new == text:
        return Edited(text)
    return Edited(new, change(app, decision, Position(path, line + read.first, 1)))


def _may_be_template(text: str) -> bool:
    """Whether there are braces of a Helm template. One character is found many times as fast as two."""
    return "{" in text and "{{" in text


def application(text: str) -> dict[str, Any] | None:
    """The data of a document that is surely a plain Application, for reading only; None where it takes more care."""
    read = outline(text)
    if read is None or read.data.get("kind") != view.KIND or read.data.get("apiVersion") != view.API_VERSION:
        return None
    return read.data


def change(app: dict[str, Any], decision: Decision, place: Position) -> Change:
    """What a decision changes in an Application."""
    of = view.App(app)
    return Change(
        of.name, of.namespace, place, decision.added, decision.updated, decision.removed, decision.created_workflow
    )
