"""Argo CD and KubeVela's admission webhook: what it adds must not be a diff, and what it refuses must be said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.argocd.conftest import ARGO, Follower
from tests.e2e.argocd.test_diff import injected, look_again, resources, status
from tests.e2e.argocd.test_health import application
from vela_steps.errors import ToolError
from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox import webhook
from vela_steps.sandbox.client import Sandbox
from vela_steps.sandbox.request import Request
from vela_steps.testing.cluster import Cluster

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("admission")]

DEFINITIONS = Path(__file__).parents[3] / "definitions"
SERVER_SIDE = ("ServerSideApply=true",)
NO_SUCH = {"name": "sing", "type": "no-such-step"}


@pytest.fixture(scope="module")
def admission(argocd: Sandbox) -> Iterator[None]:
    """The sandbox with the webhook on; other tests kill vela-core, so the API server stops calling it afterwards."""
    argocd.up(("argocd", webhook.PART))
    request = Request.load(argocd.folder)
    assert request is not None
    argocd.kubectl.apply(webhook.configurations(argocd.folder, request))  # an earlier run may have taken them away
    yield
    for kind in webhook.KINDS:
        argocd.kubectl("delete", kind, webhook.NAME, "--ignore-not-found")


def stays(follower: Follower, wanted: str) -> dict[str, Any]:
    """Argo CD's status after three looks, each of which found the Application `wanted`."""
    for how in ("normal", "hard", "normal"):
        found = look_again(follower, how)
        assert status(found)["sync"]["status"] == wanted
    return status(found)


def sync_succeeded(found: dict[str, Any]) -> bool:
    return bool((status(found).get("operationState") or {}).get("phase") == "Succeeded")


@pytest.mark.parametrize("options", [(), SERVER_SIDE], ids=["client-side", "server-side"])
def test_an_injected_application_stays_synced_though_the_webhook_sees_every_write(
    options: tuple[str, ...], follower: Follower, receiver: Receiver
) -> None:
    host = f"{unique('hook')}.example.com"
    receiver.answer_for(host)
    revision = follower.commit(app__yaml=injected(follower, host, isolate=True))
    follower.follow(options=options)
    follower.wait_healthy("Healthy", revision=revision)
    first = status(follower.object())["operationState"]["finishedAt"]
    found = stays(follower, "Synced")
    assert resources({"status": found}) == {"Application": "Synced"}
    assert found["operationState"]["finishedAt"] == first, "Argo CD synced again"
    assert len(receiver.requests(host=host)) == 1


@pytest.mark.parametrize(("options", "says"), [((), "Synced"), (SERVER_SIDE, "OutOfSync")], ids=["client", "server"])
def test_a_step_that_somebody_left_unnamed_is_a_diff_for_ever_under_server_side_apply(
    options: tuple[str, ...], says: str, follower: Follower
) -> None:
    app = application(follower.namespace)
    for step in app["spec"]["workflow"]["steps"]:
        del step["name"]
    revision = follower.commit(app)
    follower.follow(options=options)
    follower.wait_healthy("Healthy", revision=revision)
    shop = follower.sandbox.kubectl.get("applications.core.oam.dev", "shop", namespace=follower.namespace) or {}
    assert [step["name"] for step in shop["spec"]["workflow"]["steps"]] == ["step-0"]
    stays(follower, says)
    # While it is out of sync it is synced again and again, and at the start of each Argo CD has no state of the sync.
    follower.argo.wait(follower.name, sync_succeeded, what="a sync that succeeded", kind=ARGO, timeout=60)


def test_an_application_with_a_step_type_that_is_missing_is_refused_with_a_sentence(
    follower: Follower, cluster: Cluster
) -> None:
    says = "failed to get workflow step definition no-such-step"
    app = application(follower.namespace, NO_SUCH)
    with pytest.raises(ToolError, match=says):
        cluster.apply(app)
    follower.commit(app)
    follower.follow()

    def told(found: dict[str, Any]) -> bool:
        operation = status(found).get("operationState") or {}
        results = (operation.get("syncResult") or {}).get("resources") or []
        return any(says in one.get("message", "") for one in results)

    follower.argo.wait(follower.name, told, what="the refusal in Argo CD", kind=ARGO, timeout=60)
    assert cluster.app("shop") is None


def test_the_shipped_definitions_pass_the_webhook(argocd: Sandbox, namespace: str) -> None:
    paths = sorted(DEFINITIONS.glob("*.cue"))
    assert paths
    for path in paths:
        argocd.vela("def", "apply", path, "-n", namespace)
