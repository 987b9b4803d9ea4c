"""Argo CD's health checks, run by a Lua interpreter over statuses as KubeVela writes them."""

from __future__ import annotations

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
    lua.globals().obj = lua.table_from(obj, recursive=True)
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
    status, message = health("Application", obj)
    assert status == expected[0]
    assert expected[1] in message


def test_an_application_that_the_controller_has_not_looked_at_yet_is_progressing() -> None:
    obj = application("running", observedGeneration=2)
    assert health("Application", obj)[0] == "Progressing"


@pytest.mark.parametrize(("version", "status"), [("1.2", "Progressing"), ("shop-v3", "Healthy")])
def test_a_pinned_version_is_waited_for(version: str, status: str) -> None:
    obj = application("running")
    obj["metadata"]["annotations"] = {"app.oam.dev/publishVersion": version}
    assert health("Application", obj)[0] == status


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
    assert health("WorkflowRun", {"metadata": {"name": "r"}, "status": status})[0] == expected


@pytest.mark.parametrize(("form", "path"), [("patch", ["data"]), ("helm", ["configs", "cm"])])
def test_each_form_carries_the_same_scripts(form: str, path: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["argocd", "config", "--format", form]) == 0
    found = yaml.safe_load(capsys.readouterr().out)
    for key in path:
        found = found[key]
    assert found == config.settings()


def test_the_component_patches_the_config_map_with_the_scripts(tmp_path: Any) -> None:
    assert main(["argocd", "config", "--format", "kustomize", "-o", str(tmp_path)]) == 0
    component = yaml.safe_load((tmp_path / "kustomization.yaml").read_text())
    assert component["kind"] == "Component"
    patch = yaml.safe_load((tmp_path / component["patches"][0]["path"]).read_text())
    assert patch["data"] == config.settings()


def test_a_component_without_a_folder_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["argocd", "config", "--format", "kustomize"]) == 2
    assert "-o DIR" in capsys.readouterr().err
