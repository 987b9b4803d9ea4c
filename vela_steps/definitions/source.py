"""CUE source files, read as imports and top-level declarations.

The sources are formatted by `cue fmt`, so a declaration begins in the first column and ends before the next one; its
comment stands right above it. Limitation: nothing else is understood of CUE here, `cue` itself checks what comes out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from vela_steps.errors import UsageError

_IMPORT_BLOCK = re.compile(r"^import \((.*?)^\)\n", re.M | re.S)
_IMPORT = r'(?:\w+ )?"[^"]+"'
_IMPORT_LINE = re.compile(rf"^import ({_IMPORT})\n", re.M)
_PACKAGE = re.compile(r"^package \w+\n", re.M)
_NAME = re.compile(r'^("[^"]+"|[\w#$-]+)\??:')
_REFERENCE = re.compile(r"(?<![\w.#])(_?#\w+)")


@dataclass(frozen=True)
class Declaration:
    """One top-level declaration with the comment above it. `name` is its label without quotes."""

    name: str
    text: str
    file: Path

    @property
    def references(self) -> frozenset[str]:
        """The definitions that it names, itself among them."""
        return frozenset(_REFERENCE.findall(self.text))


@dataclass(frozen=True)
class Source:
    """One file: the packages that it imports (`"path"` or `name "path"`), and its declarations in order."""

    imports: tuple[str, ...]
    declarations: tuple[Declaration, ...]


def _chunks(body: str) -> list[str]:
    """The top-level declarations of a file's body, each with its comment."""
    chunks: list[list[str]] = []
    pending: list[str] = []
    for line in body.splitlines():
        if _NAME.match(line):
            chunks.append([*pending, line])
            pending = []
        elif line.startswith("//"):
            pending.append(line)
        elif line and not pending and chunks:
            chunks[-1].append(line)
        elif not line:
            if pending:
                pending = []  # a comment that belongs to no declaration
            elif chunks:
                chunks[-1].append(line)
    return ["\n".join(chunk).rstrip() for chunk in chunks]


def parse(text: str, file: Path) -> Source:
    """Read one source file; raises UsageError where a declaration has no name."""
    imports: list[str] = []
    for block in _IMPORT_BLOCK.findall(text):
        imports += re.findall(_IMPORT, block)
    imports += _IMPORT_LINE.findall(text)
    body = _PACKAGE.sub("", _IMPORT_LINE.sub("", _IMPORT_BLOCK.sub("", text)))
    declarations = []
    for chunk in _chunks(body):
        head = next(line for line in chunk.splitlines() if not line.startswith("//"))
        name = _NAME.match(head)
        if name is None:
            raise UsageError(f"{file}: a declaration without a name: {head}")
        declarations.append(Declaration(name[1].strip('"'), chunk, file))
    return Source(tuple(imports), tuple(declarations))


def read(files: list[Path]) -> list[Source]:
    """Read several source files."""
    return [parse(file.read_text(encoding="utf-8"), file) for file in files]
