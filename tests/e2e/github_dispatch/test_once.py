"""Once, whatever happens: a killed controller, a restarted workflow, unchanged objects, no Application at all."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.github_dispatch.fleet import REVISION, SECRETS, STEP, application, step
from tests.e2e.installed import assert_markers_go_with, deployed
from tests.manifests import secret, watched, webservice
from vela_steps.receiver.client import Receiver, Record, unique
from vela_steps.testing.cluster import WORKFLOW_RUN, Cluster, step_of

if TYPE_CHECKING:
    from vela_steps.sandbox.client import Sandbox

pytestmark = pytest.mark.e2e

NAMED = "e2e ${{ github.event.client_payload.vela.id }}"
WAIT = {"timeout": "10m", "poll": "2s"}


@pytest.fixture(scope="module", autouse=True)
def secrets(shared: Cluster) -> None:
    """The Secrets."""
    shared.apply(*[secret(name, data) for name, data in SECRETS.items()])


def sent(receiver: Receiver, repo: str) -> list[Record]:
    """The dispatches that GitHub took."""
    return receiver.effects(contains=f"acme/{repo}/", path="/dispatches$")


def finished(cluster: Cluster, name: str) -> dict[str, Any]:
    """The step's status once the workflow has ended well."""
    return step_of(cluster.wait_for_app(name, timeout=240), STEP) or {}


def test_a_controller_killed_at_each_moment_of_a_dispatch_sends_once(
    shared: Cluster, receiver: Receiver, sandbox: Sandbox
) -> None:
    """Killed while GitHub works: the answer is lost, the run is found by its name and waited for."""
    repos = {f"killed-{number}": unique("shop") for number in range(4)}
    for repo in repos.values():
        receiver.configure("github", f"acme/{repo}", run_name=NAMED)
        receiver.fault(match={"contains": f"acme/{repo}/", "path": "/dispatches$"}, delay=4, times=1)
    for name, repo in repos.items():
        deployment = {"environment": "prod", "ref": "main"}
        properties = {"repo": f"acme/{repo}", "event": "deployed", "wait": WAIT, "deployment": deployment}
        shared.apply(application(name, step(properties)))
        receiver.wait_for(1, contains=f"acme/{repo}/", path="/statuses$", timeout=240)
    receiver.wait_for(1, contains=f"acme/{repos['killed-0']}/", path="/dispatches$", timeout=240)
    sandbox.restart("vela-core", kill=True)
    for name, repo in repos.items():
        said = finished(shared, name)["message"]
        assert said.startswith(f"event deployed in acme/{repo} ended with success: https://"), said
        assert len(sent(receiver, repo)) == 1
        effects = [one.effect for one in receiver.effects(contains=f"acme/{repo}/")]
        assert effects == ["deployment", "status", "dispatch", "status"]


def test_it_fires_when_the_image_changes_and_is_done_at_once_when_it_does_not(
    shared: Cluster, receiver: Receiver
) -> None:
    repo = unique("shop")
    properties = {"repo": f"acme/{repo}", "event": "deployed", "onlyIfChanged": watched(repo)}

    def deploy(image: str, replicas: int = 1) -> str:
        """What the step said of it."""
        part = webservice(repo, image) | {"traits": [{"type": "scaler", "properties": {"replicas": replicas}}]}
        return deployed(shared, repo, step(properties), part, REVISION)

    assert deploy("acme/web:1") == f"event deployed was sent to acme/{repo}"
    assert deploy("acme/web:1", 2).startswith("unchanged since ")
    assert len(sent(receiver, repo)) == 1
    assert deploy("acme/web:2", 2) == f"event deployed was sent to acme/{repo}"
    [_, second] = sent(receiver, repo)
    assert second.json()["client_payload"]["vela"]["images"] == ["acme/web:2"]
    assert deploy("acme/web:1", 2) == f"event deployed was sent to acme/{repo}", "a rollback is a change"
    ids = [one.json()["client_payload"]["vela"]["id"] for one in sent(receiver, repo)]
    assert len(set(ids)) == 3, "each run has an id of its own"


