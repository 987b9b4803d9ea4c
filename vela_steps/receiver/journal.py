"""The record: one JSON line for each request and setting, written before anything is answered.

A line is one `write` to a file opened for appending: it is with the kernel once the call returns, so `kill -9` of the
receiver loses nothing. (A power cut may; nothing here is worth an fsync for each request of a thousand Applications.)
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vela_steps.receiver.match import Match
from vela_steps.receiver.model import Request

NAME = "requests.jsonl"


def body_fields(body: bytes) -> dict[str, str]:
    """A body as JSON can hold it: `body` for text, `body_base64` for the rest."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def request_of(record: dict[str, Any]) -> Request:
    """The request of a record, for a stand-in to take again after a restart."""
    coded = record.get("body_base64")
    body = base64.b64decode(coded) if coded is not None else record["body"].encode()
    return Request(
        record["at"],
        record["method"],
        record["scheme"],
        record["host"],
        record["path"],
        record["query"],
        record["headers"],
        body,
    )


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a record; a last line without its end (the machine died in the middle of it) does not count."""
    if not path.exists():
        return
    for line in path.read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            yield json.loads(line)


class Journal:
    """The record of one receiver, in memory and on disk."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.lines = list(read_lines(self.path))
        self.records = [line for line in self.lines if line["kind"] == "request"]
        self.seq = max((line["seq"] for line in self.lines), default=0)
        self.grown = asyncio.Condition()
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._end_last_line()

    def _end_last_line(self) -> None:
        data = self.path.read_bytes()
        if data and not data.endswith(b"\n"):
            os.truncate(self.path, data.rfind(b"\n") + 1)

    def add(self, kind: str, line: dict[str, Any]) -> dict[str, Any]:
        """Write a line; returns it with its kind and sequence number (from 1, without gaps)."""
        self.seq += 1
        line = {"kind": kind, "seq": self.seq, **line}
        data = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
        while data:
            data = data[os.write(self._file, data) :]
        if kind == "request":
            self.records.append(line)
        return line

    async def tell(self) -> None:
        """Wake whoever waits for a request."""
        async with self.grown:
            self.grown.notify_all()

    def find(self, match: Match) -> list[dict[str, Any]]:
        """The recorded requests that fulfil the conditions, oldest first."""
        return [record for record in self.records if match.holds(record)]

    async def wait(self, match: Match, count: int, timeout: float) -> list[dict[str, Any]]:
        """The matching requests as soon as there are `count` of them, or those there are after `timeout` seconds."""
        seen = found = 0

        def enough() -> bool:
            nonlocal seen, found
            if seen > len(self.records):  # everything was forgotten meanwhile
                seen = found = 0
            # Only what is new: thousands of requests may come while many tests wait.
            found += sum(match.holds(record) for record in self.records[seen:])
            seen = len(self.records)
            return found >= count

        async with self.grown:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.grown.wait_for(enough), timeout)
        return self.find(match)

    def clear(self) -> None:
        """Forget everything recorded; sequence numbers go on."""
        os.truncate(self.path, 0)
        self.records.clear()
        self.add("reset", {})

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
