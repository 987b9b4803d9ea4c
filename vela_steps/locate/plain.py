"""A fast reader for plain documents: block style, a line for each key, nothing over several lines but block scalars.

Most manifests are plain, and libyaml's events cost fifty times as much. Whatever is not surely plain (anchors, tags,
flow over several lines, odd indentation, tabs, CR, duplicate keys, …) is left to `nodes`: this reader says None, and
never judges. What it does read it reads as `nodes` and `values` do; a property test holds the two together.

Lines are classified one by one and remembered, because manifests repeat themselves; what they mean together is found
in one pass over them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from vela_steps.locate.nodes import SIZE_LIMIT
from vela_steps.locate.values import is_word, plain_value

_QUOTED = r"""(?:'[^']*'|"[^"\\]*")"""
_WORD = r"[A-Za-z0-9_./$][A-Za-z0-9_./$=@*+%-]*"
_ATOM = rf"(?:{_WORD}|{_QUOTED})"
_LIST = rf"\[ *(?:{_ATOM}(?: *, *{_ATOM})* *)?\]"
_PLAIN = r"(?:[A-Za-z0-9_./$(+^<=~;\\]|[^\x00-\x7f]|-(?=[^ ]))[^:#]*(?:(?::(?=[^ ])|(?<! )#)[^:#]*)*"
_LINE = re.compile(
    rf"( *)(- )?(?:([A-Za-z0-9_./][A-Za-z0-9_./-]*|{_QUOTED}):(?= |\Z))?"
    rf"(?: *(?:([|>]-?)|({_QUOTED})|({_LIST})|(\{{\}})|({_PLAIN}))(?<! ))?(?: +#.*| *)\Z"
)
_ATOMS = re.compile(_ATOM)

_EMPTY, _VALUE, _BLOCK = 0, 1, 2
_REMEMBERED = 20_000
_MARKED = 6  # levels whose collections can be edited: spec, workflow, steps, the step
_LONGEST = 4_096  # characters; the pattern's time grows with a line, and a manifest's lines are short
_DEEPEST = 50  # columns; each can hold a mapping and a sequence, so this stays below the depth limit of `nodes`


Mark = tuple[Any, int, int, int]
"""Where a block collection begins: the collection, its first line, the column of its keys or dashes, and the column
of the mapping that holds it (-1 where a sequence does, or nothing)."""


class Outline(NamedTuple):
    """A plain document: its lines (the last is the empty one behind the final newline, which is there even if the
    text lacks it: `closed`), its data, where its collections begin, and the line of its first key."""

    lines: list[str]
    data: dict[str, Any]
    marks: list[Mark]
    first: int
    newline: str = "\n"
    closed: bool = True

    def mark(self, collection: Any) -> Mark | None:
        """Where a block collection of `data` begins."""
        for mark in self.marks:
            if mark[0] is collection:
                return mark
        return None

    def text(self) -> str:
        """The document as it was written."""
        return self.newline.join(self.lines if self.closed else self.lines[:-1])


_Line = tuple[int, int, str | None, int, Any]
"""What a line says by itself: the column of its key or item, that of its dash (-1: none), its key, the kind of its
value, and the value. Plain tuples, because the garbage collector forgets those that hold no collections."""

_MARKER = 1_000_000
_SKIPPED: _Line = (0, 0, None, 0, "skipped")
_START: _Line = (0, _MARKER, None, 0, "start")


def outline(text: str) -> Outline | None:
    """The outline of a document, None where it is not surely plain."""
    if len(text) > SIZE_LIMIT:
        return None
    newline = "\r\n" if "\r" in text else "\n"
    lines = text.split(newline)
    closed = not lines[-1]
    return read(lines if closed else [*lines, ""], newline, closed)


def read(lines: list[str], newline: str = "\n", closed: bool = True) -> Outline | None:
    """The outline of a document's lines, as `Outline` has them."""
    found = _data(lines, map(_entry, lines), closed, 0)
    return None if found is None else Outline(lines, *found, newline, closed)


def mapping(lines: list[str], column: int) -> dict[str, Any] | None:
    """What the lines of one block mapping say whose keys stand at `column`, None where that is not sure."""
    lines = [*lines, ""]
    found = _data(lines, map(_entry, lines), True, column)
    return None if found is None else found[0]


def sequence(lines: list[str], column: int) -> list[Any] | None:
    """What the lines of one block sequence say whose dashes stand at `column`, None where that is not sure."""
    found = mapping([f"{' ' * column}items:", *lines], column)
    items = None if found is None or len(found) != 1 else found["items"]
    return items if isinstance(items, list) else None


class _Known(dict[str, "_Line | None"]):
    """The lines that were classified, as far as they are remembered."""

    def __missing__(self, line: str) -> _Line | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[line] = _simple(line) or _classified(line)
        return found


_known = _Known()
_entry = _known.__getitem__


