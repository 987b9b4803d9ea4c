"""Finding and ending processes, ports, the state folder: what `down` rests on."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from vela_steps.errors import UsageError, VelaStepsError
from vela_steps.sandbox import control, folder, kwok, ports, processes, request
from vela_steps.sandbox.client import Sandbox, known_sandboxes
from vela_steps.sandbox.program import Program, Running, tail


@pytest.fixture
def identity() -> Iterator[str]:
    chosen = secrets.token_hex(8)
    yield chosen
    processes.kill_all(chosen)


@pytest.fixture
def states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("VELA_STEPS_SANDBOX", raising=False)
    return folder.states_root()


STAY = "echo there; sleep 600 & wait"  # no exec: a process in the middle of one has no environment


def start_marked(identity: str, script: str) -> subprocess.Popen[bytes]:
    """Start it, and wait until it says that it is there."""
    environment = {**os.environ, processes.MARK: identity}
    process = subprocess.Popen(["sh", "-c", script], env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"there\n"
    return process


def request_with(ports_: dict[str, int], identity: str = "x") -> request.Request:
    names = request.wanted_components(request.PARTS)
    return request.Request(identity, (), 2, ports_, {name: f"/cache/{name}" for name in names})


def test_a_child_that_detached_itself_is_found_and_killed_by_its_mark(identity: str) -> None:
    with start_marked(identity, f"setsid sh -c '{STAY}' & exit 0") as parent:
        parent.wait()
    assert processes.marked(identity)
    processes.kill_all(identity)
    assert processes.marked(identity) == []


def test_a_process_that_ignores_sigterm_is_killed_after_the_grace(identity: str) -> None:
    with start_marked(identity, f"trap '' TERM; {STAY}") as stubborn:
        processes.kill_all(identity, grace=0.1)
        assert stubborn.wait() == -9


def test_processes_of_another_sandbox_are_left_alone(identity: str) -> None:
    other = f"{identity}0"
    with start_marked(other, STAY) as bystander:
        processes.kill_all(identity)
        assert bystander.poll() is None
        processes.kill_all(other)


def test_the_guard_kills_when_its_supervisor_is_killed(identity: str) -> None:
    environment = {**os.environ, processes.MARK: identity}
    script = (
        "import subprocess, sys, time\n"
        f"guard = subprocess.Popen([sys.executable, '-m', 'vela_steps.sandbox.guard', {identity!r}],"
        " stdin=subprocess.PIPE, start_new_session=True)\n"
        "subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "print('started', flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == b"started\n"
        supervisor.kill()
    assert processes.wait_until_gone(identity, 20)


def test_a_started_program_is_ready_then_dead_and_says_how_it_ended(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "server.log"
    script = f"echo serving; touch {tmp_path}/ready; exec sleep 600"
    program = Program(
        "server", ("sh", "-c", script), os.environ, log, {"http": 1}, ready=(tmp_path / "ready").exists, ready_within=20
    )
    running = Running("server", log, {}, lambda: program)
    running.start()
    running.wait_ready()
    assert running.describe()["state"] == "running"
    running.stop(kill=True)
    described = running.describe()
    assert described["state"] == "dead"
    assert described["pid"] is None
    assert described["ended"] == "signal SIGKILL"
    assert described["last_lines"] == ["serving"]


def test_a_program_that_ends_before_it_serves_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    program = Program("server", ("sh", "-c", "echo no port >&2; exit 3"), os.environ, log, ready=lambda: False)
    running = Running("server", log, {}, lambda: program)
    running.start()
    with pytest.raises(VelaStepsError, match=r"server ended \(exit status 3\)(.|\n)*no port"):
        running.wait_ready()


def test_a_program_that_does_not_serve_in_time_is_an_error(tmp_path: Path) -> None:
    program = Program("server", ("sleep", "600"), os.environ, tmp_path / "log", ready=lambda: False, ready_within=0.05)
    running = Running("server", tmp_path / "log", {}, lambda: program)
    running.start()
    try:
        with pytest.raises(VelaStepsError, match=r"server does not serve after 0.05 s"):
            running.wait_ready()
    finally:
        running.stop(kill=True)


def test_the_tail_of_a_log_is_its_last_lines_and_of_no_log_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("".join(f"line {number}\n" for number in range(9000)), encoding="utf-8")
    assert tail(tmp_path / "log", 2) == "line 8998\nline 8999"
    assert tail(tmp_path / "none") == ""


def test_ports_in_use_and_ports_of_other_sandboxes_are_not_chosen(states: Path) -> None:
    other = folder.Folder(states / "other")
    request_with({"etcd": 20001, "kube-apiserver": 31999}).save(other)
    taken = ports.taken_by_sandboxes(states)
    assert taken == {20001, 31999}
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        assert not ports.is_free(used.getsockname()[1])
    names = [f"port-{number}" for number in range(50)]
    chosen = ports.choose(names, taken)
    assert len(set(chosen.values())) == 50
    assert not taken & set(chosen.values())


def test_no_ports_are_chosen_where_none_are_needed_and_none_where_all_are_taken() -> None:
    everything = set(range(ports.LOWEST, ports.HIGHEST))
    assert ports.choose([], everything) == {}
    with pytest.raises(VelaStepsError, match="no 1 free ports"):
        ports.choose(["etcd"], everything)


def test_every_port_of_a_sandbox_belongs_to_a_name_of_its_own() -> None:
    names = request.wanted_ports(request.PARTS)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "../x", "a" * 41])
@pytest.mark.usefixtures("states")
def test_a_name_that_no_folder_or_cluster_can_have_is_refused(name: str) -> None:
    if name:
        with pytest.raises(UsageError, match="not a name for a sandbox"):
            folder.chosen_name(name)
    else:
        assert folder.chosen_name(name) == "default"


def test_the_name_comes_from_the_environment_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VELA_STEPS_SANDBOX", "mine")
    assert folder.chosen_name(None) == "mine"
    assert folder.chosen_name("yours") == "yours"


def test_a_lock_that_its_holder_removes_goes_to_one_of_those_who_wait(tmp_path: Path) -> None:
    path, inside, most = tmp_path / "lock", [0], [0]

    def take() -> None:
        for _ in range(20):
            with folder.lock(path) as held:
                assert held
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                path.stat()  # lets the other threads run
                inside[0] -= 1
                path.unlink()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert not path.exists()


def test_a_request_is_read_back_as_it_was_saved(states: Path) -> None:
    asked = replace(request_with({"etcd": 1}), parts=("argocd",))
    asked.save(folder.Folder(states / "a"))
    assert request.Request.load(folder.Folder(states / "a")) == asked
    assert request.Request.load(folder.Folder(states / "b")) is None


def test_the_cluster_listens_on_loopback_at_the_chosen_ports() -> None:
    chosen = {name: 20000 + number for number, name in enumerate(request.BASE_PORTS)}
    options = kwok.configuration(request_with(chosen), chosen, Path("ca.crt"))["options"]
    assert isinstance(options, dict)
    assert options["bindAddress"] == "127.0.0.1"
    listens = {value for key, value in options.items() if key.endswith("Port")}
    assert listens == {number for each in kwok.component_ports(chosen).values() for number in each.values()}


def test_two_clusters_of_one_sandbox_have_ports_and_processes_of_their_own() -> None:
    names = request.wanted_ports(("multicluster",))
    chosen = {name: 20000 + number for number, name in enumerate(names)}
    own = kwok.component_ports(kwok.cluster_ports(chosen, kwok.CLUSTER))
    member = kwok.component_ports(kwok.cluster_ports(chosen, kwok.MEMBER))
    listens = [port for cluster in (own, member) for each in cluster.values() for port in each.values()]
    assert len(listens) == len(set(listens)) == 2 * len(request.CLUSTER_PORTS)
    assert kwok.prefix(kwok.CLUSTER) != kwok.prefix(kwok.MEMBER)


def test_nothing_of_the_user_that_would_steer_it_reaches_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "NO_PROXY", "KUBECONFIG", "GIT_DIR", "ARGOCD_OPTS", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "the user's")
    environment = kwok.marked_environment(request_with({}, "id"), EXTRA="1")
    assert environment[processes.MARK] == "id"
    assert environment["EXTRA"] == "1"
    assert "the user's" not in environment.values()


def test_a_question_is_answered_over_the_socket_and_an_error_comes_back_whole(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)  # a socket's path may not be this long
    deep.mkdir()
    place = folder.Folder(deep)
    served = control.Control(place)

    def answer(question: dict[str, object]) -> dict[str, object]:
        if question["verb"] == "bad":
            raise UsageError("bad: no such request", cure="ask something else")
        return {"said": question["verb"]}

    def serve_twice() -> None:
        served.serve(answer, wait=10)
        served.serve(answer, wait=10)
        served.close()

    server = threading.Thread(target=serve_twice)
    server.start()
    assert control.ask(place, {"verb": "good"}, timeout=10) == {"said": "good"}
    with pytest.raises(VelaStepsError, match="bad: no such request") as refused:
        control.ask(place, {"verb": "bad"}, timeout=10)
    assert refused.value.cure == "ask something else"
    server.join()


def test_a_supervisor_that_does_not_answer_is_an_error_that_names_the_cure(tmp_path: Path) -> None:
    with pytest.raises(VelaStepsError, match="its supervisor does not answer") as refused:
        control.ask(folder.Folder(tmp_path), {}, timeout=1)
    assert "sandbox down" in refused.value.cure


@pytest.mark.usefixtures("states")
def test_a_sandbox_that_does_not_run_is_down_and_says_so_when_used() -> None:
    box = Sandbox("nobody")
    assert box.status()["phase"] == "down"
    assert box.down() is False
    for use in (box.environment, box.reset, lambda: box.restart("vela-core")):
        with pytest.raises(VelaStepsError, match="sandbox nobody does not run"):
            use()
    with pytest.raises(UsageError, match="vela-core: no such component"):
        box.log("vela-core")


@pytest.mark.usefixtures("states")
def test_a_version_of_kubevela_that_is_not_known_is_named_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"KubeVela 1\.9: no such component") as refused:
        Sandbox("nobody").up(kubevela="1.9")
    assert refused.value.cure == "known are 1.10.9, 1.11.0"
    assert request_with({}).kubevela == "1.10.9"


def test_a_crashed_sandbox_is_seen_as_such_and_down_clears_it_away(states: Path, identity: str) -> None:
    box = Sandbox("crashed")
    request_with({"etcd": 1}, identity).save(box.folder)
    with start_marked(identity, f"setsid sh -c '{STAY}' & exit 0") as parent:
        parent.wait()
    alive, dead = processes.marked(identity)[0], 2**22 + 1
    component = {"state": "running", "ports": {}, "log": str(box.folder.logs / "x.log")}
    state = {"name": "crashed", "pid": dead, "phase": "ready", "doing": "", "error": "", "with": []}
    folder.write_json(
        box.folder.state_file,
        {**state, "components": {"a": {**component, "pid": alive}, "b": {**component, "pid": dead}}},
    )
    status = json.loads(json.dumps(box.status()))
    assert status["phase"] == "crashed"
    assert [each["state"] for each in status["components"].values()] == ["running", "dead"]
    assert known_sandboxes() == ["crashed"]
    assert box.down() is True
    assert not processes.runs(alive)
    assert not (states / "crashed").exists()
