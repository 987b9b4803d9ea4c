"""Starts the processes of one sandbox, watches them and ends them. Runs as a process of its own:

    python -m vela_steps.sandbox.supervisor FOLDER

One thread only: a child that shall die with its parent dies when the parent's *thread* ends (prctl(2)).
However this process ends, its processes end too: on a signal and on an error it kills them itself; when it is killed,
its guard does; a direct child also gets a SIGKILL from the kernel; and `down` looks for what is left by its mark.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from vela_steps.errors import UsageError, VelaStepsError
from vela_steps.sandbox import processes
from vela_steps.sandbox.bringup import BringUp
from vela_steps.sandbox.control import Control
from vela_steps.sandbox.folder import Folder, lock, write_json
from vela_steps.sandbox.program import Running
from vela_steps.sandbox.request import Request
from vela_steps.tools.prctl import adopt_orphans

TICK = 0.2  # seconds between two looks at the processes
GRACE = 1.5  # seconds that processes get for a clean end: what they keep is thrown away


class Supervisor:
    """One sandbox, running."""

    def __init__(self, folder: Folder, request: Request) -> None:
        self.folder, self.request = folder, request
        self.phase, self.doing, self.error = "starting", "", ""
        self._guard: subprocess.Popen[bytes] | None = None
        self._written: dict[str, Any] = {}
        self.bring_up = BringUp(folder, request, self.tell)

    def tell(self, doing: str) -> None:
        """Say what is being done; ends the sandbox where the `up` that waits for it has gone."""
        self.doing = doing
        print(time.strftime("%F %T"), doing or "ready", flush=True)
        self.write()
        if self.phase == "starting" and launcher_gone():
            raise VelaStepsError("the `up` that started this sandbox was interrupted")

    def run(self) -> None:
        """Start everything, then watch and answer until told to end."""
        try:
            self.watch_guard()
            self.write()
            control = Control(self.folder)
            self.bring_up.all()
            self.tell("")
            self.phase = "ready"
            while True:
                self.watch_guard()
                self.write()
                control.serve(self.answer, wait=TICK)
        except VelaStepsError as error:
            self.phase, self.error = "failed", str(error)
            self.write()
            print(error, file=sys.stderr, flush=True)
        finally:
            self.end()

    def end(self) -> None:
        """Kill every process of the sandbox, the guard included."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        if self.phase != "failed":
            self.phase = "stopping"
            self.write()
        processes.kill_all(self.request.id, grace=GRACE)

    def watch_guard(self) -> None:
        """Keep a guard, also where somebody killed it. It holds the read end of a pipe, this process the other."""
        if self._guard is None or self._guard.poll() is not None:
            if self._guard is not None and self._guard.stdin is not None:
                self._guard.stdin.close()
            self._guard = subprocess.Popen(
                [sys.executable, "-m", "vela_steps.sandbox.guard", self.request.id],
                stdin=subprocess.PIPE,
                start_new_session=True,
            )

    def write(self) -> None:
        """Write the state file, where it changed."""
        described = {name: each.describe() for name, each in self.bring_up.running.items()}
        state = {
            "name": self.folder.name,
            "pid": os.getpid(),
            "phase": self.phase,
            "doing": self.doing,
            "error": self.error,
            "with": list(self.bring_up.parts),
            "components": described,
        }
        if state != self._written:
            write_json(self.folder.state_file, state)
            self._written = state

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Carry out what a command asks for."""
        match question.get("verb"):
            case "restart":
                self._restart(question["name"], kill=question["kill"])
            case "revive":
                for name in [name for name, each in self.bring_up.running.items() if not each.poll()]:
                    self._restart(name, kill=True)
            case "add":
                self.request = Request.of(question["request"])
                self.bring_up.add(self.request)
            case verb:
                raise UsageError(f"{verb}: no such request")
        self.write()
        return {}

    def _restart(self, name: str, *, kill: bool) -> None:
        process: Running | None = self.bring_up.running.get(name)
        if process is None:
            raise UsageError(f"{name}: no such component", cure="known are " + ", ".join(self.bring_up.running))
        self.bring_up.restart(process, kill=kill)


def launcher_gone() -> bool:
    """Whether the `up` at the other end of our input has ended without saying that all is well."""
    readable, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(readable) and os.read(sys.stdin.fileno(), 1) == b""


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main() -> None:
    """Run the supervisor of the folder given as the only argument."""
    adopt_orphans()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    folder = Folder(Path(sys.argv[1]))
    with lock(folder.lock_file, wait=False) as held:
        if not held:
            raise SystemExit(f"sandbox {folder.name} has a supervisor already")
        request = Request.load(folder)
        if request is None:
            raise SystemExit(f"{folder.request_file}: no request")
        print(time.strftime("%F %T"), "supervisor", os.getpid(), flush=True)
        try:
            Supervisor(folder, request).run()
        except Exception:
            traceback.print_exc()
            raise


if __name__ == "__main__":
    main()
