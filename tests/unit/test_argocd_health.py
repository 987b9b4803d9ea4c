"""Argo CD's health checks, run by a Lua interpreter over statuses as KubeVela writes them."""

from __future__ import annotations

import json
from typing import Any

import lupa.lua51
import pytest
import yaml

from vela_steps.argocd import config
from vela_steps.cli import main

FAILED = {"name": "e2e", "type": "github-dispatch", "phase": "failed", "message": "run 7 ended as failure"}
RUNNING = {"name": "e2e", "type": "github-dispatch", "phase": "running", "message": "waits for run 7"}
WAITING = {"name": "ok", "type": "suspend", "phase": "suspending"}
PASSED = {"name": "web", "type": "apply-component", "phase": "succeeded"}
GROUP = {"name": "g", "type": "step-group", "phase": "failed", "subSteps": [PASSED, FAILED]}


def health(kind: str, obj: dict[str, Any]) -> tuple[str, str]:
    lua: Any = lupa.lua51.LuaRuntime(unpack_returned_tuples=True)
    own = json.loads(json.dumps(obj))  # as it comes from a cluster: lupa takes an object that stands twice only once
    lua.globals().obj = lua.table_from(own, recursive=True)
    found = lua.execute(config.health_script(kind))
    return found["status"], found["message"]


def application(phase: str | None, *steps: dict[str, Any], **status: Any) -> dict[str, Any]:
    known = {"observedGeneration": 3, "workflow": {"appRevision": "shop-v3", "steps": list(steps)}, **status}
    if phase:
        known["status"] = phase
    return {"metadata": {"name": "shop", "namespace": "prod", "generation": 3}, "status": known}


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (application("running", PASSED), ("Healthy", "every workflow step is through")),
        (application("workflowFailed", PASSED, FAILED), ("Degraded", "e2e (github-dispatch) failed: run 7 ended")),
        (application("workflowFailed", GROUP), ("Degraded", "e2e (github-dispatch) failed: run 7")),
        (application("workflowFailed"), ("Degraded", "the workflow failed")),
        (application("workflowTerminated", PASSED), ("Degraded", "terminated")),
        (application("workflowSuspending", WAITING), ("Suspended", "vela workflow resume shop -n prod")),
        (
            application("unhealthy", services=[{"name": "db", "healthy": False, "message": "Ready:0/1"}]),
            ("Degraded", "db is unhealthy: Ready:0/1"),
        ),
        (application("runningWorkflow", PASSED, RUNNING), ("Progressing", "e2e (github-dispatch) is running")),
        (application("rendering", conditions=[{"status": "False", "message": "no def"}]), ("Progressing", "no def")),
        (application("deleting"), ("Progressing", "deleting")),
        (application(None), ("Progressing", "waiting for KubeVela")),
        ({"metadata": {"name": "new", "generation": 1}}, ("Progressing", "to see the change")),
        (application("a phase of the future"), ("Progressing", "a phase of the future")),
    ],
)
def test_an_application_is_as_healthy_as_its_workflow(obj: dict[str, Any], expected: tuple[str, str]) -> None:
    status, message = health(config.APPLICATION, obj)
    assert status == expected[0]
    assert expected[1] in message


def test_an_application_that_the_controller_has_not_looked_at_yet_is_progressing() -> None:
    obj = application("running", observedGeneration=2)
    assert health(config.APPLICATION, obj)[0] == "Progressing"


@pytest.mark.parametrize(("version", "status"), [("1.2", "Progressing"), ("shop-v3", "Healthy")])
def test_a_pinned_version_is_waited_for(version: str, status: str) -> None:
    obj = application("running")
    obj["metadata"]["annotations"] = {"app.oam.dev/publishVersion": version}
    assert health(config.APPLICATION, obj)[0] == status


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        (None, "Progressing"),
        ("initializing", "Progressing"),
        ("executing", "Progressing"),
        ("suspending", "Suspended"),
        ("terminated", "Degraded"),
        ("failed", "Degraded"),
        ("succeeded", "Healthy"),
        ("skipped", "Healthy"),
    ],
)
def test_a_workflow_run_is_as_healthy_as_its_phase(phase: str | None, expected: str) -> None:
    status = {"status": phase, "steps": [FAILED]} if phase else {}
    assert health(config.WORKFLOW_RUN, {"metadata": {"name": "r"}, "status": status})[0] == expected


