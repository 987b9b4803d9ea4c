"""Unified diffs of large files in linear time.

difflib is slow on files of many like documents. An edit of ours never joins or splits documents, so that lines are
compared within each document, and the changes of all are put together as one diff.

Limitation: where a file is larger than one piece, a change at the very end of a piece has no lines after it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

BOUNDARY = re.compile(r"(?m)^(?=---(?:[ \t\r\n]|\Z))")
CONTEXT = 3  # unchanged lines around a change, as git shows

Operation = tuple[str, int, int, int, int]  # as difflib has them: what, then first and last line before, and after


class Diff:
    """The diff of one file that comes in pieces (before, after), each of whole documents."""

    def __init__(self, path: str) -> None:
        self.name = os.path.normpath(path).lstrip("/")  # `git apply` refuses a/./apps/a.yaml
        self.before = self.after = 0  # lines so far
        self.headed = False

    def piece(self, before: str, after: str) -> str:
        """The hunks of a piece, with line numbers of the whole file; the first ones below the file's header."""
        old, new = _lines(before), _lines(after)
        text = "".join(self._hunks(old, new, list(_operations(before, after))))
        self.before += len(old)
        self.after += len(new)
        if text and not self.headed:
            self.headed = True
            return f"--- a/{self.name}\n+++ b/{self.name}\n{text}"
        return text

    def _hunks(self, old: list[str], new: list[str], operations: list[Operation]) -> Iterator[str]:
        for hunk in _grouped(operations):
            (_, i1, _, j1, _), (_, _, i2, _, j2) = hunk[0], hunk[-1]
            yield f"@@ -{_range(self.before, i1, i2)} +{_range(self.after, j1, j2)} @@\n"
            for what, k1, k2, l1, l2 in hunk:
                if what == "equal":
                    yield from (_ended(f" {line}") for line in old[k1:k2])
                else:
                    yield from (_ended(f"-{line}") for line in old[k1:k2])
                    yield from (_ended(f"+{line}") for line in new[l1:l2])


def _operations(before: str, after: str) -> Iterator[Operation]:
    """What turns the lines before into those after, document by document."""
    olds, news = BOUNDARY.split(before), BOUNDARY.split(after)
    if len(olds) != len(news):  # not what an edit of ours does; still a right diff
        olds, news = [before], [after]
    i = j = 0
    for old_text, new_text in zip(olds, news, strict=True):
        old, new = _lines(old_text), _lines(new_text)
        if old_text == new_text:
            yield "equal", i, i + len(old), j, j + len(new)
        else:
            for what, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
                yield what, i + i1, i + i2, j + j1, j + j2
        i, j = i + len(old), j + len(new)


def _grouped(operations: list[Operation]) -> Iterator[list[Operation]]:
    """Hunks: changes with the unchanged lines around them, those near each other together."""
    hunk: list[Operation] = []
    for what, i1, i2, j1, j2 in _merged(operations):
        if what != "equal":
            hunk.append((what, i1, i2, j1, j2))
            continue
        changed = any(one[0] != "equal" for one in hunk)
        if changed and i2 - i1 <= 2 * CONTEXT:
            hunk.append((what, i1, i2, j1, j2))
            continue
        if changed:
            yield [*hunk, (what, i1, min(i2, i1 + CONTEXT), j1, min(j2, j1 + CONTEXT))]
        hunk = [(what, max(i1, i2 - CONTEXT), i2, max(j1, j2 - CONTEXT), j2)]
    if any(one[0] != "equal" for one in hunk):
        what, i1, i2, j1, j2 = hunk[-1]
        yield [*hunk[:-1], (what, i1, min(i2, i1 + CONTEXT), j1, min(j2, j1 + CONTEXT))] if what == "equal" else hunk


def _merged(operations: list[Operation]) -> Iterator[Operation]:
    """The same operations, unchanged stretches that touch each other as one."""
    held: Operation | None = None
    for one in operations:
        if held and held[0] == one[0] == "equal":
            held = ("equal", held[1], one[2], held[3], one[4])
            continue
        if held:
            yield held
        held = one
    if held:
        yield held


def _range(offset: int, start: int, stop: int) -> str:
    length = stop - start
    first = offset + start + (1 if length else 0)
    return str(first) if length == 1 else f"{first},{length}"


def _lines(text: str) -> list[str]:
    """Lines as git counts them: only a line feed ends one."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
