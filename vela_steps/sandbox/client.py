"""A sandbox, as commands and tests use it: up, down, status, and the ways into it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vela_steps.errors import UsageError, VelaStepsError
from vela_steps.sandbox import control, ports, processes
from vela_steps.sandbox.components import build, preflight
from vela_steps.sandbox.components.recipes import RECIPES
from vela_steps.sandbox.folder import Folder, is_locked, lock, new_identity, read_json, states_root
from vela_steps.sandbox.layout import lay_out
from vela_steps.sandbox.program import tail
from vela_steps.sandbox.request import PARTS, Request, wanted_components, wanted_ports

NODES = 5  # a simulated node takes 110 pods
UP_WITHIN = 240.0  # seconds, on a machine that is busy with other things
DOWN_WITHIN = 20.0
ATTEMPTS = 3  # somebody else may take a port between choosing and using it
_TAKEN = "address already in use"
_POLL = 0.05

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Sandbox:
    """One sandbox by its name; it need not run."""

    name: str

    @property
    def folder(self) -> Folder:
        """Where it keeps everything."""
        return Folder.of(self.name)

    # ---- up ----------------------------------------------------------------------------------------------------------

    def up(self, parts: tuple[str, ...] = (), *, nodes: int = NODES, tell: Tell = lambda _: None) -> bool:
        """Have it run with (at least) these parts; returns whether anything had to be started.

        Builds missing components first. `tell` is called with each thing that is being done.
        Raises VelaStepsError where it does not come up; nothing is left running then, but the logs are kept.
        """
        processes.require_linux()
        for part in parts:
            if part not in PARTS:
                raise UsageError(f"{part}: no such part", cure="known are " + ", ".join(PARTS))
        with lock(states_root() / f".{self.name}.lock"):
            if self.is_running():
                return self._complete(parts, tell)
            self._clear()
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    self._launch(self._request(parts, nodes), tell)
                    return True
                except VelaStepsError as error:
                    if attempt == ATTEMPTS or _TAKEN not in str(error):
                        raise
                    self._clear()
        return True

    def is_running(self) -> bool:
        """Whether its supervisor runs and has brought everything up."""
        state = read_json(self.folder.state_file) or {}
        return is_locked(self.folder.lock_file) and state.get("phase") == "ready"

    def _request(self, parts: tuple[str, ...], nodes: int) -> Request:
        built = build.ensure(wanted_components(parts))
        self.folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        preflight.require(
            self.folder.path, disk=preflight.RUN_DISK, memory=preflight.RUN_MEMORY, purpose="running a sandbox"
        )
        components = {name: str(component.folder) for name, component in built.items()}
        with lock(states_root() / ".ports.lock"):
            chosen = ports.choose(wanted_ports(parts), ports.taken_by_sandboxes(states_root()))
            request = Request(new_identity(), parts, nodes, chosen, components)
            request.save(self.folder)
        return request

    def _launch(self, request: Request, tell: Tell) -> None:
        lay_out(self.folder, request)
        with (self.folder.path / "supervisor.log").open("ab") as log:
            supervisor = subprocess.Popen(
                [sys.executable, "-m", "vela_steps.sandbox.supervisor", str(self.folder.path)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, processes.MARK: request.id},
            )
        try:
            self._wait_up(supervisor, tell)
        except BaseException:
            supervisor.terminate()
            self._end(request.id)
            supervisor.wait()
            raise
        assert supervisor.stdin is not None  # noqa: S101 - PIPE was asked for
        supervisor.stdin.write(b".")
        supervisor.stdin.close()
        supervisor.returncode = 0  # it goes on without us: no warning that it was not waited for

    def _wait_up(self, supervisor: subprocess.Popen[bytes], tell: Tell) -> None:
        deadline = time.monotonic() + UP_WITHIN
        told = ""
        while True:
            ended = supervisor.poll() is not None
            state = read_json(self.folder.state_file) or {}
            if state.get("phase") == "ready" and not ended:
                return
            if ended or state.get("phase") == "failed":
                why = state.get("error") or tail(self.folder.path / "supervisor.log")
                cure = f"the logs are in {self.folder.path}"
                raise VelaStepsError(f"sandbox {self.name} did not come up: {why}", cure=cure)
            if time.monotonic() > deadline:
                raise VelaStepsError(
                    f"sandbox {self.name} did not come up within {UP_WITHIN:g} s: {state.get('doing')}"
                )
            if state.get("doing") and state["doing"] != told:
                told = state["doing"]
                tell(told)
            time.sleep(_POLL)

    def _complete(self, parts: tuple[str, ...], tell: Tell) -> bool:
        """Start what a running sandbox lacks: dead processes and parts that it was not asked for before."""
        state = self.status()
        dead = [name for name, each in state["components"].items() if each["state"] == "dead"]
        if dead:
            tell("starting again: " + ", ".join(dead))
            self._ask({"verb": "revive"})
        missing = tuple(part for part in parts if part not in state["with"])
        if missing:
            tell("adding " + ", ".join(missing))
            self._ask({"verb": "add", "request": asdict(self._extended(missing))})
        return bool(dead or missing)

    def _extended(self, missing: tuple[str, ...]) -> Request:
        request = Request.load(self.folder)
        if request is None:
            raise VelaStepsError(f"{self.folder.request_file} is gone", cure="vela-steps sandbox down")
        parts = request.parts + missing
        built = build.ensure(wanted_components(parts))
        names = [name for name in wanted_ports(parts) if name not in request.ports]
        with lock(states_root() / ".ports.lock"):
            more = ports.choose(names, ports.taken_by_sandboxes(states_root()))
            components = {name: str(component.folder) for name, component in built.items()}
            extended = Request(request.id, parts, request.nodes, {**request.ports, **more}, components)
            extended.save(self.folder)
        lay_out(self.folder, extended)
        return extended

    # ---- down --------------------------------------------------------------------------------------------------------

    def down(self) -> bool:
        """End every process of it and remove its folder; returns whether there was anything."""
        existed = self.folder.path.exists()
        identity = self.folder.identity()
        # Not behind the lock: an `up` that waits for something must not keep `down` from ending it.
        if identity:
            self._end(identity)
        with lock(states_root() / f".{self.name}.lock"):
            self._clear()
        return existed

    def _end(self, identity: str) -> None:
        """End its processes: the supervisor does it itself where it can; whatever is left is found by its mark."""
        state = read_json(self.folder.state_file) or {}
        pid = state.get("pid", 0)
        if pid and pid in processes.marked(identity):
            processes.send([pid], signal.SIGTERM)
            processes.wait_until_gone(identity, DOWN_WITHIN)
        processes.kill_all(identity)

    def _clear(self) -> None:
        """Remove what a sandbox left, its processes first. The caller holds the lock."""
        identity = self.folder.identity()
        if identity:
            self._end(identity)
        self.folder.remove()

    def reset(self, tell: Tell = lambda _: None) -> None:
        """Start afresh with the same parts: an empty cluster, an empty record of requests."""
        request = Request.load(self.folder)
        if request is None:
            raise _not_running(self.name)
        self.down()
        self.up(request.parts, nodes=request.nodes, tell=tell)

    # ---- while it runs -----------------------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """What `status -o json` prints: phase ('down' where there is none), components with state, pid, ports, log."""
        state = read_json(self.folder.state_file)
        if state is None:
            return {"name": self.name, "phase": "down", "with": [], "components": {}}
        if not is_locked(self.folder.lock_file) and state["phase"] != "failed":
            state["phase"] = "crashed"
        for each in state["components"].values():
            if each["pid"] and not processes.runs(each["pid"]):
                each |= {"state": "dead", "pid": None, "last_lines": tail(Path(each["log"])).splitlines()}
        state["folder"] = str(self.folder.path)
        state["kubeconfig"] = str(self.folder.kubeconfig)
        return state

    def restart(self, name: str, *, kill: bool = False) -> None:
        """End one component (`kill`: by SIGKILL) and start it again; returns when it serves."""
        self._ask({"verb": "restart", "name": name, "kill": kill})

    def log(self, name: str) -> Path:
        """The log of one component, or of the 'supervisor'."""
        if name == "supervisor":
            return self.folder.path / "supervisor.log"
        components = self.status()["components"]
        if name not in components:
            known = ", ".join([*components, "supervisor"])
            raise UsageError(f"{name}: no such component of sandbox {self.name}", cure=f"known are {known}")
        return Path(components[name]["log"])

    def environment(self) -> dict[str, str]:
        """What `env` exports: the way into the cluster, and the real programs first in PATH."""
        if not self.is_running():
            raise _not_running(self.name)
        return {
            "KUBECONFIG": str(self.folder.kubeconfig),
            "PATH": f"{self.folder.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "VELA_STEPS_SANDBOX": self.name,
        }

    def _ask(self, question: dict[str, Any]) -> None:
        if not self.is_running():
            raise _not_running(self.name)
        control.ask(self.folder, question, timeout=UP_WITHIN)


def _not_running(name: str) -> VelaStepsError:
    return VelaStepsError(f"sandbox {name} does not run", cure=f"vela-steps sandbox up --name {name}")


def known_sandboxes() -> list[str]:
    """The names of the sandboxes of this user, running or not."""
    return sorted(path.parent.name for path in states_root().glob("*/request.json"))


def program_of(component: str, name: str) -> Path:
    """A built program, for example `cue` of 'cue-0.14.1'; builds it where it is missing."""
    if component not in RECIPES:
        raise UsageError(f"{component}: no such component", cure="known are " + ", ".join(RECIPES))
    return build.ensure([component])[component].binary(name)
