"""Results that wait until all files are planned, on disk once they are many, so that nothing is written too early.

One unnamed temporary file holds everything; it is gone whatever ends the process. Memory: a few MB.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from typing import IO, NamedTuple

IN_MEMORY = 8 * 1024 * 1024  # bytes kept without a file, and all that one small run needs
WORD = 8  # bytes of a length


class Target(NamedTuple):
    """Where a result goes and what is known of the file that it was made from.

    `path` is written, `source` was read (the same file, or not with `-o`); `mode`, `owner` and `identity` (device,
    inode, size, time of change in ns) are the source's.
    """

    path: str
    source: str
    mode: int
    owner: tuple[int, int]
    identity: tuple[int, int, int, int]


def target(path: str, source: str, status: os.stat_result) -> Target:
    """The target of a result made from a file of this status."""
    identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return Target(path, source, status.st_mode & 0o7777, (status.st_uid, status.st_gid), identity)


class Stage:
    """A queue of results: `begin`, `add` pieces, then `keep` or `drop`; at the end `results`, in order.

    A context manager: what it holds is gone at its end.
    """

    def __init__(self) -> None:
        self.file: IO[bytes] = io.BytesIO()
        self.start = 0
        self.kept = 0

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def begin(self, to: Target) -> None:
        """Start a result."""
        self.start = self.file.tell()
        self._write(json.dumps(to).encode())

    def add(self, piece: bytes) -> None:
        """One more piece of the result."""
        if piece:
            self._write(piece)

    def keep(self) -> None:
        """The result is complete and wanted."""
        self._write(b"")
        self.kept += 1

    def drop(self) -> None:
        """The result is not wanted: forget it."""
        self.file.seek(self.start)
        self.file.truncate()

    def results(self) -> Iterator[tuple[Target, Iterator[bytes]]]:
        """Every kept result and its pieces; the pieces need not be read to the end."""
        end = self.file.tell()
        at = 0
        while at < end:
            self.file.seek(at)
            path, source, mode, owner, identity = json.loads(self._read())
            yield Target(path, source, mode, tuple(owner), tuple(identity)), iter(self._read, b"")
            at = self._next(at)

    def _next(self, at: int) -> int:
        """The offset behind the result that starts at `at`."""
        self.file.seek(at)
        while length := int.from_bytes(self.file.read(WORD), "big"):
            self.file.seek(length, io.SEEK_CUR)
        return self.file.tell()

    def _write(self, piece: bytes) -> None:
        if isinstance(self.file, io.BytesIO) and self.file.tell() + len(piece) > IN_MEMORY:
            from tempfile import TemporaryFile  # costs start-up time

            held = self.file.getvalue()
            self.file = TemporaryFile()  # noqa: SIM115 - lives as long as the stage
            self.file.write(held)
        self.file.write(len(piece).to_bytes(WORD, "big") + piece)

    def _read(self) -> bytes:
        return self.file.read(int.from_bytes(self.file.read(WORD), "big"))
