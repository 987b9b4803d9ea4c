"""A fast reader for plain documents: block style, a line for each key, nothing over several lines but block scalars.

Most manifests are plain, and libyaml's events cost fifty times as much. Whatever is not surely plain (anchors, tags,
flow over several lines, odd indentation, tabs, duplicate keys, …) is left to `nodes`: this reader says None, and never
judges. What it does read it reads as `nodes` and `values` do; property tests hold the two together.

The document is opened where it can be edited, down to the workflow's steps; blocks elsewhere are read as wholes. That
blocks can be cut apart at the lines of one column, and read each by itself, follows from what the reader takes: each
line is complete by itself, and block scalars stand deeper than their key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from vela_steps.locate.blocks import block
from vela_steps.locate.lines import line_said, sequence
from vela_steps.locate.recent import Recent
from vela_steps.locate.values import is_word

_LONGEST = 128 * 1024  # characters; no text below it has more values than `nodes` takes

_NONE: frozenset[str] = frozenset()
_OPENED = {
    "": frozenset(("metadata", "spec")),
    "metadata": frozenset(("annotations",)),
    "annotations": _NONE,
    "spec": frozenset(("components", "workflow")),
    "components": _NONE,
    "workflow": frozenset(("steps",)),
    "steps": _NONE,
}
"""Which entries are opened below an opened one."""
_SEQUENCES = frozenset(("components", "steps"))
_LEAD = re.compile(r"((?: *(?:#[^\n]*)?\n)*)( *)(- )?")


class Part(NamedTuple):
    """An opened collection: its data, where its text begins and ends, the column of its keys or dashes.

    `pieces` are the texts of a sequence's items, `gaps` the lines between them where there are any.
    """

    data: Any
    start: int
    end: int
    column: int
    pieces: list[str] = []  # noqa: RUF012 - never changed in place
    gaps: list[str] = []  # noqa: RUF012

    def item_span(self, index: int) -> tuple[int, int]:
        """Where the text of an item begins and ends."""
        start = self.start + sum(map(len, self.pieces[:index])) + sum(map(len, self.gaps[:index])) + index
        return start, start + len(self.pieces[index])


class Outline:
    """A plain document without its final newline, with LF: its data and its opened parts.

    `step` and `dash` are how much deeper than their key its first mapping and its first sequence stand (0 and -1:
    there is none), `first` the line of its first key, counted from 0.
    """

    __slots__ = ("closed", "dash", "data", "first", "newline", "parts", "step", "text")

    def __init__(self, text: str, newline: str, closed: bool) -> None:
        self.text, self.newline, self.closed = text, newline, closed
        self.data: dict[str, Any] = {}
        self.parts: list[Part] = []
        self.step, self.dash, self.first = 0, -1, 0

    def part(self, collection: Any) -> Part | None:
        """The opened part with this data."""
        for part in self.parts:
            if part.data is collection:
                return part
        return None

    def written(self, text: str) -> str:
        """A text of this document with its own line breaks and its own end."""
        text = text + "\n" if self.closed else text
        return text if self.newline == "\n" else text.replace("\n", self.newline)

    def read(self) -> bool:
        """Read the text; False where that is not sure."""
        start = _lead(self.text, 0)
        if self.text.startswith("---\n", start):
            start = _lead(self.text, start + 4)
        if start < 0 or self.text[start : start + 1] in ("", " ", "-"):
            return False
        self.first = self.text.count("\n", 0, start)
        data = self.mapping(self.text[start:], start, 0, _OPENED[""])
        self.data = data or {}
        return data is not None

    def mapping(self, text: str, start: int, column: int, opened: frozenset[str]) -> dict[str, Any] | None:
        """The data of a block mapping; what is `opened` becomes a part."""
        data: dict[str, Any] = {}
        self.parts.append(Part(data, start, start + len(text), column))
        for entry in _keys(column)(text):
            if "\n" not in entry:
                name, value = line_said(entry, column)
                if name is None or name in data:
                    return None
                data[name] = value
            elif (colon := entry.find(":\n", 0, 80)) > 0 and (key := entry[column:colon]) in opened:
                if key in data or not self.open(data, entry, start, column, key):
                    return None
            elif not self.whole(data, entry, column):
                return None
            start += len(entry) + 1
        return data

    def whole(self, data: dict[str, Any], entry: str, column: int) -> bool:
        """An entry of several lines that is not opened."""
        said = block(entry, column)
        if said is None or not data.keys().isdisjoint(said.data):
            return False
        data.update(said.data)
        self.hint(said.step, said.dash)
        return True

    def open(self, data: dict[str, Any], entry: str, start: int, column: int, key: str) -> bool:
        """An entry whose value becomes a part."""
        at = _lead(entry, column + len(key) + 2)
        if at < 0:
            return False
        body = entry[at:]
        deep = len(body) - len(body.lstrip(" "))
        if body.startswith("- ", deep):
            if key not in _SEQUENCES or deep < column:
                return self.whole(data, entry, column)
            self.hint(0, deep - column)
            value: Any = self.items(body, start + at, deep)
        elif deep <= column:
            return False
        else:
            self.hint(deep - column, -1)
            value = self.mapping(body, start + at, deep, _OPENED[key])
        data[key] = value
        return value is not None

    def items(self, text: str, start: int, column: int) -> list[Any] | None:
        """The data of a block sequence."""
        pieces, gaps = _cut(text, column)
        if gaps and not _is_printable("".join(gaps)):
            return None
        data = [_item(piece, column) for piece in pieces]
        if None in data:
            return None
        self.parts.append(Part(data, start, start + len(text), column, pieces, gaps))
        return data

    def hint(self, step: int, dash: int) -> None:
        """Note how the document indents, where that is seen for the first time."""
        self.step = self.step or step
        if self.dash < 0:
            self.dash = dash


def outline(text: str) -> Outline | None:
    """The outline of a document, None where it is not surely plain."""
    if len(text) > _LONGEST:
        return None
    newline = "\n"
    if "\r" in text:
        newline = "\r\n"
        if not text.count(newline) == text.count("\r") == text.count("\n"):
            return None
        text = text.replace(newline, "\n")
    closed = text.endswith("\n")
    if not closed and ("|" in text or ">" in text):
        return None  # the final newline would be missing from a block scalar's value too
    found = Outline(text[:-1] if closed else text, newline, closed)
    return found if found.read() else None


def _lead(text: str, start: int) -> int:
    """Where the first line from `start` on begins that is neither blank nor a comment; -1 where one is odd."""
    match = _LEAD.match(text, start)
    end = match.end(1) if match else -1
    return end if end <= start or _is_printable(text[start:end]) else -1


def _is_printable(text: str) -> bool:
    return text.replace("\n", "").isprintable()


@lru_cache(maxsize=64)
def _keys(column: int) -> Callable[[str], list[str]]:
    """What cuts a block mapping at its keys."""
    return re.compile(rf"\n(?={' ' * column}[^ \n#-])").split


@lru_cache(maxsize=64)
def _dashes(column: int) -> Callable[[str], list[str]]:
    """What cuts a block sequence at its dashes, and at the blank lines and comments in their column between items (the
    last 50 of them: without a limit the time grows with the square of their number; the rest is read with the item)."""
    margin = " " * column
    return re.compile(rf"\n((?:(?:{margin}#[^\n]*)?\n){{0,50}})(?={margin}- )").split


@lru_cache(maxsize=64)
def _bare_dashes(column: int) -> tuple[str, Callable[[str], list[str]]]:
    """How a comment in the column of the dashes begins, and what cuts a sequence without such comments."""
    margin = " " * column
    return f"\n{margin}#", re.compile(rf"\n(?={margin}- )").split


def _cut(text: str, column: int) -> tuple[list[str], list[str]]:
    """The items of a block sequence, and the lines between them where there are any."""
    comment, bare = _bare_dashes(column)
    if comment not in text and "\n\n" not in text:
        return bare(text), []
    pieces = _dashes(column)(text)
    return pieces[::2], pieces[1::2]


_HEAD = re.compile(r" *- ([A-Za-z]+)\Z")


def _head(text: str) -> str | None:
    match = _HEAD.match(text)
    return match[1] if match else None


_heads = Recent(_head, 1_000)


def _item(text: str, column: int) -> Any:
    """The data of one item, None where that is not sure (or nothing)."""
    head, _, body = text.partition("\n")
    start, _, word = head.partition(": ")
    key = _heads[start]
    if key and body and is_word(word) and word.isascii():
        said = block(body, column + 2)
        if said is not None and key not in said.data:
            return {key: word, **said.data}
    items = sequence(text.split("\n"), column)
    return items[0] if items and len(items) == 1 else None
