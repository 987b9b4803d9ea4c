"""One file through an edit: read it piece by piece, stage the result, say what was found."""

from __future__ import annotations

import os
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from vela_steps.files.commit import unwritable
from vela_steps.files.find import STDIN, Found, unread
from vela_steps.files.read import MOST, TooLarge, holds, opened, pieces
from vela_steps.files.stage import Stage, Target, target
from vela_steps.injection import Change, Result
from vela_steps.locate.documents import GROUP, looks_like_application
from vela_steps.plan.model import ERROR, NOTE, Position, Problem
from vela_steps.report import Outcome

Edit = Callable[[bytes, str], Result[bytes]]
"""A piece of a file and the file's name to the edited piece: `inject` or `remove` with their plans."""

HEAD = 8192  # bytes by which it is told whether a file is text
NO_APPLICATION = "holds no KubeVela Application"


class Work(NamedTuple):
    """What is done with each file.

    `place` gives the path to write for a file, or None where nothing is staged. `every` stages unchanged files as
    well: an output is made up of all files. `replaces` says that the files themselves will be written.
    """

    edit: Edit
    stage: Stage
    place: Callable[[Found], str | None]
    every: bool = False
    replaces: bool = False
    diff: bool = False


def process(found: Found, work: Work) -> Outcome:
    """Plan one file; its result is in `work.stage` unless the outcome has failed."""
    if found.problem:
        return Outcome(found.path, problems=(found.problem,))
    try:
        with opened(found.path) as file:
            return _File(found, work).run(file)
    except TooLarge:
        return _failed(found.path, f"holds a document of more than {MOST >> 20} MB", "Kubernetes takes 1.5 MB at most")
    except OSError as error:
        return Outcome(found.path, problems=(unread(found.path, error),))


class _File:
    def __init__(self, found: Found, work: Work) -> None:
        self.found = found
        self.work = work
        self.lines = 0  # before the piece
        self.changes: list[Change] = []
        self.problems: list[Problem] = []
        self.changed = False
        self.diff = ""
        self.diffed = work.diff and _differ(found.path)
        self.head: bytes | None = None
        self.meant = not found.named  # whether there is something that was meant as an Application, or nobody asked

    def run(self, file: BinaryIO) -> Outcome:
        to = self._target(file)
        if not self.work.every and not holds(file, GROUP.encode()):
            return Outcome(self.found.path, problems=strange(self.found, file.read(HEAD)))
        if to:
            self.work.stage.begin(to)
        try:
            piece = b""
            for following in pieces(file):
                self.lines += piece.count(b"\n")  # most files are one piece, whose lines nobody asks for
                piece = following
                self._piece(piece, staged=to is not None)
        except BaseException:
            if to:
                self.work.stage.drop()
            raise
        outcome = self._outcome(to)
        if to and not outcome.failed and (outcome.changed or self.work.every):
            self.work.stage.keep()
        elif to:
            self.work.stage.drop()
        return outcome

    def _target(self, file: BinaryIO) -> Target | None:
        path = self.work.place(self.found)
        if path is None:
            return None
        if self.found.path == STDIN:
            return Target(path, STDIN, 0o644, (os.getuid(), os.getgid()), (0, 0, 0, 0))
        return target(path, self.found.path, os.fstat(file.fileno()))

    def _piece(self, piece: bytes, *, staged: bool) -> None:
        result = self.work.edit(piece, self.found.path)
        if self.lines:
            self.problems += [one._replace(position=self._moved(one.position)) for one in result.problems]
            self.changes += [one._replace(position=self._moved(one.position)) for one in result.changes]
        else:
            self.problems += result.problems
            self.changes += result.changes
        self.changed = self.changed or result.changed
        self.head = piece[:HEAD] if self.head is None else self.head
        self.meant = self.meant or self.changed or looks_like_application(piece.decode("utf-8", "replace"))
        if staged:
            self.work.stage.add(result.text)
        if self.diffed:
            self.diff += self.diffed(piece.decode("utf-8", "replace"), result.text.decode("utf-8", "replace"))

    def _moved(self, position: Position) -> Position:
        """A place in a piece, with the line counted from the start of the file."""
        return position._replace(line=position.line + self.lines) if position.line else position

    def _outcome(self, to: Target | None) -> Outcome:
        if not self.meant and not self.problems:
            self.problems += strange(self.found, self.head or b"")
        refusal = unwritable(to) if to and self.changed and self.work.replaces else ""
        if refusal:
            self.problems.append(Problem(Position(self.found.path), ERROR, f"cannot be written: {refusal}"))
        outcome = Outcome(self.found.path, self.changed, tuple(self.changes), tuple(self.problems), self.diff)
        return outcome._replace(diff="") if outcome.failed else outcome


def strange(found: Found, head: bytes) -> tuple[Problem, ...]:
    """What a file without an Application is instead, by its first bytes; nothing where nobody named it."""
    if not found.named:
        return ()
    if b"\0" in head:
        return (Problem(Position(found.path), ERROR, "is a binary file, no YAML and no JSON", cure="leave it out"),)
    try:
        getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return (Problem(Position(found.path), ERROR, "is no text in UTF-8", cure="save it as UTF-8, or leave it out"),)
    return (Problem(Position(found.path), NOTE, NO_APPLICATION),)


def _differ(path: str) -> Callable[[str, str], str]:
    from vela_steps.files.diff import Diff  # difflib is for those who ask for a diff

    return Diff(path).piece


def _failed(path: str, message: str, cure: str = "") -> Outcome:
    return Outcome(path, problems=(Problem(Position(path), ERROR, message, cure=cure),))
