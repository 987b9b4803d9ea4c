"""An Argo CD application that holds another one, which holds the shop: the parent waits for the shop's steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.e2e.argocd.conftest import ARGO, NAMESPACE, Follower, patch
from tests.e2e.argocd.test_health import WAIT, application, check_step
from vela_steps.argocd.config import CHILD, settings
from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.client import Sandbox
from vela_steps.testing.cluster import Cluster

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def child_health(argocd: Sandbox) -> Iterator[None]:
    """An Argo CD that got `vela-steps argocd config --app-of-apps`."""
    patch(argocd, dict(settings(app_of_apps=True)))
    yield
    patch(argocd, {f"resource.customizations.health.{CHILD}": None})


@pytest.fixture
def parent(argocd: Sandbox, cluster: Cluster, namespace: str) -> Iterator[Follower]:
    """The outer application."""
    one = Follower(argocd, replace(cluster, namespace=NAMESPACE), namespace)
    yield one
    argocd.kubectl("delete", ARGO.resource, one.name, "-n", NAMESPACE, "--ignore-not-found", "--wait=false")


def later(namespace: str) -> dict[str, Any]:
    """What comes in the parent's next wave."""
    annotations = {"argocd.argoproj.io/sync-wave": "1"}
    metadata = {"name": "later", "namespace": namespace, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def test_a_parent_is_progressing_until_the_steps_are_through_and_its_next_wave_waits(
    parent: Follower, follower: Follower
) -> None:
    follower.commit(application(follower.namespace, WAIT))
    parent.commit(follower.manifest(), later(parent.namespace))
    parent.follow()
    follower.wait_healthy("Suspended")
    parent.wait_healthy("Suspended")
    kubectl = parent.sandbox.kubectl
    assert parent.operation()["phase"] == "Running"
    assert "Healthy" not in parent.seen, parent.seen
    assert kubectl.get("configmap", "later", namespace=parent.namespace) is None
    parent.sandbox.vela("workflow", "resume", "shop", "-n", parent.namespace)
    kubectl("wait", "--for=create", "configmap/later", "-n", parent.namespace, "--timeout=60s", timeout=70)
    shop = kubectl.get("applications.core.oam.dev", "shop", namespace=parent.namespace) or {}
    assert shop["status"]["status"] == "running"
    parent.wait_healthy("Healthy", whole=True)


def test_a_parent_is_degraded_with_the_step_that_failed_below_it(
    parent: Follower, follower: Follower, receiver: Receiver
) -> None:
    host = f"{unique('down')}.example.com"
    receiver.answer_for(host, status=500)
    follower.commit(application(follower.namespace, check_step(f"https://{host}/", timeout="3s")))
    parent.commit(follower.manifest())
    parent.follow()
    parent.wait_healthy("Degraded", says="step smoke (request) failed", timeout=90)
    assert "Progressing" in parent.seen


def test_without_the_check_a_parent_is_healthy_while_its_child_still_waits(
    argocd: Sandbox, parent: Follower, follower: Follower
) -> None:
    patch(argocd, {f"resource.customizations.health.{CHILD}": None})
    follower.commit(application(follower.namespace, WAIT))
    parent.commit(follower.manifest())
    parent.follow()
    follower.wait_healthy("Suspended")
    parent.wait_healthy("Healthy", whole=True)
