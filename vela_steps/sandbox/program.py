"""One process of a sandbox: what it is, and the running of it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vela_steps.errors import VelaStepsError
from vela_steps.sandbox.processes import runs
from vela_steps.tools.prctl import die_with_parent

LAST_LINES = 15
TAIL_BYTES = 64 * 1024


@dataclass(frozen=True)
class Program:
    """How a process is started. `env` replaces the environment; `ready` says whether it serves (it may raise)."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    log: Path
    ports: Mapping[str, int] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    ready_within: float = 60.0  # seconds


class Running:
    """A process of the sandbox that this supervisor started itself, or adopted from kwokctl.

    `make` says how it is started at the time it is started; None for an adopted one, which kwokctl starts again.
    """

    def __init__(
        self, name: str, log: Path, ports: Mapping[str, int], make: Callable[[], Program] | None = None
    ) -> None:
        self.name, self.log, self.ports, self.make = name, log, dict(ports), make
        self.program: Program | None = None
        self.pid = 0
        self.ended = ""  # how it ended: 'exit status 1', 'signal SIGKILL'; empty while it runs
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it (again); its output is appended to its log."""
        assert self.make is not None  # noqa: S101 - kwokctl starts the others
        self.program = self.make()
        self.ports = dict(self.program.ports)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self._popen = subprocess.Popen(
                self.program.argv,
                env=dict(self.program.env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,  # safe: this process has one thread
            )
        self.adopt(self._popen.pid)

    def adopt(self, pid: int) -> None:
        """This is the process from now on."""
        self.pid, self.ended = pid, ""

    def poll(self) -> bool:
        """Whether it runs; reaps it where it has ended, and keeps how."""
        if self.ended or not self.pid:
            return False
        status = self._status()
        if status is None:
            return True
        self.ended = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        return False

    def _status(self) -> int | None:
        """The exit status (negative: a signal's number), or None while it runs."""
        if self._popen is not None and self._popen.pid == self.pid:
            return self._popen.poll()
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:  # kwokctl has not ended yet, so it is not ours yet
            return None if runs(self.pid) else 1
        return None if pid == 0 else os.waitstatus_to_exitcode(status)

    def stop(self, *, kill: bool, grace: float = 10.0) -> None:
        """End it: SIGKILL at once, or SIGTERM and SIGKILL after `grace` seconds."""
        if not self.poll():
            return
        os.kill(self.pid, signal.SIGKILL if kill else signal.SIGTERM)
        deadline = time.monotonic() + grace
        while self.poll():
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                deadline = time.monotonic() + grace
            time.sleep(0.02)

    def wait_ready(self) -> None:
        """Wait until it serves.

        Raises VelaStepsError with the last lines of its log where it ends first, or does not serve in time.
        """
        if self.program is None or self.program.ready is None:
            return
        deadline = time.monotonic() + self.program.ready_within
        while not _is_ready(self.program.ready):
            if not self.poll():
                raise VelaStepsError(self.obituary())
            if time.monotonic() > deadline:
                late = f"{self.name} does not serve after {self.program.ready_within:g} s"
                raise VelaStepsError(f"{late}; the last lines of {self.log}:\n{tail(self.log)}")
            time.sleep(0.05)

    def obituary(self) -> str:
        """How it ended, with the last lines of its log."""
        return f"{self.name} ended ({self.ended}); the last lines of {self.log}:\n{tail(self.log)}"

    def describe(self) -> dict[str, object]:
        """For the state file."""
        alive = self.poll()
        described: dict[str, object] = {
            "state": "running" if alive else "dead",
            "pid": self.pid if alive else None,
            "ports": self.ports,
            "log": str(self.log),
        }
        if not alive:
            described |= {"ended": self.ended, "last_lines": tail(self.log).splitlines()}
        return described


def _is_ready(ready: Callable[[], bool]) -> bool:
    try:
        return ready()
    except (OSError, ValueError, VelaStepsError):
        return False


def tail(log: Path, lines: int = LAST_LINES) -> str:
    """The last lines of a log; empty where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
