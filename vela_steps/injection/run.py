"""One text: its encoding, its documents, and the way each of them takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vela_steps.injection.quick import quickly
from vela_steps.injection.values import AnyStr, Change, Found, Result
from vela_steps.locate.documents import documents, may_hold_application
from vela_steps.plan.decide import Decision
from vela_steps.plan.model import ERROR, Position, Problem, Route

_BOM = "\ufeff"
_GROUP = b"core.oam.dev"


class Run:
    """What is collected over the documents of one text; `decide` says what an Application becomes."""

    def __init__(self, path: str, decide: Callable[[dict[str, Any]], Decision]) -> None:
        self.path = path
        self.decide = decide
        self.changes: list[Change] = []
        self.problems: list[Problem] = []

    def over(self, given: AnyStr) -> Result[AnyStr]:
        """Edit all documents."""
        text = self.decoded(given)
        new = self.edited(text) if text is not None and may_hold_application(text) else None
        failed = any(problem.severity == ERROR for problem in self.problems)
        if new is None or new == text or failed:
            return Result(given, False, () if failed else tuple(self.changes), tuple(self.problems))
        out: Any = new if isinstance(given, str) else new.encode()
        return Result(out, True, tuple(self.changes), tuple(self.problems))

    def edited(self, text: str) -> str:
        """The text with every document become what it shall be."""
        lead = _BOM if text.startswith(_BOM) else ""
        body = text[len(lead) :]
        parts: list[str] = [lead]
        line = 1
        for start, end in documents(body):
            chunk = body[start:end]
            parts.append(self.document(chunk, line) if may_hold_application(chunk) else chunk)
            line += chunk.count("\n")
        return "".join(parts)

    def document(self, text: str, line: int) -> str:
        """One document that begins at a line of the text: quickly where that is surely right, else with care."""
        quick = quickly(text, self.decide, self.path, line)
        if quick is not None:
            self.changes += quick.changes
            return quick.text
        from vela_steps.injection.careful import Careful

        return Careful(self, text, line).edited()

    def found(self, given: str | bytes) -> list[Found]:
        """The Applications of a text."""
        from vela_steps.injection.careful import Careful

        found: list[Found] = []
        body = (self.decoded(given) or "").removeprefix(_BOM)
        line = 1
        for start, end in documents(body):
            chunk = body[start:end]
            if may_hold_application(chunk):
                found += Careful(self, chunk, line).found()
            line += chunk.count("\n")
        return found

    def decoded(self, given: str | bytes) -> str | None:
        """The text of a file; None where it cannot hold an Application, or is in no encoding that is read."""
        if isinstance(given, str):
            return given
        if given[:2] in (b"\xff\xfe", b"\xfe\xff") or b"c\0o\0r\0e\0.\0o\0a\0m\0" in given:
            self.problem(Position(self.path), "the file is UTF-16", cure="save it as UTF-8")
            return None
        if _GROUP not in given:
            return None
        try:
            return given.decode()
        except UnicodeDecodeError as error:
            before = given[: error.start]
            line, start = before.count(b"\n") + 1, before.rfind(b"\n") + 1
            place = Position(self.path, line, len(before[start:].decode(errors="replace")) + 1)
            self.problem(place, "the file is not UTF-8", cure="save it as UTF-8")
            return None

    def problem(self, place: Position, message: str, severity: str = ERROR, route: Route = (), cure: str = "") -> None:
        """Note what is wrong."""
        self.problems.append(Problem(place, severity, message, route, cure))
