"""What is found of a plain document: its data, and where the entries stand of what may be edited."""

from __future__ import annotations

from typing import Any, Final


class Unread:
    """What stands for the block collections that no rule looks at: those under UNREAD_KEYS of an item of
    `spec.components`, most lines of an Application. Their lines are checked as all others are, but make no data.

    It is neither a mapping nor a list, so that a rule that asks for one is told that there is none, and care is taken.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "<unread>"


UNREAD: Final = Unread()
UNREAD_KEYS: Final = frozenset(("properties", "traits"))


class Part:
    """A block collection near the root: its data, the column of its keys or dashes, the offsets of its entries' lines.

    It is the entry `place` of the part `above`.
    """

    __slots__ = ("above", "column", "data", "place", "starts")

    def __init__(self, data: Any, column: int, above: Part | None) -> None:
        self.data: Any = data
        self.column = column
        self.starts: list[int] = []
        self.above = above
        self.place = len(above.starts) - 1 if above is not None else 0


class Outline:
    """A plain document: its data and its parts, the root first.

    `text` is the document with LF for each line break, the last line's too; `newline` and `closed` say what it has
    really. `step` and `dash` are how much deeper than their key its first mapping and its first sequence stand (0 and
    -1: there is none). What the lines of a block mapping say alone is an outline too.
    """

    __slots__ = ("closed", "dash", "data", "newline", "parts", "step", "text")

    def __init__(self, text: str, newline: str = "\n", closed: bool = True) -> None:
        self.text, self.newline, self.closed = text, newline, closed
        self.data: dict[str, Any] = {}
        self.parts: list[Part] = []
        self.step = 0
        self.dash = -1

    def begin(self, data: Any, column: int, above: Part | None) -> Part:
        """A new part, for a collection that begins."""
        part = Part(data, column, above)
        self.parts.append(part)
        return part

    def line(self, offset: int) -> int:
        """The number of the line at an offset, counted from 0."""
        return self.text.count("\n", 0, offset)

    @property
    def first(self) -> int:
        """The line of the first key, counted from 0."""
        return self.line(self.parts[0].starts[0])

    def part(self, collection: Any) -> Part | None:
        """The part with this data."""
        for part in self.parts:
            if part.data is collection:
                return part
        return None

    def entry_end(self, part: Part, entry: int) -> int:
        """The offset behind an entry of a part, and behind the comments and blank lines that follow it."""
        while True:
            if entry + 1 < len(part.starts):
                return part.starts[entry + 1]
            if part.above is None:
                return len(self.text)
            part, entry = part.above, part.place

    def written(self, text: str) -> str:
        """A text like `text` with this document's own line breaks and its own end."""
        text = text if self.closed else text[:-1]
        return text if self.newline == "\n" else text.replace("\n", self.newline)