SOURCE = {"repoURL": "https://git.acme.io/shop", "targetRevision": "main", "path": "deploy"}
AUTOMATED = {"automated": {"prune": True}}


def child(
    said: str | None = "Healthy", *, phase: str = "Succeeded", sync: str = "Synced", **more: Any
) -> dict[str, Any]:
    """An Argo CD application as a parent sees it; `more` overrides parts of its status."""
    status = {
        "health": {"status": said} if said else {},
        "sync": {"status": sync, "comparedTo": {"source": SOURCE}},
        "operationState": {"phase": phase, "finishedAt": "2026-01-01T00:00:05Z", "message": "what it says"},
        "reconciledAt": "2026-01-01T00:00:06Z",
        **more,
    }
    return {"metadata": {"name": "shop"}, "spec": {"source": SOURCE, "syncPolicy": AUTOMATED}, "status": status}


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (child(), ("Healthy", "")),
        (child("Degraded"), ("Degraded", "")),
        (child("Suspended"), ("Suspended", "")),
        (child("Progressing"), ("Progressing", "")),
        (child(None), ("Progressing", "to look at it")),
        (child("Missing", sync="OutOfSync"), ("Progressing", "about to sync")),
        (child(phase="Running"), ("Progressing", "what it says")),
        ({**child(), "operation": {"sync": {}}}, ("Progressing", "what it says")),
        (child(reconciledAt="2026-01-01T00:00:04Z"), ("Progressing", "what it has synced")),
        (child(sync="OutOfSync", phase="Failed"), ("Degraded", "the sync failed: what it says")),
        (child(sync="OutOfSync"), ("Healthy", "")),
        (child(sync="Synced", phase="Failed"), ("Healthy", "")),
        ({"metadata": {"name": "new"}}, ("Progressing", "to look at it")),
        (
            child(
                "Degraded",
                resources=[
                    {
                        "kind": "Application",
                        "name": "shop",
                        "health": {"status": "Degraded", "message": "step e2e failed"},
                    }
                ],
            ),
            ("Degraded", "Application shop: step e2e failed"),
        ),
        (
            child(
                "Degraded",
                resources=[{"kind": "Job", "name": "j", "health": {"status": "Degraded"}}, {"kind": "Service"}],
            ),
            ("Degraded", "Job j"),
        ),
    ],
)
def test_a_child_application_is_as_healthy_as_argo_cd_says_once_it_has_looked(
    obj: dict[str, Any], expected: tuple[str, str]
) -> None:
    status, message = health(config.CHILD, obj)
    assert status == expected[0]
    assert expected[1] in message


@pytest.mark.parametrize("changed", [{"targetRevision": "v2"}, {"path": "elsewhere"}, {"chart": "shop"}])
def test_a_child_application_whose_source_was_changed_is_progressing_until_it_was_compared(changed: Any) -> None:
    obj = child()
    obj["spec"] = {"source": {**SOURCE, **changed}}
    assert health(config.CHILD, obj)[0] == "Progressing"


def test_a_child_that_nobody_syncs_by_itself_stays_missing() -> None:
    obj = child("Missing", sync="OutOfSync", operationState={})
    obj["spec"] = {"source": SOURCE}
    assert health(config.CHILD, obj)[0] == "Missing"


@pytest.mark.parametrize("more", [[], ["--app-of-apps"]])
@pytest.mark.parametrize(("form", "path"), [("patch", ["data"]), ("helm", ["configs", "cm"])])
def test_each_form_carries_the_same_scripts(
    form: str, path: list[str], more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["argocd", "config", "--format", form, *more]) == 0
    found = yaml.safe_load(capsys.readouterr().out)
    for key in path:
        found = found[key]
    assert found == config.settings(app_of_apps=bool(more))
    assert (f"resource.customizations.health.{config.CHILD}" in found) == bool(more)


def test_the_component_patches_the_config_map_with_the_scripts(tmp_path: Any) -> None:
    assert main(["argocd", "config", "--format", "kustomize", "-o", str(tmp_path)]) == 0
    component = yaml.safe_load((tmp_path / "kustomization.yaml").read_text())
    assert component["kind"] == "Component"
    patch = yaml.safe_load((tmp_path / component["patches"][0]["path"]).read_text())
    assert patch["data"] == config.settings()


def test_a_component_without_a_folder_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["argocd", "config", "--format", "kustomize"]) == 2
    assert "-o DIR" in capsys.readouterr().err
