"""One text: its encoding, its documents, and the way each of them takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from vela_steps.injection.quick import quickly
from vela_steps.injection.values import AnyStr, Change, Found, Result
from vela_steps.locate.documents import GROUP, documents, may_hold_application
from vela_steps.plan.decide import Decision
from vela_steps.plan.model import ERROR, Position, Problem, Route

_BOM = "\ufeff"
_GROUP_IN_UTF_16: Final = b"c\0o\0r\0e\0.\0o\0a\0m\0"


class Run:
    """What is collected over the documents of one text; `decide` says what an Application becomes."""

    def __init__(self, path: str, decide: Callable[[dict[str, Any]], Decision]) -> None:
        self.path = path
        self.decide = decide
        self.changes: list[Change] = []
        self.problems: list[Problem] = []

    def over(self, given: AnyStr) -> Result[AnyStr]:
        """Edit all documents."""
        new = given
        if self.may_hold_application(given):
            try:
                new = self.edited(given)
            except UnicodeDecodeError:
                self.refuse_encoding(given)
        failed = any(problem.severity == ERROR for problem in self.problems)
        if failed or new == given:
            return Result(given, False, () if failed else tuple(self.changes), tuple(self.problems))
        return Result(new, True, tuple(self.changes), tuple(self.problems))

    def edited(self, given: AnyStr) -> AnyStr:
        """The text with every document become what it shall be; what does not change is not decoded and encoded."""
        parts: list[Any] = [given[: _start(given)]]
        for chunk, line in _chunks(given):
            text = _text(chunk)
            edited = self.document(text, line) if may_hold_application(text) else text
            parts.append(chunk if edited == text else edited if isinstance(given, str) else edited.encode())
        nothing: Any = given[:0]
        new: AnyStr = nothing.join(parts)
        return new

    def document(self, text: str, line: int) -> str:
        """One document that begins at a line of the text: quickly where that is surely right, else with care."""
        quick = quickly(text, self.decide, self.path, line)
        if quick is not None:
            if quick.change is not None:
                self.changes.append(quick.change)
            return quick.text
        from vela_steps.injection.careful import Careful

        return Careful(self, text, line).edited()

    def found(self, given: str | bytes) -> list[Found]:
        """The Applications of a text."""
        from vela_steps.injection.careful import Careful

        found: list[Found] = []
        if not self.may_hold_application(given):
            return found
        try:
            for chunk, line in _chunks(given):
                if may_hold_application(text := _text(chunk)):
                    found += Careful(self, text, line).found()
        except UnicodeDecodeError:
            self.refuse_encoding(given)
            return []
        return found

    def may_hold_application(self, given: str | bytes) -> bool:
        """Whether a text may hold an Application; False as well where it is in no encoding that is read."""
        if isinstance(given, str):
            return may_hold_application(given)
        if given[:2] in (b"\xff\xfe", b"\xfe\xff") or (b"\0" in given and _GROUP_IN_UTF_16 in given):
            self.problem(Position(self.path), "the file is UTF-16", cure="save it as UTF-8")
            return False
        return GROUP.encode() in given

    def refuse_encoding(self, given: Any) -> None:
        """Say where bytes are not UTF-8, and nothing else of them."""
        self.problems.clear()
        try:
            given.decode()
        except UnicodeDecodeError as error:
            before = given[: error.start]
            line, start = before.count(b"\n") + 1, before.rfind(b"\n") + 1
            place = Position(self.path, line, len(before[start:].decode(errors="replace")) + 1)
            self.problem(place, "the file is not UTF-8", cure="save it as UTF-8")

    def problem(self, place: Position, message: str, severity: str = ERROR, route: Route = (), cure: str = "") -> None:
        """Note what is wrong."""
        self.problems.append(Problem(place, severity, message, route, cure))


def _chunks(given: str | bytes) -> Iterator[tuple[Any, int]]:
    """The documents of a text, each with the line at which it begins."""
    # Bytes as Latin-1 are a character each, and what parts documents is ASCII.
    view = given if isinstance(given, str) else given.decode("latin-1")
    for start, end, line in documents(view, _start(given)):
        yield given[start:end], line


def _start(given: str | bytes) -> int:
    """The offset behind a byte order mark."""
    bom = _BOM if isinstance(given, str) else _BOM.encode()
    return len(bom) if given.startswith(bom) else 0  # type: ignore[arg-type]


def _text(chunk: str | bytes) -> str:
    return chunk if isinstance(chunk, str) else chunk.decode()
