"""Unified diffs of large files in linear time: document by document, as an edit never joins or splits documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff

BOUNDARY = re.compile(r"(?m)^(?=---(?:[ \t\r\n]|\Z))")
HUNK = re.compile(r"@@ -(\d+)((?:,\d+)?) \+(\d+)((?:,\d+)?) @@")


class Diff:
    """The diff of one file that comes in pieces (before, after); `header` once, then `piece` for each."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.before = self.after = 0  # lines so far

    def piece(self, before: str, after: str) -> str:
        """The hunks of a piece, with line numbers of the whole file, below the header if they are the first."""
        hunks = "".join(self._hunks(before, after))
        if hunks and self.path:
            name = self.path.lstrip("/")
            hunks = f"--- a/{name}\n+++ b/{name}\n{hunks}"
            self.path = ""
        return hunks

    def _hunks(self, before: str, after: str) -> Iterator[str]:
        olds, news = BOUNDARY.split(before), BOUNDARY.split(after)
        if len(olds) != len(news):  # not what an edit of ours does; still a right diff
            olds, news = [before], [after]
        for old, new in zip(olds, news, strict=True):
            old_lines, new_lines = _lines(old), _lines(new)
            if old != new:
                for line in list(unified_diff(old_lines, new_lines))[2:]:
                    yield _ended(HUNK.sub(self._moved, line) if line.startswith("@@") else line)
            self.before += len(old_lines)
            self.after += len(new_lines)

    def _moved(self, hunk: re.Match[str]) -> str:
        return f"@@ -{int(hunk[1]) + self.before}{hunk[2]} +{int(hunk[3]) + self.after}{hunk[4]} @@"


def _lines(text: str) -> list[str]:
    """Lines as git counts them: only a line feed ends one."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
