"""A sandbox, as commands and tests use it: up, down, status, and the ways into it."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vela_steps.errors import UsageError, VelaStepsError
from vela_steps.sandbox import control, processes
from vela_steps.sandbox.components import build, cache
from vela_steps.sandbox.components.recipes import RECIPES
from vela_steps.sandbox.folder import Folder, is_locked, lock, read_json, states_root
from vela_steps.sandbox.gitrepo import Repository
from vela_steps.sandbox.launch import UP_WITHIN, Tell, Wanted, checked, end, extended_request, launch, new_request
from vela_steps.sandbox.program import tail
from vela_steps.sandbox.request import Request
from vela_steps.sandbox.rollout import Rule, set_rollout
from vela_steps.tools.cue import Cue
from vela_steps.tools.kubectl import Kubectl
from vela_steps.tools.vela import Vela

NODES = 5  # a simulated node takes 110 pods
ATTEMPTS = 3  # somebody else may take a port between choosing and using it
_TAKEN = "address already in use"


@dataclass(frozen=True)
class Sandbox:
    """One sandbox by its name; it need not run."""

    name: str

    @property
    def folder(self) -> Folder:
        """Where it keeps everything."""
        return Folder.of(self.name)

    @property
    def _lock_file(self) -> Path:
        """Held by a command that starts or ends it."""
        return states_root() / f".{self.name}.lock"

    # ---- up ----------------------------------------------------------------------------------------------------------

    def up(
        self,
        parts: tuple[str, ...] = (),
        *,
        nodes: int = NODES,
        plugins: tuple[Path, ...] = (),
        kubevela: str = "",
        tell: Tell = lambda _: None,
    ) -> bool:
        """Have it run with (at least) these parts; returns whether anything had to be started.

        `plugins` are folders with a `plugin.yaml` each, for Argo CD; `kubevela` is a version, by default the one that
        runs, else 1.10.9. Builds missing components first. `tell` is called with each thing that is being done.
        Raises VelaStepsError where it does not come up; nothing is left running then, but the logs are kept.
        Raises UsageError where it runs with another version.
        """
        processes.require_linux()
        wanted = checked(parts, plugins, kubevela)
        with lock(self._lock_file):
            if self.is_running():
                return self._complete(wanted, tell)
            self._clear()
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    launch(self.folder, new_request(self.folder, wanted, nodes), tell)
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

    def _complete(self, wanted: Wanted, tell: Tell) -> bool:
        """Start what a running sandbox lacks: dead processes, and parts and plugins it was not asked for before."""
        state = self.status()
        dead = [name for name, each in state["components"].items() if each["state"] == "dead"]
        if dead:
            tell("starting again: " + ", ".join(dead))
            self._ask({"verb": "revive"})
        request = Request.load(self.folder)
        if request is None:
            raise VelaStepsError(f"{self.folder.request_file} is gone", cure="vela-steps sandbox down")
        if wanted.kubevela not in ("", request.kubevela):
            raise UsageError(
                f"sandbox {self.name} runs KubeVela {request.kubevela}",
                cure=f"vela-steps sandbox down --name {self.name}, or another --name",
            )
        missing = Wanted(
            tuple(part for part in wanted.parts if part not in state["with"]),
            tuple(plugin for plugin in wanted.plugins if plugin not in request.plugins),
        )
        if missing.parts or missing.plugins:
            tell("adding " + ", ".join(missing.parts + missing.plugins))
            try:
                self._ask({"verb": "add", "request": asdict(extended_request(self.folder, request, missing))})
            except VelaStepsError:
                request.save(self.folder)  # so that the next `up` tries again
                raise
        return bool(dead or missing.parts or missing.plugins)

    # ---- down --------------------------------------------------------------------------------------------------------

    def down(self) -> bool:
        """End every process of it and remove its folder; returns whether there was anything."""
        existed = self.folder.path.exists()
        identity = self.folder.identity()
        # Not behind the lock: an `up` that waits for something must not keep `down` from ending it.
        if identity:
            end(self.folder, identity)
        with lock(self._lock_file):
            self._clear()
            self._lock_file.unlink()
        return existed

    def _clear(self) -> None:
        """Remove what a sandbox left, its processes first. The caller holds the lock."""
        identity = self.folder.identity()
        if identity:
            end(self.folder, identity)
        self.folder.remove()

    def reset(self, tell: Tell = lambda _: None) -> None:
        """Start afresh with the same parts: an empty cluster, an empty record of requests."""
        request = Request.load(self.folder)
        if request is None:
            raise _not_running(self.name)
        self.down()
        plugins = tuple(map(Path, request.plugins))
        self.up(request.parts, nodes=request.nodes, plugins=plugins, kubevela=request.kubevela, tell=tell)

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
        if "multicluster" in state["with"]:
            state["member_kubeconfig"] = str(self.folder.member_kubeconfig)
        if "argocd" in state["with"]:
            state["repository"] = self.repository.url
        return state

    @property
    def kubectl(self) -> Kubectl:
        """The real `kubectl` for its cluster."""
        return Kubectl(self.folder.bin / "kubectl", self.folder.kubeconfig)

    @property
    def member(self) -> Kubectl:
        """The real `kubectl` for the second cluster of a sandbox with several."""
        return Kubectl(self.folder.bin / "kubectl", self.folder.member_kubeconfig)

    @property
    def vela(self) -> Vela:
        """The real `vela` for its cluster."""
        return Vela(self.folder.bin / "vela", self.folder.kubeconfig)

    @property
    def cue(self) -> Cue:
        """The `cue` of the version that is inside its vela-core."""
        return Cue(self.folder.bin / "cue")

    @property
    def repository(self) -> Repository:
        """The Git repository that its Argo CD syncs."""
        return Repository(self.folder.git)

    def rollout(self, kind: str, *, component: str = "", namespace: str = "", seconds: float = 30) -> None:
        """Make rollouts from now on 'slow' (by `seconds`), 'fail' or 'normal' again, for some pods or all."""
        request = Request.load(self.folder)
        if request is None or not self.is_running():
            raise _not_running(self.name)
        shipped = request.component("kwok").asset("stages") / "pod" / "fast" / "pod-ready.yaml"
        set_rollout(self.kubectl, shipped, Rule(kind, component, namespace, seconds))

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


def prune() -> list[Path]:
    """Remove built components that neither this release nor any sandbox uses; returns their folders."""
    requests = [Request.load(Folder.of(name)) for name in known_sandboxes()]
    used = {folder for request in requests if request for folder in request.components.values()}
    with cache.build_lock("waiting for a build to finish"):
        removed = cache.unused(used)
        for folder in removed:
            shutil.rmtree(folder)
    return removed


def program_of(component: str, name: str) -> Path:
    """A built program, for example `cue` of 'cue-0.14.1'; builds it where it is missing."""
    if component not in RECIPES:
        raise UsageError(f"{component}: no such component", cure="known are " + ", ".join(RECIPES))
    return build.ensure([component])[component].binary(name)
