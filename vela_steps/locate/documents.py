"""A text to its YAML documents, without parsing: a document marker at column 0 ends whatever came before it.

Splitting by text keeps one broken document from hiding the others, and keeps the parser away from documents of
other kinds. YAML forbids `---` and `...` at column 0 inside scalars, so a line scan is exact here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vela_steps.locate import built

_MARKER = re.compile(r"\n(?:---|\.\.\.)(?=[ \t\r\n]|\Z)")
_FOREWORD = re.compile(r"(?:[ \t\r]*(?:#[^\n]*)?\n|%[^\n]*\n)*\Z")
_BLANK: Final = " \t\r\n#%"  # what lines of a foreword begin with
_KIND = re.compile(
    r"""kind["']?[ \t]*:[ \t]*(?:[&!][^ \n]*[ \t]+)*"""
    r"""["']?(?:Application|ApplicationList|List)["']?[ \t\r]*(?:[#,}\n]|\Z)"""
)
GROUP: Final = "core.oam.dev"
KIND: Final = "Application"


def documents(text: str, start: int = 0) -> Iterator[tuple[int, int, int]]:
    """The documents of a text from an offset on, in order: where each begins and ends, and its line, counted from 1.

    Together they cover the text; a `---` line belongs to the document behind it.
    """
    first, line = start, 1
    for at, passed in (built.markers or markers)(text, start):
        if text[at] == ".":
            stop = _line_end(text, at)
            yield start, stop, line
            start, line = stop, passed + 2
        elif not _is_foreword(text, start, at):
            yield start, at, line
            start, line = at, passed + 1
    if start < len(text) or start == first:
        yield start, len(text), line


def _is_foreword(text: str, start: int, end: int) -> bool:
    """Whether there are only comments, directives and blank lines; most documents say by one character that they are
    more."""
    return start == end or (text[start] in _BLANK and _FOREWORD.match(text, start, end) is not None)


def markers(text: str, start: int) -> list[tuple[int, int]]:
    """The offsets of the document markers behind an offset, each with the number of line breaks up to it."""
    found: list[tuple[int, int]] = []
    passed = 0
    for marker in _MARKER.finditer(text, start):
        at = marker.start() + 1
        passed += text.count("\n", start, at)
        found.append((at, passed))
        start = at
    return found


def may_hold_application(text: str) -> bool:
    """Whether a document is worth parsing; a document that this denies holds no KubeVela Application."""
    return GROUP in text and KIND in text


def looks_like_application(text: str) -> bool:
    """Whether a document that does not parse was meant as a KubeVela Application (or a list that may hold one)."""
    return GROUP + "/" in text and _KIND.search(text) is not None


def _line_end(text: str, offset: int) -> int:
    newline = text.find("\n", offset)
    return len(text) if newline < 0 else newline + 1
