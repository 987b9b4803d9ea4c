"""Colours of a terminal, for streams that are one and users who have not asked for none (https://no-color.org)."""

from __future__ import annotations

import os
from typing import TextIO

RED, GREEN, YELLOW, CYAN, BOLD, DIM = "31", "32", "33", "36", "1", "2"


def coloured(stream: TextIO) -> bool:
    """Whether to write colours to a stream."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str) -> str:
    """The text in a colour."""
    return f"\x1b[{colour}m{text}\x1b[0m"


def say(stream: TextIO, text: str) -> None:
    """Write text for people: what the stream's encoding lacks, as in names of files that are no text, is escaped."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        stream.write(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding))


def paint_diff(diff: str) -> str:
    """A unified diff in the colours that git uses."""
    return "".join(_paint_line(line) for line in diff.splitlines(keepends=True))


def _paint_line(line: str) -> str:
    shades = (("+++", BOLD), ("---", BOLD), ("@@", CYAN), ("+", GREEN), ("-", RED))
    shade = next((shade for start, shade in shades if line.startswith(start)), "")
    body = line.rstrip("\r\n")
    return f"{paint(body, shade)}{line[len(body) :]}" if shade else line
