"""Argo CD's health of KubeVela Applications, as the real application controller says it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.argocd.conftest import Follower
from vela_steps.receiver.client import Receiver, unique

pytestmark = pytest.mark.e2e


def application(namespace: str, *steps: dict[str, Any], image: str = "acme/web:1.0.0") -> dict[str, Any]:
    web = {"name": "web", "type": "webservice", "properties": {"image": image}}
    apply = {"name": "web", "type": "apply-component", "properties": {"component": "web"}}
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": "shop", "namespace": namespace},
        "spec": {"components": [web], "workflow": {"steps": [apply, *steps]}},
    }


def check_step(url: str, timeout: str = "2m") -> dict[str, Any]:
    return {"name": "smoke", "type": "request", "properties": {"url": url, "method": "GET"}, "timeout": timeout}


WAIT = {"name": "approve", "type": "suspend"}


def test_a_sync_is_suspended_while_it_waits_for_a_person_and_healthy_once_the_steps_are_through(
    follower: Follower,
) -> None:
    revision = follower.commit(application(follower.namespace, WAIT))
    follower.follow()
    follower.wait_healthy("Suspended", revision=revision, says=f"vela workflow resume shop -n {follower.namespace}")
    follower.sandbox.vela("workflow", "resume", "shop", "-n", follower.namespace)
    follower.wait_healthy("Healthy")
    assert "Progressing" in follower.seen
    assert follower.seen.index("Progressing") < follower.seen.index("Healthy")


def test_a_new_revision_is_never_called_healthy_before_its_steps_are_through(follower: Follower) -> None:
    revision = follower.commit(application(follower.namespace))
    follower.follow()
    follower.wait_healthy("Healthy", revision=revision)
    follower.seen.clear()
    second = follower.commit(application(follower.namespace, WAIT, image="acme/web:2.0.0"))
    follower.wait_healthy("Suspended", revision=second)
    after_sync = follower.seen[1:] if follower.seen[:1] == ["Healthy"] else follower.seen
    assert "Healthy" not in after_sync, f"Argo CD said {follower.seen}"


def test_a_failed_step_degrades_the_sync_with_what_it_said(follower: Follower, receiver: Receiver) -> None:
    host = f"{unique('down')}.example.com"
    receiver.answer_for(host, status=500)
    follower.commit(application(follower.namespace, check_step(f"https://{host}/", timeout="3s")))
    follower.follow()
    follower.wait_healthy("Degraded", says="step smoke (request) failed", timeout=90)


@pytest.mark.usefixtures("unchecked")
def test_without_the_check_argo_cd_says_healthy_while_the_workflow_still_waits(follower: Follower) -> None:
    follower.healthy_at_once(application(follower.namespace, WAIT))
    shop = follower.sandbox.kubectl.get("applications.core.oam.dev", "shop", namespace=follower.namespace)
    assert (shop or {}).get("status", {}).get("status") != "running"


def test_a_later_sync_wave_waits_until_the_steps_are_through(follower: Follower) -> None:
    later = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "later",
            "namespace": follower.namespace,
            "annotations": {"argocd.argoproj.io/sync-wave": "1"},
        },
    }
    follower.commit(application(follower.namespace, WAIT), later)
    follower.follow()
    follower.wait_healthy("Suspended")
    kubectl = follower.sandbox.kubectl
    assert follower.operation()["phase"] == "Running"
    assert kubectl.get("configmap", "later", namespace=follower.namespace) is None
    follower.sandbox.vela("workflow", "resume", "shop", "-n", follower.namespace)
    kubectl("wait", "--for=create", "configmap/later", "-n", follower.namespace, "--timeout=60s", timeout=70)
    workflow = (kubectl.get("applications.core.oam.dev", "shop", namespace=follower.namespace) or {})["status"]
    assert workflow["status"] == "running"
