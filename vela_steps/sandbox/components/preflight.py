"""Is there room for a build? Said before it starts, not after ten minutes of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from vela_steps.errors import VelaStepsError

GIB = 1 << 30
BUILD_DISK = 10 * GIB  # the peak of sources, compiler cache and binaries while all components are built
SMALL_DISK = 2 * GIB  # the same for cue alone
BUILD_MEMORY = 3 * GIB  # linking the largest programs
RUN_MEMORY = 2 * GIB
RUN_DISK = 1 * GIB


def available_memory(meminfo: str) -> int | None:
    """Bytes that a new program can have, from the text of Linux's /proc/meminfo (kB), or None where it does not say."""
    for line in meminfo.splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    return None


def memory_now() -> int | None:
    """Bytes of memory available now; None where the system does not tell (not Linux)."""
    try:
        return available_memory(Path("/proc/meminfo").read_text(encoding="ascii"))
    except OSError:
        return None


def require(folder: Path, *, disk: int, memory: int, purpose: str) -> None:
    """Check free disk space at `folder` (which exists) and free memory, both in bytes.

    Raises VelaStepsError that names what is missing. VELA_STEPS_SKIP_PREFLIGHT=1 turns the check off.
    """
    if os.environ.get("VELA_STEPS_SKIP_PREFLIGHT") == "1":
        return
    cure = "free some, or set VELA_STEPS_SKIP_PREFLIGHT=1 to try all the same"
    free = shutil.disk_usage(folder).free
    if free < disk:
        raise VelaStepsError(
            f"{purpose} needs {gib(disk)} of disk space; {folder} has {gib(free)} left",
            cure=f"{cure}; XDG_CACHE_HOME and XDG_STATE_HOME move the sandbox to another disk",
        )
    left = memory_now()
    if left is not None and left < memory:
        raise VelaStepsError(f"{purpose} needs {gib(memory)} of memory; {gib(left)} are available", cure=cure)


def gib(size: int) -> str:
    """'1.5 GiB'."""
    return f"{size / GIB:.1f} GiB"
