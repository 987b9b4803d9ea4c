"""How a sandbox is started and ended from outside: a request, a supervisor for it, the end of all processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from vela_steps.errors import UsageError, VelaStepsError
from vela_steps.sandbox import ports, processes
from vela_steps.sandbox.argocd import socket_name
from vela_steps.sandbox.components import build, preflight
from vela_steps.sandbox.components.recipes import KUBEVELAS
from vela_steps.sandbox.components.redis import redis_server
from vela_steps.sandbox.folder import Folder, lock, new_identity, read_json, states_root
from vela_steps.sandbox.layout import lay_out
from vela_steps.sandbox.program import tail
from vela_steps.sandbox.request import PARTS, Request, wanted_components, wanted_ports

UP_WITHIN = 240.0  # seconds, on a machine that is busy with other things
DOWN_WITHIN = 20.0
_POLL = 0.05

Tell = Callable[[str], None]


class Wanted(NamedTuple):
    """What a sandbox shall have: parts and folders of Argo CD plugins beyond its base, and a version of KubeVela."""

    parts: tuple[str, ...]
    plugins: tuple[str, ...]
    kubevela: str = ""  # any


def checked(parts: tuple[str, ...], plugins: tuple[Path, ...], kubevela: str) -> Wanted:
    """What `up` was given; a plugin brings Argo CD with it.

    Raises UsageError for an unknown part or version and for a folder without a plugin.
    """
    if kubevela and kubevela not in KUBEVELAS:
        raise UsageError(f"KubeVela {kubevela}: no such component", cure="known are " + ", ".join(KUBEVELAS))
    for part in parts:
        if part not in PARTS:
            raise UsageError(f"{part}: no such part", cure="known are " + ", ".join(PARTS))
    for plugin in plugins:
        socket_name(plugin)
    more = ("argocd",) if plugins else ()
    return Wanted(tuple(dict.fromkeys(parts + more)), tuple(str(plugin.resolve()) for plugin in plugins), kubevela)


def built_components(parts: tuple[str, ...], kubevela: str) -> dict[str, str]:
    """The folders of the components that a sandbox with these parts needs; builds what is missing."""
    if "argocd" in parts:
        redis_server()
    sources = {name: name for name in wanted_components(parts)} | {"kubevela": KUBEVELAS[kubevela].component}
    built = build.ensure(sources.values())
    return {name: str(built[source].folder) for name, source in sources.items()}


def new_request(folder: Folder, wanted: Wanted, nodes: int) -> Request:
    """Build, choose ports, and save what the supervisor shall do. The caller holds the sandbox's lock."""
    kubevela = wanted.kubevela or next(iter(KUBEVELAS))
    built = built_components(wanted.parts, kubevela)
    folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    preflight.require(folder.path, disk=preflight.RUN_DISK, memory=preflight.RUN_MEMORY, purpose="running a sandbox")
    with lock(states_root() / ".ports.lock"):
        chosen = ports.choose(wanted_ports(wanted.parts), ports.taken_by_sandboxes(states_root()))
        request = Request(new_identity(), wanted.parts, nodes, chosen, built, wanted.plugins, kubevela)
        request.save(folder)
    return request


def extended_request(folder: Folder, request: Request, missing: Wanted) -> Request:
    """The same for a running sandbox that shall have more."""
    parts = tuple(dict.fromkeys(request.parts + missing.parts))
    built = built_components(parts, request.kubevela)
    names = [name for name in wanted_ports(parts) if name not in request.ports]
    with lock(states_root() / ".ports.lock"):
        more = ports.choose(names, ports.taken_by_sandboxes(states_root()))
        plugins = request.plugins + missing.plugins
        extended = replace(request, parts=parts, ports={**request.ports, **more}, components=built, plugins=plugins)
        extended.save(folder)
    lay_out(folder, extended)
    return extended


def launch(folder: Folder, request: Request, tell: Tell) -> None:
    """Start the supervisor of a saved request and wait until all is up; leaves nothing running where it fails."""
    lay_out(folder, request)
    with (folder.path / "supervisor.log").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "vela_steps.sandbox.supervisor", str(folder.path)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, processes.MARK: request.id},
        )
    try:
        _wait_up(folder, supervisor, tell)
    except BaseException:
        supervisor.terminate()
        end(folder, request.id)
        supervisor.wait()
        raise
    assert supervisor.stdin is not None  # noqa: S101 - PIPE was asked for
    supervisor.stdin.write(b".")
    supervisor.stdin.close()
    supervisor.returncode = 0  # it goes on without us: no warning that it was not waited for


def _wait_up(folder: Folder, supervisor: subprocess.Popen[bytes], tell: Tell) -> None:
    deadline = time.monotonic() + UP_WITHIN
    told = ""
    while True:
        ended = supervisor.poll() is not None
        state = read_json(folder.state_file) or {}
        if state.get("phase") == "ready" and not ended:
            return
        if ended or state.get("phase") == "failed":
            why = state.get("error") or tail(folder.path / "supervisor.log")
            cure = f"the logs are in {folder.path}"
            raise VelaStepsError(f"sandbox {folder.name} did not come up: {why}", cure=cure)
        if time.monotonic() > deadline:
            raise VelaStepsError(f"sandbox {folder.name} did not come up within {UP_WITHIN:g} s: {state.get('doing')}")
        if state.get("doing") and state["doing"] != told:
            told = state["doing"]
            tell(told)
        time.sleep(_POLL)


def end(folder: Folder, identity: str) -> None:
    """End its processes: the supervisor does it itself where it can; whatever is left is found by its mark."""
    state = read_json(folder.state_file) or {}
    pid = state.get("pid", 0)
    if pid and pid in processes.marked(identity):
        processes.send([pid], signal.SIGTERM)
        processes.wait_until_gone(identity, DOWN_WITHIN)
    processes.kill_all(identity)
