"""Argo CD's health of KubeVela WorkflowRuns, as the real application controller says it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.argocd.conftest import Follower
from tests.e2e.argocd.test_health import WAIT, check_step
from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.client import Sandbox

pytestmark = pytest.mark.e2e
KIND = "WorkflowRun"


@pytest.fixture(autouse=True)
def controller(argocd: Sandbox) -> None:
    """What runs WorkflowRuns."""
    argocd.up(("argocd", "workflow"))


def workflow_run(namespace: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "core.oam.dev/v1alpha1",
        "kind": KIND,
        "metadata": {"name": "after", "namespace": namespace},
        "spec": {"workflowSpec": {"steps": list(steps)}},
    }


def test_a_run_is_suspended_while_it_waits_for_a_person_and_healthy_once_it_is_through(follower: Follower) -> None:
    revision = follower.commit(workflow_run(follower.namespace, WAIT))
    follower.follow()
    follower.wait_healthy("Suspended", revision=revision, says="step approve (suspend) is suspended", kind=KIND)
    follower.sandbox.vela("workflow", "resume", "after", "-n", follower.namespace, "--type", "workflow")
    follower.wait_healthy("Healthy", says="the workflow succeeded", kind=KIND)


def test_a_failed_step_degrades_the_run_with_what_it_said_and_it_was_never_called_healthy(
    follower: Follower, receiver: Receiver
) -> None:
    host = f"{unique('down')}.example.com"
    receiver.answer_for(host, status=500)
    follower.commit(workflow_run(follower.namespace, check_step(f"https://{host}/", timeout="3s")))
    follower.follow()
    follower.wait_healthy("Degraded", says="step smoke (request) failed", kind=KIND, timeout=90)
    assert "Healthy" not in follower.seen


@pytest.mark.usefixtures("unchecked")
def test_without_the_check_argo_cd_says_healthy_while_the_run_still_waits(follower: Follower) -> None:
    follower.healthy_at_once(workflow_run(follower.namespace, WAIT))
    run = follower.sandbox.kubectl.get("workflowruns.core.oam.dev", "after", namespace=follower.namespace)
    assert (run or {}).get("status", {}).get("status") != "succeeded"
