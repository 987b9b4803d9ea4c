"""`vela-steps doctor` and `status` as commands, against a real cluster."""

from __future__ import annotations

import base64
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from vela_steps.receiver.client import Receiver, unique
from vela_steps.testing.cluster import Cluster
from vela_steps.tools.run import Completed, run
from vela_steps.tools.vela import Vela

if TYPE_CHECKING:
    from vela_steps.testing.place import Place

pytestmark = pytest.mark.e2e

PROGRAM = Path(sys.executable).parent / "vela-steps"
DEFINITIONS = Path(__file__).parents[3] / "definitions"
TOKEN = "github_pat_11AAAA_0123456789"


class Commands:
    """vela-steps for a cluster, and what it reaches outside is the receiver."""

    def __init__(self, cluster: Cluster, receiver: Receiver) -> None:
        self.namespace = cluster.namespace
        kubeconfig = str(cluster.kubectl.kubeconfig)
        ca = str(receiver.state["ca"])
        self.env = {**os.environ, **receiver.env(), "KUBECONFIG": kubeconfig, "REQUESTS_CA_BUNDLE": ca}

    def __call__(self, *args: str, accept: tuple[int, ...] = (0, 1), **env: str) -> Completed:
        return run([PROGRAM, *args], timeout=60, env=self.env | env, accept=accept)

    def doctor(self, *args: str) -> dict[str, tuple[str, str, str]]:
        """Level, message and cure by subject; of several on one subject the worst."""
        done = self("doctor", "-n", self.namespace, "-o", "json", *args)
        findings = json.loads(done.stdout)
        assert done.status == int(any(one["level"] == "error" for one in findings))
        assert TOKEN not in done.stdout + done.stderr
        order = ["ok", "note", "warning", "error"]
        worst = sorted(findings, key=lambda one: order.index(one["level"]))
        return {one["subject"]: (one["level"], one["message"], one["cure"]) for one in worst}

    def status(self, *args: str) -> dict[tuple[str, str], dict[str, Any]]:
        """The states by Application and step."""
        done = self("status", "-n", self.namespace, "-o", "json", *args)
        states = json.loads(done.stdout)
        assert done.status == int(any(one["state"] == "failed" for one in states))
        return {(one["application"], one["step"]): one for one in states}


def application(name: str, *steps: dict[str, Any], **annotations: str) -> dict[str, Any]:
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"components": [], "workflow": {"steps": list(steps)}},
    }


def dispatch(repository: str, **more: Any) -> dict[str, Any]:
    auth = {"secretRef": {"name": "github", "key": "token"}}
    properties = {"repo": repository, "workflow": "e2e.yml", "ref": "main", "auth": auth, **more}
    return {"name": "e2e", "type": "github-dispatch", "properties": properties}


def probe(host: str, **more: Any) -> dict[str, Any]:
    return {"name": "smoke", "type": "http-check", "properties": {"url": f"https://{host}/healthz", **more}}


def secret(token: str = TOKEN) -> dict[str, Any]:
    data = {"token": base64.b64encode(token.encode()).decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "github"}, "data": data}


@pytest.fixture
def commands(cluster: Cluster, receiver: Receiver) -> Commands:
    return Commands(cluster, receiver)


@pytest.fixture
def steps(place: Place, namespace: str, tmp_path: Path) -> None:
    """The shipped definitions of two steps, in the test's namespace."""
    program = Path(str(place.kubectl.program)).parent / "vela"
    vela = Vela(program, Path(str(place.kubectl.kubeconfig)), tmp_path)
    for name in ("http-check", "github-dispatch"):
        vela("def", "apply", DEFINITIONS / f"{name}.cue", "-n", namespace)


@pytest.fixture
def argocd_cm(place: Place) -> Iterator[None]:
    """An Argo CD that was not told about KubeVela, and tracks by label, in a namespace of its own."""
    name = unique("argocd")
    place.kubectl("create", "namespace", name)
    data = {"application.resourceTrackingMethod": "label"}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": data}
    place.kubectl.apply(yaml.safe_dump(config), namespace=name)
    yield
    place.kubectl("delete", "namespace", name, "--wait=false")


