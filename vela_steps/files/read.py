"""Read a file in pieces that end between documents, so that a huge file of many documents fits in small memory."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from vela_steps.files.find import STDIN

PIECE = 1024 * 1024  # files up to this size come in one piece
MOST = 64 * 1024 * 1024  # a piece without any end of a document in it grows up to here

# YAML knows no way to have `---` at the start of a line inside a document, so this is exact.
BOUNDARY = re.compile(rb"^---(?=[ \t\r\n])", re.MULTILINE)


class TooLarge(Exception):  # noqa: N818 - says what the file is
    """A single document larger than `MOST`."""


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """A file to be read, `-` for standard input. Raises OSError."""
    if path == STDIN:
        if sys.stdin is None:
            raise OSError("standard input is closed")
        yield sys.stdin.buffer
    else:
        with open(path, "rb") as file:  # noqa: PTH123
            yield file


def holds(file: BinaryIO, word: bytes) -> bool:
    """Whether a file holds a word, found without keeping a large file in memory; leaves the file at its start.

    True as well where that cannot be said: a stream that cannot be read twice, or text that is not UTF-8.
    """
    if not file.seekable():
        return True
    first = file.read(PIECE)
    found = word in first or first[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in first[:4]
    tail = first
    while not found and (chunk := file.read(PIECE)):
        tail = tail[-len(word) :] + chunk
        found = word in tail
    file.seek(0)
    return found


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file, in order and complete, cut only before a `---` line; an empty file is one empty piece."""
    held = bytearray()
    cut = False
    searched = 0  # no boundary begins before this offset: nothing is looked at twice
    while chunk := file.read(PIECE if held else PIECE + 1):
        held += chunk
        at = _last_boundary(held, searched)
        if len(held) > PIECE and at:
            yield bytes(held[:at])
            del held[:at]
            searched, cut = 0, True
        elif len(held) > MOST:
            raise TooLarge
        elif not at:
            searched = max(0, len(held) - len(b"\n---"))
    if held or not cut:
        yield bytes(held)


def _last_boundary(held: bytearray, low: int) -> int:
    """Offset of the last `---` line from `low` on that no `%` directive stands before; 0 where there is none."""
    at = held.rfind(b"\n---", low)
    while at > 0:
        line = held.rfind(b"\n", 0, at) + 1
        if BOUNDARY.match(held, at + 1) and not held.startswith(b"%", line):
            return at + 1
        at = held.rfind(b"\n---", low, at)
    return 0
