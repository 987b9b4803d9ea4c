"""What a line of a plain document says by itself, and what a block scalar says.

Lines are read one by one and remembered, because manifests repeat themselves. None stands for what is not surely plain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from vela_steps.locate.one_line import LONGEST_KEY, QUOTED, collection, unquoted
from vela_steps.locate.recent import remember
from vela_steps.locate.values import is_word, plain_value

_PLAIN = r"(?:[A-Za-z0-9_./$(+^<=~;\\]|[^\x00-\x7f]|-(?=[^ ]))[^:#]*(?:(?::(?=[^ ])|(?<! )#)[^:#]*)*"
_LINE = re.compile(
    rf"( *)(- )?(?:([A-Za-z0-9_./][A-Za-z0-9_./-]*|{QUOTED}):(?= |\Z))?"
    rf"(?: *(?:([|>]-?)|({QUOTED})|([\[{{][^#]*[\]}}])|({_PLAIN}))(?<! ))?(?: +#.*| *)\Z"
)
OPEN: Final = r"[A-Za-z0-9./][A-Za-z0-9_./@-]*(?::[A-Za-z0-9_./@-]+)*"
"""Text that is a whole plain scalar behind `key: ` or `- `, to the end of its line."""
_OPEN = re.compile(rf"{OPEN}\Z")
_HEAD = re.compile(r"( *)(- )?([A-Za-z0-9_./][A-Za-z0-9_./-]*)\Z")

EMPTY: Final = 0
VALUE: Final = 1
BLOCK: Final = 2
NOTHING: Final = 3
"""The kinds of a line: a key without a value, with one, with a block scalar's header; a blank line or a comment."""

_REMEMBERED: Final = 8_000
LONGEST: Final = 4_096  # characters; the pattern's time grows with a line, and a manifest's lines are short
DEEPEST: Final = 50  # columns; each can hold a mapping and a sequence, so this stays below the depth limit of `nodes`


Line = tuple[int, int, str | None, int, Any]
"""What a line says by itself: the column of its key or item, that of its dash (-1: none), its key, the kind of its
value, and the value. Plain tuples, because the garbage collector forgets those that hold no collections."""

_SKIPPED: Final[Line] = (0, 0, None, NOTHING, None)


KNOWN: Final[dict[str, Line]] = {}
"""The lines that were read before. What is remembered is shared: nobody may change it."""


def line_read(line: str) -> Line | None:
    """What a line says that is not among the known, None where that is not sure."""
    found = _simple(line) or _classified(line)
    return None if found is None else remember(KNOWN, line, found, _REMEMBERED)


def _simple(line: str) -> Line | None:
    """The commonest lines, `key: word` and `key:`, without the pattern for all of them; None where it is needed."""
    start, colon, word = line.partition(": ")
    if not colon:
        if line[-1:] != ":":
            return None
        start = line[:-1]
    head = _heads.get(start) or _head(start)
    if head is None:
        return None
    at, dash, key = head
    if not colon:
        return at, dash, key, EMPTY, None
    if is_word(word):
        return at, dash, key, VALUE, word
    return (at, dash, key, VALUE, plain_value(word)) if _OPEN.match(word) else None


def _head(start: str) -> tuple[int, int, str] | None:
    """What stands before a colon: the column of the key, that of its dash (-1: none), the key."""
    match = _HEAD.match(start)
    if match is None or len(match[1]) > DEEPEST or len(match[3]) > LONGEST_KEY:
        return None
    at = len(match[1])
    head = (at + 2, at, match[3]) if match[2] else (at, -1, match[3])
    return remember(_heads, start, head, _REMEMBERED)


_heads: Final[dict[str, tuple[int, int, str]]] = {}


def _classified(line: str) -> Line | None:
    body = line.strip(" ")
    if not body or body[0] == "#":
        return _SKIPPED if line.isprintable() else None
    match = _LINE.match(line) if line.isprintable() and len(line) <= LONGEST else None
    if match is None:
        return None
    indent, dash, key, block, quoted, flow, plain = match.groups()
    if key is None and (dash is None or not (quoted or flow or plain)):
        return None
    at = len(indent)
    name = None if key is None else unquoted(key)
    if at > DEEPEST or len(name or "") > LONGEST_KEY:
        return None
    kind, value = _value(block, quoted, flow, plain)
    if flow and value is None:
        return None
    return at + (2 if dash else 0), at if dash else -1, name, kind, value


def _value(block: str | None, quoted: str | None, flow: str | None, plain: str | None) -> tuple[int, Any]:
    """The kind and the value of what stands behind a key; a flow collection that is not sure is None."""
    if plain is not None:
        return VALUE, plain_value(plain)
    if quoted is not None:
        return VALUE, unquoted(quoted)
    if flow is not None:
        return VALUE, collection(flow)
    return (BLOCK, block) if block else (EMPTY, None)


def block_scalar(lines: Sequence[str], number: int, column: int, header: str) -> tuple[Any, int] | None:
    """The value of a block scalar whose key stands in line `number` at `column`, and the first line behind it."""
    body: list[str] = []
    indent = 0
    until = len(lines)
    for at in range(number + 1, len(lines)):
        line = lines[at]
        margin = len(line) - len(line.lstrip(" "))
        if margin == len(line):
            if line and (not indent or margin > indent):
                return None
            body.append("")
            continue
        if margin <= column:
            until = at
            break
        indent = indent or margin
        if margin < indent or not line.isprintable():
            return None
        body.append(line[indent:])
    return (scalar_text(header, body), until) if indent else None


def scalar_text(header: str, body: list[str]) -> str:
    while not body[-1]:
        body.pop()
    text = "\n".join(body) if header[0] == "|" else _folded(body)
    return text + ("" if header[1:] == "-" else "\n")


def _folded(body: list[str]) -> str:
    """The lines of a folded scalar as one text: those that begin with a blank keep the line breaks around them."""
    parts: list[str] = []
    blanks, before = 0, ""
    for line in body:
        if not line:
            blanks += 1
            continue
        if before and (line[0] == " " or before[0] == " "):
            blanks += 1
        parts += ("\n" * blanks or " " * bool(before), line)
        before, blanks = line, 0
    return "".join(parts)