@pytest.mark.usefixtures("steps")
def test_doctor_finds_what_keeps_steps_from_working_and_then_that_it_is_mended(
    commands: Commands, cluster: Cluster, tmp_path: Path, namespace: str
) -> None:
    wanted = application("shop", dispatch("acme/shop"), {"name": "gone", "type": "no-such-step"})
    wanted["metadata"]["namespace"] = namespace
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(wanted), encoding="utf-8")
    cluster.apply(application("pinned", **{"app.oam.dev/publishVersion": "v7"}))
    found = commands.doctor(str(tmp_path / "shop.yaml"))
    assert found["step type no-such-step"][0] == "error"
    assert "shop.yaml shop (gone)" in found["step type no-such-step"][1]
    level, message, cure = found[f"Secret {namespace}/github"]
    assert (level, "is missing" in message) == ("error", True)
    assert cure.startswith(f"kubectl -n {namespace} create secret generic github --from-literal=token=")
    assert found[f"Application {namespace}/pinned"][0] == "note"
    assert "publishVersion v7" in found[f"Application {namespace}/pinned"][1]
    cluster.apply(secret(token=""))
    assert "is empty" in commands.doctor(str(tmp_path / "shop.yaml"))[f"Secret {namespace}/github"][1]
    cluster.apply(secret())
    wanted["spec"]["workflow"]["steps"].pop()
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(wanted), encoding="utf-8")
    mended = commands.doctor(str(tmp_path / "shop.yaml"))
    assert mended[f"Secret {namespace}/github"][0] == "ok"
    assert mended["step types"][0] == "ok"


@pytest.fixture
def guest(cluster: Cluster, tmp_path: Path) -> str:
    """A kubeconfig of an account that may read the Applications of the test's namespace, and nothing else."""
    cluster.kubectl("create", "serviceaccount", "guest", "-n", cluster.namespace)
    rights = ("--verb=get,list", "--resource=applications.core.oam.dev")
    cluster.kubectl("create", "role", "guest", *rights, "-n", cluster.namespace)
    whom = ("--role=guest", f"--serviceaccount={cluster.namespace}:guest")
    cluster.kubectl("create", "rolebinding", "guest", *whom, "-n", cluster.namespace)
    token = cluster.kubectl("create", "token", "guest", "-n", cluster.namespace).stdout.strip()
    config = yaml.safe_load(Path(str(cluster.kubectl.kubeconfig)).read_text(encoding="utf-8"))
    config["users"] = [{"name": one["name"], "user": {"token": token}} for one in config["users"]]
    path = tmp_path / "guest.kubeconfig"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return str(path)


def test_doctor_names_what_an_account_may_not_look_at_and_checks_the_rest(
    commands: Commands, cluster: Cluster, guest: str
) -> None:
    shop = application("shop", dispatch("acme/shop"), **{"app.oam.dev/publishVersion": "v7"})
    cluster.apply(shop)
    space = cluster.namespace

    def doctor(*args: str) -> tuple[int, dict[str, tuple[str, str]]]:
        done = commands("doctor", "-o", "json", *args, KUBECONFIG=guest)
        return done.status, {one["subject"]: (one["level"], one["message"]) for one in json.loads(done.stdout)}

    status, nothing = doctor()
    assert (status, list(nothing)) == (1, ["permission"])
    assert "Applications of all namespaces" in nothing["permission"][1]
    status, found = doctor("-n", space)
    assert status == 0
    level, message = found["permission"]
    assert (level, "the step types of vela-system" in message, "Applications" in message) == ("note", True, False)
    assert "publishVersion v7" in found[f"Application {space}/shop"][1]
    assert found[f"Secret {space}/github"] == ("note", f"you may not read it; {space}/shop (e2e) uses it")


