"""A sandbox comes up, and whatever is killed, `down` leaves no process and no port."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from tests.ends import WITHIN, wait_for_ends
from vela_steps.errors import UsageError, VelaStepsError
from vela_steps.sandbox import ports, processes
from vela_steps.sandbox.client import Sandbox
from vela_steps.sandbox.folder import read_json
from vela_steps.sandbox.request import BASE_COMPONENTS

pytestmark = [pytest.mark.e2e, pytest.mark.long]


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox of the test's own, not yet up."""
    sandbox = Sandbox(f"life-{secrets.token_hex(4)}")
    yield sandbox
    sandbox.down()


def wait_until_looked(sandbox: Sandbox) -> None:
    """The supervisor has looked at its processes since: it does so between one question and the next."""
    for _ in range(2):
        with pytest.raises(VelaStepsError, match="no such component"):
            sandbox.restart("nobody")


def identity_of(sandbox: Sandbox) -> str:
    identity = sandbox.folder.identity()
    assert identity
    return identity


def ports_of(sandbox: Sandbox) -> set[int]:
    """Every port that the sandbox was given or took."""
    requested = (read_json(sandbox.folder.request_file) or {})["ports"].values()
    return {*requested, *(port for each in sandbox.status()["components"].values() for port in each["ports"].values())}


def left(identity: str, used: set[int]) -> tuple[list[int], list[int]]:
    """The processes and the ports that are still there."""
    return processes.marked(identity), [port for port in used if not ports.is_free(port)]


def everything_ends(identity: str, before: list[int]) -> None:
    """Wait until a sandbox has no process; those of `before` for themselves, because one that is about to end no longer
    shows whose it is, and still holds its port."""
    assert processes.wait_until_gone(identity, WITHIN)
    wait_for_ends(before)


def assert_nothing_left(identity: str, used: set[int]) -> None:
    assert left(identity, used) == ([], [])


def start_up(sandbox: Sandbox) -> subprocess.Popen[str]:
    """`vela-steps sandbox up` as a process, as far as the cluster's processes are there."""
    command = [sys.executable, "-m", "vela_steps", "sandbox", "up", "--name", sandbox.name]
    up = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heed_ctrl_c)
    assert up.stderr is not None
    said = list(takewhile(lambda line: line != "installing KubeVela's resource types\n", up.stderr))
    assert "kube-apiserver" in sandbox.status()["components"], said
    return up


