"""Processes of a sandbox, found by what they carry, not by what somebody remembered.

Every process that a supervisor starts inherits `MARK=<identity>` in its environment, and so do its children, however
they detach themselves. Whatever was killed in between, a look through /proc finds them all.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from vela_steps.errors import VelaStepsError

MARK = "VELA_STEPS_SANDBOX_ID"
_PROC = Path("/proc")


def require_linux() -> None:
    """The sandbox rests on /proc and prctl(2).

    Raises VelaStepsError elsewhere.
    """
    if sys.platform != "linux":
        raise VelaStepsError("the sandbox runs on Linux only", cure="use a Linux machine, a virtual machine or WSL 2")


def marked(identity: str) -> list[int]:
    """The living processes of a sandbox (zombies have ended), without this one."""
    wanted = f"{MARK}={identity}".encode()
    found = []
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:  # it ended, or belongs to another user
            continue
        if wanted in environment.split(b"\0"):
            found.append(int(entry.name))
    return found


def runs(pid: int) -> bool:
    """Whether a process is there and has not ended: a zombie has, once all its threads have let go of its files."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    fields = text.rpartition(")")[2].split()  # proc(5), from the third field on: the second may hold anything
    state, threads = fields[0], int(fields[17])
    return state not in ("Z", "X") or threads > 1


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to processes, some of which may have ended."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def kill_all(identity: str, *, grace: float = 0.0, timeout: float = 15.0) -> None:
    """End every process of a sandbox: SIGTERM and `grace` seconds, then SIGKILL until none is left.

    Raises VelaStepsError where some survive for `timeout` seconds.
    """
    if grace > 0:
        send(marked(identity), signal.SIGTERM)
        wait_until_gone(identity, grace)
    deadline = time.monotonic() + timeout
    killed: set[int] = set()
    while True:
        left = marked(identity)
        killed.update(left)
        # A process that is being ended has no environment any more, but may still hold its ports.
        dying = [pid for pid in killed if runs(pid)]
        if not left and not dying:
            return
        send(left, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise VelaStepsError(f"processes {dying} of the sandbox do not end", cure="end them by hand: kill -9 PID")
        time.sleep(0.02)


def wait_until_gone(identity: str, timeout: float) -> bool:
    """Wait until a sandbox has no process; False where it still has some after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    seen = set(marked(identity))
    while any(runs(pid) for pid in seen) or marked(identity):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