def test_status_shows_what_an_account_may_see(commands: Commands, cluster: Cluster, guest: str) -> None:
    cluster.apply(application("shop", dispatch("acme/shop")))
    refused = commands("status", accept=(2,), KUBECONFIG=guest)
    assert "-n NS" in refused.stderr
    shown = commands("status", "-n", cluster.namespace, "-o", "json", KUBECONFIG=guest)
    assert [one["step"] for one in json.loads(shown.stdout)] == ["e2e"]
    assert "you may not list ConfigMaps" in shown.stderr


@pytest.mark.usefixtures("argocd_cm")
def test_doctor_says_what_an_argo_cd_was_not_told(commands: Commands, cluster: Cluster, namespace: str) -> None:
    claimed = application("claimed")
    claimed["metadata"]["labels"] = {"app.kubernetes.io/instance": "claimed"}
    cluster.apply(claimed)
    findings = json.loads(commands("doctor", "-n", namespace, "-o", "json").stdout)
    said = {
        (one["level"], one["message"], one["cure"])
        for one in findings
        if one["subject"].startswith("Argo CD in argocd-")
    }
    assert [cure for level, _, cure in said if level == "warning"] == [
        "vela-steps argocd config prints the health check"
    ]
    (pruned,) = [message for level, message, _ in said if level == "error"]
    assert f"{namespace}/claimed" in pruned
    text = commands("doctor", "-n", namespace).stdout
    assert "✘ Argo CD in argocd-" in text
    assert "    → set argocd: {isolateChildren: true} in the plan" in text


@pytest.mark.usefixtures("steps")
@pytest.mark.parametrize("token", ["right", "wrong"])
def test_doctor_online_asks_github_without_an_effect(
    token: str, commands: Commands, cluster: Cluster, receiver: Receiver, tmp_path: Path, namespace: str
) -> None:
    repository = f"acme/{unique('shop')}"
    receiver.configure("github", repository, token=TOKEN if token == "right" else "another", workflows=["e2e.yml"])
    cluster.apply(secret())
    wanted = application("shop", dispatch(repository))
    wanted["metadata"]["namespace"] = namespace
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(wanted), encoding="utf-8")
    level, message, cure = commands.doctor("--online", str(tmp_path / "shop.yaml"))[f"GitHub {repository}"]
    if token == "right":
        assert level == "ok"
    else:
        assert (level, "401 Bad credentials" in message, "the token" in cure) == ("error", True, True)
    asked = receiver.requests(contains=repository)
    assert asked
    assert {one.method for one in asked} == {"GET"}


SAYS_NO: dict[str, tuple[dict[str, Any], str]] = {
    "cloudflare": ({"known": False}, "Invalid API Token"),
    "cloudflare, expired": ({"state": "expired"}, "it is expired"),
    "fastly": ({"known": False}, "401"),
    "fastly, read only": ({"scope": "global:read"}, "does not purge"),
    "fastly, another's": ({"services": ["S2"]}, "other services than S1"),
    "slack, expired": ({"error": "token_expired"}, "token_expired"),
    "slack, no token of Slack's": ({}, "invalid_auth"),
    "telegram": ({}, "Unauthorized"),
    "datadog": ({"known": False}, "Forbidden"),
}


def asking(vendor: str, token: dict[str, Any]) -> dict[str, Any]:
    """A step that uses a token of a vendor."""
    if vendor in ("cloudflare", "fastly"):
        place = {"zone": "Z1"} if vendor == "cloudflare" else {"service": "S1"}
        properties = {"provider": vendor, "tags": ["a"], "auth": token, **place}
        return {"name": "effect", "type": "cdn-purge", "properties": properties}
    where = {"slack": {"channel": "#a"}, "telegram": {"chat": "1"}, "datadog": {}}[vendor]
    key = "apiKey" if vendor == "datadog" else "token"
    return {"name": "effect", "type": "notify", "properties": {vendor: {key: token, **where}}}


def credential(vendor: str) -> str:
    """A token of one's own, of the vendor's form."""
    forms = {"slack": "xoxb-{}", "telegram": "123:{}"}
    return forms.get(vendor, "{}").format(unique("token"))