def heed_ctrl_c() -> None:
    """What a shell runs in the background ignores SIGINT, and so do all its children: these tests, perhaps."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def kill(*pids: int) -> None:
    """`kill -9`, and wait until they have ended."""
    processes.send(pids, signal.SIGKILL)
    wait_for_ends(pids)


def test_up_is_idempotent_and_status_names_every_process_with_its_ports(box: Sandbox) -> None:
    assert box.up() is True
    assert box.up() is False
    status = box.status()
    assert status["phase"] == "ready"
    assert set(status["components"]) == {
        *("receiver", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok-controller"),
        "vela-core",
    }
    for name, each in status["components"].items():
        assert each["state"] == "running", name
        assert processes.runs(each["pid"]), name
        assert each["ports"], name
        assert not any(ports.is_free(port) for port in each["ports"].values()), name
    identity, used = identity_of(box), ports_of(box)
    assert box.down() is True
    assert_nothing_left(identity, used)
    assert not box.folder.path.exists()


def test_a_running_sandbox_keeps_its_version_of_kubevela(box: Sandbox) -> None:
    with pytest.raises(UsageError, match=f"sandbox {box.name} runs KubeVela 1.10.9"):
        box.up(kubevela="1.11.0")
    assert box.up(kubevela="1.10.9") is False


def test_killed_components_are_reported_started_again_by_up_and_ended_by_down(box: Sandbox) -> None:
    box.up()
    components: dict[str, Any] = box.status()["components"]
    kill(*(each["pid"] for each in components.values()))
    wait_until_looked(box)
    assert all(each.get("ended") for each in box.status()["components"].values())
    core = box.status()["components"]["vela-core"]
    assert core["ended"] == "signal SIGKILL"
    assert core["last_lines"]
    assert box.up() is True
    revived = box.status()["components"]
    assert {name: each["state"] for name, each in revived.items()} == dict.fromkeys(components, "running")
    assert all(revived[name]["pid"] != components[name]["pid"] for name in components)
    kill(*(each["pid"] for each in revived.values()))
    identity, used = identity_of(box), ports_of(box)
    box.down()
    assert_nothing_left(identity, used)


def test_a_killed_supervisor_takes_everything_with_it_and_up_starts_afresh(box: Sandbox) -> None:
    box.up()
    identity, used = identity_of(box), ports_of(box)
    there = processes.marked(identity)
    kill(box.status()["pid"])
    everything_ends(identity, there)
    assert_nothing_left(identity, used)
    assert box.status()["phase"] == "crashed"
    assert box.up() is True
    assert identity_of(box) != identity


def test_down_ends_what_a_killed_supervisor_and_its_killed_guard_left(box: Sandbox) -> None:
    box.up()
    identity, used = identity_of(box), ports_of(box)
    supervisor = box.status()["pid"]
    guard = next(pid for pid in processes.marked(identity) if "vela_steps.sandbox.guard" in command_of(pid))
    kill(guard, supervisor)
    box.down()
    assert_nothing_left(identity, used)


def test_a_killed_guard_is_replaced(box: Sandbox) -> None:
    box.up()
    identity = identity_of(box)

    def guards() -> list[int]:
        return [pid for pid in processes.marked(identity) if "vela_steps.sandbox.guard" in command_of(pid)]

    [first] = guards()
    kill(first)
    wait_until_looked(box)
    [second] = guards()
    assert second != first


def command_of(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:  # noqa: PTH123 - as everybody writes it
            return file.read()
    except OSError:
        return ""


@pytest.mark.parametrize("whom", ["supervisor", "up", "kube-apiserver"])
def test_a_kill_in_the_middle_of_up_leaves_nothing(box: Sandbox, whom: str) -> None:
    with start_up(box) as up:
        identity, used = identity_of(box), ports_of(box)
        status, there = box.status(), processes.marked(identity)
        kill({"supervisor": status["pid"], "up": up.pid}.get(whom) or status["components"][whom]["pid"])
        up.communicate()
    everything_ends(identity, there)
    assert_nothing_left(identity, used)
    assert up.returncode != 0
    box.down()
    assert not box.folder.path.exists()


def test_ctrl_c_in_the_middle_of_up_leaves_nothing_and_ends_with_130(box: Sandbox) -> None:
    with start_up(box) as up:
        identity, used = identity_of(box), ports_of(box)
        up.send_signal(signal.SIGINT)
        said = up.communicate()[1]
    assert up.returncode == 130, said
    assert_nothing_left(identity, used)


def test_down_in_the_middle_of_up_ends_both(box: Sandbox) -> None:
    with start_up(box) as up:
        identity, used = identity_of(box), ports_of(box)
        box.down()
        said = up.communicate()[1]
    assert_nothing_left(identity, used)
    assert up.returncode == 2
    assert "did not come up" in said


def test_two_sandboxes_come_up_side_by_side_on_ports_of_their_own(box: Sandbox) -> None:
    other = Sandbox(f"{box.name}-b")
    try:
        with ThreadPoolExecutor() as both:
            assert list(both.map(Sandbox.up, (box, other))) == [True, True]
        assert not ports_of(box) & ports_of(other)
        for sandbox in (box, other):
            sandbox.kubectl("create", "namespace", sandbox.name)
        assert box.kubectl.get("namespace", other.name) is None
        other.down()
        assert box.status()["phase"] == "ready"
        assert box.kubectl.get("namespace", box.name)
    finally:
        other.down()


def test_a_reset_empties_the_cluster_and_the_programs_in_env_reach_it_again(box: Sandbox) -> None:
    box.up()
    box.kubectl("create", "namespace", "old")
    box.reset()
    assert box.kubectl.get("namespace", "old") is None
    environment = {**os.environ, **box.environment()}
    for command in (["kubectl", "get", "nodes"], ["vela", "version"], ["cue", "version"], ["cue-0.14.1", "version"]):
        subprocess.run(command, env=environment, check=True, capture_output=True)


def test_what_was_built_is_found_without_go_and_without_a_network(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vela_steps", "sandbox", "build", *BASE_COMPONENTS]
    subprocess.run(command, check=True, capture_output=True)
    nobody = "http://127.0.0.1:9"
    alone = {**os.environ, "PATH": str(tmp_path), "GOPROXY": "off", "HTTPS_PROXY": nobody, "HTTP_PROXY": nobody}
    found = subprocess.run(command, check=True, capture_output=True, text=True, env=alone)
    assert "building" not in found.stdout + found.stderr
