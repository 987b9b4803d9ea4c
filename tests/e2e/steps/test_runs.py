"""What a step does in the runs of a workflow: once in each, only when something changed, in a WorkflowRun too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.installed import assert_markers_go_with
from tests.e2e.steps.table import STEP
from tests.manifests import application, watched, webservice
from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.client import Sandbox
from vela_steps.testing.cluster import APPLICATION, WORKFLOW_RUN, Cluster, Object, step_of
from vela_steps.tools.vela import Vela

pytestmark = pytest.mark.e2e


def probe(receiver: Receiver, path: str, name: str = STEP, **properties: Any) -> Object:
    return {"name": name, "type": "probe", "properties": {"url": f"{receiver.http}/{path}", **properties}}


def test_only_the_steps_of_what_changed_fire_and_a_rollback_fires_again(shared: Cluster, receiver: Receiver) -> None:
    own = unique("shop")
    names = [f"{own}-{part}" for part in ("front", "back", "data")]

    def shop(front: str) -> Object:
        parts = [webservice(name, front if name == names[0] else "nginx:1") for name in names]
        tells = [probe(receiver, name, f"tell-{name}", onlyIfChanged=watched(name)) for name in names]
        return application(own, *tells, components=parts)

    def sent() -> list[int]:
        return [len(receiver.requests(path=f"^/{name}$")) for name in names]

    shared.apply(shop("nginx:1"))
    shared.wait_for_end(own, f"{own}-v1")
    assert sent() == [1, 1, 1]
    shared.apply(shop("nginx:2"))
    app = shared.wait_for_end(own, f"{own}-v2")
    assert sent() == [2, 1, 1], "only the changed component's step fires"
    assert (step_of(app, f"tell-{names[1]}") or {})["message"] == f"unchanged since {own}-v1"
    shared.apply(shop("nginx:1"))
    shared.wait_for_end(own, f"{own}-v1")
    assert sent() == [3, 1, 1], "a rollback differs from what was deployed last"


def test_a_restart_of_the_workflow_sends_again_but_not_what_is_unchanged(
    shared: Cluster, receiver: Receiver, sandbox: Sandbox, tmp_path: Path
) -> None:
    own = unique("again")
    tells = [
        probe(receiver, f"{own}/always", "always"),
        probe(receiver, f"{own}/once", "once", onlyIfChanged=watched(own)),
    ]
    shared.apply(application(own, *tells, components=[webservice(own)]))
    shared.wait_for_app(own)
    first = shared.app(own)
    assert first is not None
    started = first["status"]["workflow"]["startTime"]
    vela = Vela(sandbox.folder.bin / "vela", sandbox.folder.kubeconfig, tmp_path)
    vela("workflow", "restart", own, "-n", shared.namespace)

    def again(app: Mapping[str, Any]) -> bool:
        workflow = (app.get("status") or {}).get("workflow") or {}
        return bool(workflow.get("finished")) and workflow.get("startTime") != started

    shared.wait(own, again, what="the restarted run")
    assert len(receiver.requests(contains=f"/{own}/always")) == 2
    assert len(receiver.requests(contains=f"/{own}/once")) == 1


def test_a_marker_goes_away_with_its_application(shared: Cluster, receiver: Receiver) -> None:
    own = unique("gone")
    shared.apply(application(own, probe(receiver, own)))
    shared.wait_for_app(own)
    assert_markers_go_with(shared, APPLICATION, own)


def test_a_dag_with_a_group_sends_each_step_once(shared: Cluster, receiver: Receiver) -> None:
    own = unique("dag")
    group = {
        "name": "group",
        "type": "step-group",
        "dependsOn": [f"apply-{own}"],
        "subSteps": [probe(receiver, f"{own}/x", "x", parts=["a", "b"]), probe(receiver, f"{own}/y", "y")],
    }
    app = application(own, group, probe(receiver, f"{own}/z", "z"), components=[webservice(own)])
    app["spec"]["workflow"]["mode"] = {"steps": "DAG", "subSteps": "DAG"}
    shared.apply(app)
    shared.wait_for_app(own)
    sent = sorted(record.path.rpartition("/")[2] for record in receiver.requests(contains=f"/{own}/"))
    assert sent == ["x", "x", "y", "z"]


def test_a_workflow_run_sends_once_and_leaves_nothing_behind(
    shared: Cluster, receiver: Receiver, sandbox: Sandbox
) -> None:
    sandbox.up(("workflow",))
    own = unique("run")
    run = {
        "apiVersion": "core.oam.dev/v1alpha1",
        "kind": "WorkflowRun",
        "metadata": {"name": own},
        "spec": {"workflowSpec": {"steps": [probe(receiver, own, parts=["a", "b"])]}},
    }
    shared.apply(run)
    shared.wait_for_app(own, "succeeded", kind=WORKFLOW_RUN)
    assert len(receiver.requests(contains=f"/{own}")) == 2
    assert_markers_go_with(shared, WORKFLOW_RUN, own)


def test_a_killed_controller_loses_and_repeats_nothing_that_was_noted(
    shared: Cluster, receiver: Receiver, sandbox: Sandbox
) -> None:
    own = [unique("kill") for _ in range(6)]
    fault = receiver.fault(match={"contains": "/kill-"}, delay=0.3)
    parts = ["a", "b", "c"]
    shared.apply(*[application(name, probe(receiver, name, parts=parts, delivery="atLeastOnce")) for name in own])
    for _ in range(3):
        receiver.wait_for(len(receiver.requests(contains="/kill-")) + 2, contains="/kill-", timeout=120)
        sandbox.restart("vela-core", kill=True)
    for name in own:
        shared.wait_for_app(name, timeout=240)
        sent = [record.json()["part"] for record in receiver.requests(contains=f"/{name}")]
        assert set(sent) == set(parts), "nothing is lost"
        assert len(sent) <= len(parts) + 3, "only what was under way when the controller died may be repeated"
    receiver.heal(fault)
