"""Flow collections on one line, as plain documents write them: `[a, "b"]`, `{steps: DAG, labels: {team: web}}`."""

from __future__ import annotations

import re
from typing import Any, Final

from vela_steps.locate.values import plain_value

QUOTED: Final = r"""(?:'[^']*'|"[^"\\]*")"""
_WORD = r"[A-Za-z0-9_./$][A-Za-z0-9_./$=@*+%-]*"  # a plain scalar wherever it stands in a flow collection

_TOKEN = re.compile(rf" *(?:([\[\]{{}},])|({QUOTED}|{_WORD})(?:(: +)|(?= *[,\]}}])))")
_DEEPEST: Final = 10
LONGEST_KEY: Final = 1_000  # characters; YAML allows 1,024


class _Odd(Exception):  # noqa: N818 - says what it is
    """What is surely no such collection, or not surely one."""


def collection(text: str) -> list[Any] | dict[str, Any] | None:
    """The value of a text that begins with a bracket, None where it is not surely one collection."""
    try:
        value, end = _collection(text, 0, 0)
    except _Odd:
        return None
    return value if end == len(text) else None


def unquoted(token: str) -> str:
    """The text of a scalar that is quoted, or not."""
    return token[1:-1] if token[0] in "'\"" else token


def _collection(text: str, start: int, depth: int) -> tuple[list[Any] | dict[str, Any], int]:
    """A collection and the offset behind it."""
    if depth > _DEEPEST:
        raise _Odd
    closing = "]" if text[start] == "[" else "}"
    items: list[Any] = []
    entries: dict[str, Any] = {}
    at = start + 1
    end = _closed(text, at, closing)
    while end < 0:
        if closing == "]":
            value, at = _one(text, at, depth)
            items.append(value)
        else:
            key, at = _key(text, at)
            if key in entries:
                raise _Odd
            entries[key], at = _one(text, at, depth)
        end = _closed(text, at, closing)
        if end < 0:
            at = _closed(text, at, ",")
            if at < 0:
                raise _Odd
    return items if closing == "]" else entries, end


def _closed(text: str, at: int, mark: str) -> int:
    """The offset behind a mark that comes next, -1 where another thing does."""
    while text.startswith(" ", at):
        at += 1
    return at + 1 if text.startswith(mark, at) else -1


def _one(text: str, at: int, depth: int) -> tuple[Any, int]:
    """A value and the offset behind it."""
    token = _TOKEN.match(text, at)
    if token is None or token[3]:
        raise _Odd
    if token[1]:
        if token[1] not in "[{":
            raise _Odd
        return _collection(text, token.end() - 1, depth + 1)
    return unquoted(token[2]) if token[2][0] in "'\"" else plain_value(token[2]), token.end()


def _key(text: str, at: int) -> tuple[str, int]:
    """A key and the offset of its value."""
    token = _TOKEN.match(text, at)
    if token is None or not token[3] or len(token[2]) > LONGEST_KEY:
        raise _Odd
    return unquoted(token[2]), token.end()
