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

from vela_steps.locate.recent import Recent
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
_LONGEST = 4_096  # characters; the pattern's time grows with a line, and a manifest's lines are short
_DEEPEST = 50  # columns; each can hold a mapping and a sequence, so this stays below the depth limit of `nodes`


_Line = tuple[int, int, str | None, int, Any]
"""What a line says by itself: the column of its key or item, that of its dash (-1: none), its key, the kind of its
value, and the value. Plain tuples, because the garbage collector forgets those that hold no collections."""

_SKIPPED: _Line = (0, 0, None, 0, "skipped")


class Said(NamedTuple):
    """What the lines of a block mapping say: its data, how much deeper than its key the first mapping in it stands
    (0: there is none), and the first sequence (-1)."""

    data: dict[str, Any]
    step: int
    dash: int


def mapping(lines: Iterable[str], column: int) -> Said | None:
    """What the lines of one block mapping say whose keys stand at `column`, None where that is not sure."""
    lines = [*lines, ""]
    return _data(lines, map(_entry, lines), column)


def sequence(lines: Iterable[str], column: int) -> list[Any] | None:
    """What the lines of one block sequence say whose dashes stand at `column`, None where that is not sure."""
    found = mapping([f"{' ' * column}items:", *lines], column)
    items = None if found is None or len(found.data) != 1 else found.data["items"]
    return items if isinstance(items, list) else None


def line_said(line: str, column: int) -> tuple[str | None, Any]:
    """The key and the value of a line of its own in a block mapping whose keys stand at `column`; the key is None where
    that is not sure."""
    entry = _entry(line)
    if entry is None or entry is _SKIPPED:
        return None, None
    at, dash, key, kind, value = entry
    return (None, None) if at != column or dash >= 0 or kind == _BLOCK else (key, value)


def _read(line: str) -> _Line | None:
    return _simple(line) or _classified(line)


_entry = Recent(_read, _REMEMBERED).__getitem__


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
    lines: list[str], entries: Iterable[_Line | None], column: int
) -> Said | None:
    """One pass over classified lines. One loop without calls: it runs for every line that no memory knows. `waiting` is
    True right behind a key without a value, which the next line may give it."""
    top: Any = {}
    new: Any
    last: str | None = None
    waiting, until, step, deeper = False, 0, 0, -1
    stack, columns = [top], [column]
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
                    step = step or at - column
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
                if deeper < 0:
                    deeper = dash - column
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
        top[key] = value
        last, waiting = key, kind == _EMPTY
    return Said(stack[0], step, deeper) if stack[0] else None


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
        lines = text.split("\n")
        if any(line[:1] in ("", " ") for line in lines):
            return ("folded", header, text)  # no name is so long: that it is the same afterwards is what counts
        text = " ".join(lines)
    return text + ("" if header[1:] == "-" else "\n")