@pytest.mark.parametrize("case", SAYS_NO)
def test_doctor_online_asks_every_service_that_can_be_asked(
    case: str, commands: Commands, cluster: Cluster, receiver: Receiver, tmp_path: Path, namespace: str
) -> None:
    vendor = case.split(",")[0]
    setting, says = SAYS_NO[case]
    good = credential(vendor)
    bad = credential(vendor) if setting else unique("nonsense")
    if setting:
        receiver.configure(vendor, bad, **setting)
    before = receiver.requests()[-1].seq if receiver.requests() else 0
    for token, level in ((good, "ok"), (bad, "error")):
        cluster.apply(secret(token))
        wanted = application("shop", asking(vendor, {"secretRef": {"name": "github", "key": "token"}}))
        wanted["metadata"]["namespace"] = namespace
        (tmp_path / "shop.yaml").write_text(yaml.safe_dump(wanted), encoding="utf-8")
        done = commands("doctor", "-n", namespace, "-o", "json", "--online", str(tmp_path / "shop.yaml"))
        assert token not in done.stdout + done.stderr
        (found,) = [one for one in json.loads(done.stdout) if one["subject"].lower() == vendor]
        assert (found["level"], says in found["message"]) == (level, level == "error"), found
    asked = receiver.requests(vendor=vendor, since=before)
    assert {(one.method, one.effect) for one in asked} == {("GET", "")}


def test_doctor_online_tells_a_service_that_is_down_from_a_token_that_is_wrong(
    commands: Commands, cluster: Cluster, receiver: Receiver, tmp_path: Path, namespace: str
) -> None:
    token = credential("telegram")  # it stands in the address, which must not be shown
    cluster.apply(secret(token))
    wanted = application("shop", asking("telegram", {"secretRef": {"name": "github", "key": "token"}}))
    wanted["metadata"]["namespace"] = namespace
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(wanted), encoding="utf-8")

    def online(subject: str) -> tuple[str, str]:
        done = commands("doctor", "-n", namespace, "-o", "json", "--online", str(tmp_path / "shop.yaml"))
        assert token not in done.stdout + done.stderr
        (found,) = [one for one in json.loads(done.stdout) if one["subject"] == subject]
        return found["level"], found["message"]

    number = receiver.fault(match={"contains": token}, status=503)
    assert online("Telegram") == (
        "warning",
        f"answers 503, which says nothing of the token of {wanted_place(tmp_path)}",
    )
    receiver.heal(number)
    number = receiver.fault(match={"contains": token}, close="before")
    level, message = online("notify")
    assert (level, "telegram cannot be asked" in message) == ("warning", True)
    receiver.heal(number)


def wanted_place(folder: Path) -> str:
    return f"{folder / 'shop.yaml'} shop (effect)"


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"permissions": {"push": False}}, "may read this repository only"),
        ({"workflows": ["other.yml"]}, "has no workflow e2e.yml"),
        ({"exists": False}, "answers 404 Not Found"),
    ],
    ids=["read only", "no such workflow", "no such repository"],
)
def test_doctor_online_says_what_github_lacks(
    setting: dict[str, Any],
    says: str,
    commands: Commands,
    cluster: Cluster,
    receiver: Receiver,
    tmp_path: Path,
    namespace: str,
) -> None:
    repository = f"acme/{unique('shop')}"
    receiver.configure("github", repository, **setting)
    cluster.apply(secret())
    wanted = application("shop", dispatch(repository))
    wanted["metadata"]["namespace"] = namespace
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(wanted), encoding="utf-8")
    level, message, cure = commands.doctor("--online", str(tmp_path / "shop.yaml"))[f"GitHub {repository}"]
    assert (level, says in message) == ("error", True), message
    assert cure


