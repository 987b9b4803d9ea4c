"""Long lines on a terminal: folded between words, so that they can be read; in a file or a pipe they stay whole."""

from __future__ import annotations

import os
from typing import TextIO

NARROWEST = 40  # columns


def width_of(stream: TextIO) -> int:
    """The columns of a terminal, 0 where the stream is none."""
    if not stream.isatty():
        return 0
    try:
        return max(int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(stream.fileno()).columns, NARROWEST)
    except (OSError, ValueError):
        return 0


def folded(text: str, width: int, *, taken: int = 0, indent: str = "") -> str:
    """The text in lines of at most `width` columns (0: as it is); the second and later lines get an indent.

    `taken` columns of the first line are taken by something else. A word stays whole: a link that is folded can be
    neither clicked nor found.
    """
    if not width or (taken + len(text) <= width and "\n" not in text):
        return text
    import textwrap  # only where something is long

    lines = []
    for number, line in enumerate(text.split("\n")):
        first = " " * taken if number == 0 else indent
        wrapped = textwrap.wrap(
            line,
            width,
            initial_indent=first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines.append("\n".join(wrapped) or first)
    return "\n".join(lines)[taken:]