def test_later_steps_take_the_run_and_the_deployment_from_its_outputs(shared: Cluster) -> None:
    repo = unique("shop")
    tell = step({"repo": f"acme/{repo}", "workflow": "e2e.yml", "ref": "main", "wait": WAIT})
    tell["properties"]["deployment"] = {"environment": "prod"}
    names = ("runId", "runURL", "conclusion", "deploymentId")
    tell["outputs"] = [{"name": f"tell-{name}", "valueFrom": f"outputs.{name}"} for name in names]
    text: dict[str, Any] = {"name": "say", "type": "print-message-in-status", "properties": {"message": ""}}
    text["inputs"] = [{"from": "tell-runURL", "parameterKey": "message"}]
    shared.apply(application("outputs", tell, text))
    app = shared.wait_for_app("outputs", timeout=240)
    assert (step_of(app, "say") or {})["message"].startswith(f"https://github.com/acme/{repo}/actions/runs/")


def test_a_run_is_found_behind_later_ones_and_asked_for_no_more_often_than_wanted(
    shared: Cluster, receiver: Receiver
) -> None:
    repo, poll = unique("shop"), 6
    receiver.configure("github", f"acme/{repo}", run_name=NAMED, queued=0, running=3)
    receiver.fault(match={"contains": f"acme/{repo}/", "path": r"/runs\?"}, status=503, times=2)
    shared.apply(
        application("busy", step({"repo": f"acme/{repo}", "event": "deployed", "wait": {**WAIT, "poll": f"{poll}s"}}))
    )
    receiver.wait_for(1, contains=f"acme/{repo}/", path=r"/runs\?", timeout=240)
    with receiver.session() as session:
        for _ in range(25):
            other = {"event_type": "deployed", "client_payload": {"vela": {"id": "another"}}}
            url = f"https://api.github.com/repos/acme/{repo}/dispatches"
            assert session.post(url, json=other, headers={"Authorization": "Bearer x"}).status_code == 204
    assert "ended with success" in finished(shared, "busy")["message"]
    assert receiver.requests(contains=f"acme/{repo}/", path="page=2")
    asked = [one.monotonic for one in receiver.requests(contains=f"acme/{repo}/", path=r"/runs/\d+$")]
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    # The times that KubeVela tells are whole seconds.
    assert len(pauses) >= 2
    assert min(pauses) > 0.8 * poll - 2, pauses


def restart_from(cluster: Cluster, name: str, step_name: str) -> None:
    """What `vela workflow restart --step` does to the status; in KubeVela 1.10.9 that command itself always fails."""
    workflow = (cluster.app(name) or {})["status"]["workflow"]
    kept = [one for one in workflow["steps"] if one["name"] != step_name]
    status = {"workflow": {"steps": kept, "terminated": False, "suspend": False, "finished": False, "endTime": None}}
    what = ("patch", "applications.core.oam.dev", name, "--namespace", cluster.namespace)
    cluster.kubectl(*what, "--subresource=status", "--type=merge", "--patch", json.dumps({"status": status}))


def test_a_restarted_step_does_not_dispatch_again_but_looks_at_its_run(shared: Cluster, receiver: Receiver) -> None:
    repo = unique("shop")
    receiver.configure("github", f"acme/{repo}", conclusion="failure")
    tell = step({"repo": f"acme/{repo}", "workflow": "e2e.yml", "ref": "main", "wait": WAIT})
    shared.apply(application("again", tell, components=[webservice("again-web", "acme/web:1")]))
    shared.wait_for_app("again", "workflowFailed", timeout=240)
    asked = len(receiver.requests(contains=f"acme/{repo}/actions/runs/"))
    restart_from(shared, "again", STEP)
    receiver.wait_for(asked + 1, contains=f"acme/{repo}/actions/runs/", timeout=240)
    shared.wait_for_app("again", "workflowFailed", timeout=240)
    assert len(sent(receiver, repo)) == 1


def test_a_workflow_run_dispatches_once_and_leaves_nothing_behind(
    shared: Cluster, receiver: Receiver, sandbox: Sandbox
) -> None:
    sandbox.up(parts=("workflow",))
    repo = unique("shop")
    receiver.configure("github", f"acme/{repo}", run_name=NAMED)
    steps = [step({"repo": f"acme/{repo}", "event": "deployed", "payload": {"run": "{{.app}}"}, "wait": WAIT})]
    run = {"apiVersion": "core.oam.dev/v1alpha1", "kind": "WorkflowRun", "metadata": {"name": "alone"}}
    shared.apply({**run, "spec": {"workflowSpec": {"steps": steps}}})
    found = shared.wait_for_app("alone", "succeeded", kind=WORKFLOW_RUN, timeout=240)
    assert "ended with success" in (step_of(found, STEP) or {})["message"]
    [one] = sent(receiver, repo)
    assert one.json()["client_payload"]["run"] == "alone"
    assert_markers_go_with(shared, WORKFLOW_RUN, "alone")
