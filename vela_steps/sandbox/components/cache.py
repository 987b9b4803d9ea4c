"""The cache of built components: where each lies, whether it is whole, and how it gets there in one step."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vela_steps.errors import VelaStepsError
from vela_steps.sandbox.components.recipes import RECIPES, Recipe

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Installed:
    """A component in the cache: `folder/bin` holds its programs, `folder/assets` what goes into the cluster."""

    name: str
    version: str
    folder: Path

    def binary(self, name: str) -> Path:
        """The path of one of its programs."""
        return self.folder / "bin" / name

    def asset(self, name: str) -> Path:
        """The path of one of its asset folders."""
        return self.folder / "assets" / name


def cache_root() -> Path:
    """`$XDG_CACHE_HOME/vela-steps`, by default `~/.cache/vela-steps` (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "vela-steps"


def key(recipe: Recipe) -> str:
    """What the binaries depend on, as 12 hexadecimal digits: sources, settings and the kind of machine."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum"):
        digest.update((recipe.folder / name).read_bytes())
    settings = [sorted(recipe.binaries.items()), sorted((recipe.variables or {}).items()), repr(recipe.assets)]
    digest.update(json.dumps([settings, platform.system(), platform.machine()]).encode())
    return digest.hexdigest()[:12]


def folder_of(recipe: Recipe) -> Path:
    """Where the component lies, or will lie, in the cache."""
    name = recipe.name if recipe.version in recipe.name else f"{recipe.name}-{recipe.version}"
    return cache_root() / "components" / f"{name}-{key(recipe)}"


def installed(recipe: Recipe) -> Installed | None:
    """The component, where it is in the cache and its programs are the ones that were built."""
    folder = folder_of(recipe)
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        whole = all(_unchanged(folder / "bin" / name, manifest["binaries"][name]) for name in recipe.binaries)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Installed(recipe.name, recipe.version, folder) if whole else None


def _unchanged(binary: Path, recorded: dict[str, Any]) -> bool:
    """Whether a program is the recorded one. Hashing 100 MB takes time: only a file that was touched is read."""
    stat = binary.stat()
    if [stat.st_size, stat.st_mtime_ns] == [recorded["size"], recorded["mtime_ns"]]:
        return True
    return bool(stat.st_size == recorded["size"] and sha256(binary) == recorded["sha256"])


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def install(recipe: Recipe, built: Path, facts: dict[str, str]) -> Installed:
    """Move a finished build into the cache in one step, with a manifest of sizes and hashes.

    `built` is a folder on the cache's file system with `bin` and `assets` in it; `facts` is kept for the reader.
    """
    binaries = {}
    for name in recipe.binaries:
        path = built / "bin" / name
        stat = path.stat()
        binaries[name] = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256(path)}
    manifest = {"component": recipe.name, "version": recipe.version, **facts, "binaries": binaries}
    (built / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    target = folder_of(recipe)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    built.rename(target)
    return Installed(recipe.name, recipe.version, target)


@contextmanager
def build_lock(waiting: str = "", *, wait: bool = True) -> Iterator[bool]:
    """Hold the one lock under which anything is built or trimmed; yields whether it is held.

    `waiting` is printed through `print` to the error stream where another process holds it. The kernel drops the lock
    with its holder, so a killed build blocks nobody.
    """
    root = cache_root()
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("a+", encoding="utf-8") as file:
        held = _flock(file.fileno(), blocking=False)
        if not held and wait:
            if waiting:
                _say(waiting)
            held = _flock(file.fileno(), blocking=True)
        yield held


def _flock(descriptor: int, *, blocking: bool) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _say(line: str) -> None:
    import sys

    print(line, file=sys.stderr, flush=True)


def unused(keep: set[str]) -> list[Path]:
    """Folders of components that no recipe of this release names and that are not among the paths to keep."""
    current = {str(folder_of(recipe)) for recipe in RECIPES.values()} | keep
    folders = (cache_root() / "components").glob("[!.]*")
    return sorted(folder for folder in folders if str(folder) not in current)


def writable_root() -> Path:
    """The cache's root, made and proven writable.

    Raises VelaStepsError where it is not.
    """
    root = cache_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VelaStepsError(f"{root}: {error.strerror}", cure="set XDG_CACHE_HOME to a folder of yours") from error
    return root