def _simple(line: str) -> _Line | None:
    """The commonest lines, `key: word` and comments, without the pattern for all of them; None where it is needed."""
    body = line.lstrip(" ")
    at = len(line) - len(body)
    if body[:1] == "#":
        return _SKIPPED if line.isprintable() else None
    dash = -1
    if body[:2] == "- ":
        body, dash = body[2:], at
        at += 2
    key, colon, word = body.partition(": ")
    if colon and key.isidentifier() and is_word(word) and at <= _DEEPEST and line.isascii():
        return at, dash, key, _VALUE, word
    return None


def _classified(line: str) -> _Line | None:
    body = line.strip(" ")
    if not body or body[0] == "#":
        return _SKIPPED if line.isprintable() else None
    if line == "---":
        return _START
    match = _LINE.match(line) if line.isprintable() and len(line) <= _LONGEST else None
    if match is None:
        return None
    indent, dash, key, block, *values = match.groups()
    if key is None and (dash is None or not any(values)):
        return None
    at = len(indent)
    if at > _DEEPEST:
        return None
    name = None if key is None else _text(key)
    value, kind = _value(*values)
    return at + (2 if dash else 0), at if dash else -1, name, _BLOCK if block else kind, block or value


def _text(token: str) -> str:
    return token[1:-1] if token[0] in "'\"" else token


def _value(quoted: str | None, items: str | None, mapping: str | None, plain: str | None) -> tuple[Any, int]:
    if plain is not None:
        return plain_value(plain), _VALUE
    if quoted is not None:
        return quoted[1:-1], _VALUE
    if items is not None:
        return [_atom(atom) for atom in _ATOMS.findall(items)], _VALUE
    return ({}, _VALUE) if mapping else (None, _EMPTY)


def _atom(token: str) -> Any:
    return token[1:-1] if token[0] in "'\"" else plain_value(token)


def _data(  # noqa: C901
    lines: list[str], entries: Iterable[_Line | None], closed: bool, column: int
) -> tuple[dict[str, Any], list[Mark], int] | None:
    """One pass over classified lines: their data, marks and first line. One loop without calls: it runs for every line
    of every manifest. `waiting` is True right behind a key without a value, which the next line may give it."""
    top: Any = {}
    new: Any
    last: str | None = None
    waiting, until, first = False, 0, -1
    stack, columns, marks = [top], [column], [(top, 0, column, -1)]
    for number, entry in enumerate(entries):
        if entry is _SKIPPED or number < until:
            continue
        if entry is None:
            return None
        at, dash, key, kind, value = entry
        if dash < 0:
            if at != column:
                if at > column:
                    if not waiting or type(top) is list:
                        return None
                    top[last] = new = {}
                    if len(stack) < _MARKED:
                        marks.append((new, number, at, column))
                    stack.append(new)
                    columns.append(at)
                    top, column = new, at
                else:
                    while column > at:
                        stack.pop()
                        columns.pop()
                        column = columns[-1] if columns else -1
                    if column != at:
                        return None
                    top = stack[-1]
            if type(top) is list:
                stack.pop()
                columns.pop()
                top, column = stack[-1], columns[-1]
                if column != at:
                    return None
        elif dash == _MARKER:
            if first >= 0:
                return None
            continue
        else:
            if column > dash:
                waiting = False
                while column > dash:
                    stack.pop()
                    columns.pop()
                    column = columns[-1] if columns else -1
                if column < 0:
                    return None
                top = stack[-1]
            if type(top) is dict:
                if not waiting:
                    return None
                top[last] = new = []
                if len(stack) < _MARKED:
                    marks.append((new, number, dash, column))
                stack.append(new)
                columns.append(dash)
                top = new
            elif column != dash:
                return None
            if key is None:
                top.append(value)
                column, waiting = dash, False
                continue
            new = {}
            top.append(new)
            if len(stack) < _MARKED:
                marks.append((new, number, at, -1))
            stack.append(new)
            columns.append(at)
            top, column = new, at
        if key in top:
            return None
        if kind == _BLOCK:
            block = _block(lines, number, at, value)
            if block is None:
                return None
            value, until = block
            if until == len(lines) - 1 and not closed:
                return None  # the final newline is missing from the scalar's value too
        if first < 0:
            first = number
        top[key] = value
        last, waiting = key, kind == _EMPTY
    return None if first < 0 else (stack[0], marks, first)


def _block(lines: list[str], number: int, column: int, header: str) -> tuple[Any, int] | None:
    """The value of a block scalar whose key stands at `column`, and the first line behind it."""
    body: list[str] = []
    indent = 0
    at = number
    for at in range(number + 1, len(lines)):  # the last line is the empty one behind the final newline
        line = lines[at]
        margin = len(line) - len(line.lstrip(" "))
        if margin == len(line):
            if line and (not indent or margin > indent):
                return None
            body.append("")
            continue
        if margin <= column:
            break
        indent = indent or margin
        if margin < indent or not line.isprintable():
            return None
        body.append(line[indent:])
    return (_scalar(header, body), at) if indent else None


def _scalar(header: str, body: list[str]) -> Any:
    text = "\n".join(body).rstrip("\n")
    if header[0] == ">":
        return ("folded", header, text)  # nobody looks at it; that it is the same afterwards is what counts
    return text + ("" if header == "|-" else "\n")
