"""Which files a command line means: files as named, folders with everything below them, `-` for standard input.

What cannot be looked at is an error of that path, never left out silently. Nothing is collected: the memory needed
does not depend on the number of files, but for links (one entry each) and the arguments themselves.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vela_steps.plan.model import ERROR, WARNING, Position, Problem

SUFFIXES = (".yaml", ".yml", ".json")
NEVER_ENTERED = frozenset((".git", ".hg", ".svn"))
STDIN = "-"


class Found(NamedTuple):
    """A file to work on, or a problem in its place.

    `path` is what the user sees, `relative` the path below the argument that led to it (where `-o` puts it). `named`
    says that the user named this very file.
    """

    path: str
    relative: str = ""
    problem: Problem | None = None
    named: bool = False


def find(arguments: Sequence[str]) -> Iterator[Found]:
    """Every file once, in a stable order: arguments as given, folders by name."""
    search = _Search()
    for argument in arguments:
        if argument == STDIN:
            yield Found(STDIN, "stdin.yaml", named=True)
        elif os.path.isdir(argument):  # noqa: PTH112 - pathlib costs start-up time and a Path a file
            yield from search.folder(argument)
        else:
            yield from search.named(argument)


def one_input(arguments: Sequence[str]) -> bool:
    """Whether the arguments mean exactly one file, known without looking into folders."""
    return len(arguments) == 1 and not os.path.isdir(arguments[0])  # noqa: PTH112


class _Search:
    def __init__(self) -> None:
        self.roots: list[str] = []  # real paths of the folders that were asked for
        # Real paths of files that were named or linked to. Not inodes: hard links are files to write each.
        self.files: set[str] = set()

    def named(self, path: str) -> Iterator[Found]:
        try:
            status = os.stat(path)  # noqa: PTH116
        except OSError as error:
            yield _trouble(path, error)
            return
        if not stat.S_ISREG(status.st_mode) and not _is_pipe(status.st_mode):
            yield _refused(path, "is not a regular file")
        elif self._new(path) and not self._in_roots(path):
            yield Found(path, os.path.basename(path), named=True)  # noqa: PTH119

    def folder(self, path: str) -> Iterator[Found]:
        real = os.path.realpath(path)
        if self._in_roots(path, folder=True):
            return
        nested = set(self.roots)
        self.roots.append(real)
        yield from self._walk(path, "", nested)

    def _walk(self, folder: str, relative: str, done: set[str]) -> Iterator[Found]:
        """One folder; `done` are folders that earlier arguments have covered."""
        try:
            with os.scandir(folder) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield _trouble(folder, error)
            return
        for entry in ordered:
            below = f"{relative}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in NEVER_ENTERED and not (done and os.path.realpath(entry.path) in done):
                    yield from self._walk(entry.path, f"{below}/", done)
            elif entry.is_symlink():
                yield from self._link(entry, below)
            elif entry.name.lower().endswith(SUFFIXES):
                yield from self._file(entry, below)

    def _file(self, entry: os.DirEntry[str], below: str) -> Iterator[Found]:
        if not entry.is_file(follow_symlinks=False):
            yield _refused(entry.path, "is not a regular file")
        elif os.path.join(self.roots[-1], below) not in self.files:  # noqa: PTH118 - a walk follows no links
            yield Found(entry.path, below)

    def _link(self, entry: os.DirEntry[str], below: str) -> Iterator[Found]:
        """A link to a file outside is followed; one to a file inside is not, as the file is found itself."""
        try:
            is_folder = entry.is_dir()
        except OSError as error:  # links that lead to each other, or into a folder that may not be looked into
            yield _trouble(entry.path, error)
            return
        if is_folder:
            if not self._in_roots(entry.path, folder=True):
                yield _refused(entry.path, "is a link to a folder and not followed", "name the folder itself", WARNING)
        elif entry.name.lower().endswith(SUFFIXES):
            try:
                entry.stat()
            except OSError as error:
                yield _trouble(entry.path, error)
                return
            if not self._in_roots(entry.path) and self._new(entry.path):
                yield Found(entry.path, below)

    def _new(self, path: str) -> bool:
        size = len(self.files)
        self.files.add(os.path.realpath(path))
        return len(self.files) > size

    def _in_roots(self, path: str, *, folder: bool = False) -> bool:
        """Whether a walk through the folders asked for comes to `path` by itself."""
        real = os.path.realpath(path)
        for root in self.roots:
            inside = real[len(root) :] if real == root or real.startswith(root.rstrip("/") + "/") else None
            if inside is not None and not NEVER_ENTERED.intersection(inside.split("/")):
                return folder or real.lower().endswith(SUFFIXES)
        return False


def _is_pipe(mode: int) -> bool:
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)  # `<(command)` and /dev/stdin are named on purpose


def unread(path: str, error: OSError) -> Problem:
    """That a file cannot be read, and why."""
    return Problem(Position(path), ERROR, f"cannot be read: {error.strerror or error}")


def _trouble(path: str, error: OSError) -> Found:
    return Found(path, "", unread(path, error))


def _refused(path: str, message: str, cure: str = "", severity: str = ERROR) -> Found:
    return Found(path, "", Problem(Position(path), severity, message, cure=cure))