@pytest.mark.usefixtures("steps")
def test_status_shows_succeeded_running_and_failed_steps_with_what_they_say(
    commands: Commands, cluster: Cluster, receiver: Receiver
) -> None:
    repository, up, down = f"acme/{unique('shop')}", f"{unique('up')}.example.com", f"{unique('down')}.example.com"
    receiver.configure("github", repository)
    receiver.answer_for(up)
    receiver.answer_for(down, status=500)
    cluster.apply(
        secret(),
        application("good", probe(up), dispatch(repository)),
        application("waits", probe(down, timeout="10m", interval="1s")),
        application("bad", dispatch(f"{repository}-gone", ref="v9")),
    )
    receiver.configure("github", f"{repository}-gone", exists=False)
    cluster.wait_for_app("good")
    cluster.wait_for_step("bad", "e2e", "failed")
    cluster.wait_for_step("waits", "smoke", "running")
    receiver.wait_for(2, host=down)
    states = commands.status()
    sent = states["good", "e2e"]
    assert (sent["state"], sent["attempts"], sent["type"]) == ("succeeded", 1, "github-dispatch")
    assert f"https://github.com/{repository}/actions/runs/" in sent["message"]
    assert sent["since"]
    assert states["good", "smoke"]["state"] == "succeeded"
    assert states["waits", "smoke"]["state"] == "running"
    assert "500" in states["waits", "smoke"]["message"]
    assert states["bad", "e2e"]["state"] == "failed"
    assert "there is no repository" in states["bad", "e2e"]["message"]
    assert set(commands.status("good")) == {("good", "smoke"), ("good", "e2e")}
    text = commands("status", "-n", commands.namespace, "good").stdout
    assert "✔ e2e" in text
    assert sent["message"] in text
    missing = commands("status", "-n", commands.namespace, "nobody", accept=(2,))
    assert f"there is no Application nobody in namespace {commands.namespace}" in missing.stderr


@pytest.mark.usefixtures("steps")
def test_status_shows_why_a_step_is_tried_again_and_that_one_waits_for_a_person(
    commands: Commands, cluster: Cluster, receiver: Receiver
) -> None:
    repository = f"acme/{unique('shop')}"
    receiver.configure("github", repository)
    busy = receiver.fault(
        match={"contains": f"{repository}/actions/workflows/e2e.yml/dispatches"},
        status=503,
        body='{"message": "too busy"}',
    )
    record = {"vela-steps.dev/injected": json.dumps({"plans": {"after": ["approve"]}})}
    cluster.apply(
        secret(),
        application("busy", dispatch(repository)),
        application("held", {"name": "approve", "type": "suspend"}, dispatch(repository), **record),
    )
    cluster.wait_for_step("held", "approve", "suspending")
    receiver.wait_for(2, contains=f"{repository}/actions/workflows/e2e.yml/dispatches", method="POST")
    states = commands.status()
    retried = states["busy", "e2e"]
    assert (retried["state"], retried["attempts"] >= 1) == ("running", True), retried
    assert "503" in retried["message"]
    assert (states["held", "approve"]["state"], states["held", "approve"]["plan"]) == ("suspending", "after")
    assert states["held", "e2e"]["state"] in ("not started", "pending")
    assert "‖ approve" in commands("status", "-n", commands.namespace, "held").stdout
    receiver.heal(busy)
    cluster.wait_for_step("busy", "e2e")
    sent = commands.status("busy")["busy", "e2e"]
    assert (sent["state"], sent["attempts"] >= 2) == ("succeeded", True)


@pytest.mark.usefixtures("steps")
def test_status_watched_follows_a_step_until_it_is_through(
    commands: Commands, cluster: Cluster, receiver: Receiver
) -> None:
    host = f"{unique('up')}.example.com"
    receiver.answer_for(host, status=500)
    cluster.apply(application("shop", probe(host, timeout="10m", interval="1s")))
    cluster.wait_for_step("shop", "smoke", "running")
    ours, theirs = pty.openpty()
    argv = [str(PROGRAM), "status", "--watch", "-n", cluster.namespace, "shop"]
    with subprocess.Popen(argv, env=commands.env | {"TERM": "xterm"}, stdout=theirs) as watching:
        os.close(theirs)
        shown = ""
        try:
            while "running" not in shown:
                shown += os.read(ours, 4096).decode(errors="replace")
            receiver.answer_for(host)
            assert watching.wait(timeout=120) == 0
            shown = os.read(ours, 1 << 16).decode(errors="replace")
        finally:
            watching.kill()
            os.close(ours)
    assert "✔" in shown
    assert "succeeded" in shown
