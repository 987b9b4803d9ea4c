"""A text to its YAML documents, without parsing: a document marker at column 0 ends whatever came before it.

Splitting by text keeps one broken document from hiding the others, and keeps the parser away from documents of
other kinds. YAML forbids `---` and `...` at column 0 inside scalars, so a line scan is exact here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_MARKER = re.compile(r"\n(?:---|\.\.\.)(?=[ \t\r\n]|\Z)")
_FOREWORD = re.compile(r"(?:[ \t\r]*(?:#[^\n]*)?\n|%[^\n]*\n)*\Z")
_KIND = re.compile(
    r"""kind["']?[ \t]*:[ \t]*(?:[&!][^ \n]*[ \t]+)*"""
    r"""["']?(?:Application|ApplicationList|List)["']?[ \t\r]*(?:[#,}\n]|\Z)"""
)
GROUP: Final = "core.oam.dev"
KIND: Final = "Application"


def documents(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Where the documents of a text begin and end, in order, their `---` lines included; together they cover it from
    an offset on."""
    first = start
    for marker in _MARKER.finditer(text, start):
        at = marker.start() + 1
        if text.startswith("...", at):
            stop = _line_end(text, at)
            yield start, stop
            start = stop
        elif not _FOREWORD.match(text, start, at):
            yield start, at
            start = at
    if start < len(text) or start == first:
        yield start, len(text)


def may_hold_application(text: str) -> bool:
    """Whether a document is worth parsing; a document that this denies holds no KubeVela Application."""
    return GROUP in text and KIND in text


def looks_like_application(text: str) -> bool:
    """Whether a document that does not parse was meant as a KubeVela Application (or a list that may hold one)."""
    return GROUP + "/" in text and _KIND.search(text) is not None


def _line_end(text: str, offset: int) -> int:
    newline = text.find("\n", offset)
    return len(text) if newline < 0 else newline + 1
