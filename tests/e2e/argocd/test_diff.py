"""No permanent diff, and hands off what KubeVela creates: Argo CD's comparison of an injected Application."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.e2e.argocd.conftest import ARGO, TRACKING, Follower, patch
from tests.e2e.argocd.test_health import application
from vela_steps.injection import inject
from vela_steps.plan.load import load_or_raise
from vela_steps.plan.model import KIND
from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.client import Sandbox

pytestmark = pytest.mark.e2e


def injected(follower: Follower, host: str, *, isolate: bool) -> str:
    """The shop as Git has it after `vela-steps inject --write`."""
    step = {"name": "tell", "type": "request", "properties": {"url": f"https://{host}/", "method": "GET"}}
    spec: dict[str, Any] = {"after": {"component": "web"}, "steps": [step]}
    if isolate:
        spec["argocd"] = {"isolateChildren": True}
    plan = {"apiVersion": "vela-steps.dev/v1alpha1", "kind": KIND, "metadata": {"name": "after-deploy"}, "spec": spec}
    result = inject(yaml.safe_dump(application(follower.namespace)), load_or_raise(yaml.safe_dump(plan), "plan"))
    assert result.changes
    assert not result.problems
    return result.text


def status(found: dict[str, Any] | None) -> dict[str, Any]:
    return (found or {}).get("status") or {}


def resources(found: dict[str, Any] | None) -> dict[str, str]:
    """Kind to sync status, of everything that Argo CD takes for its own."""
    return {one["kind"]: one.get("status", "") for one in status(found).get("resources") or []}


def look_again(follower: Follower, how: str) -> dict[str, Any]:
    """Argo CD's status after it has compared once more."""
    before = status(follower.object()).get("reconciledAt")
    follower.refresh(how)

    def compared(found: dict[str, Any]) -> bool:
        asked = (found["metadata"].get("annotations") or {}).get("argocd.argoproj.io/refresh")
        return not asked and status(found).get("reconciledAt") != before

    return follower.argo.wait(follower.name, compared, what=f"a {how} refresh", kind=ARGO, timeout=30)


@pytest.fixture
def host(receiver: Receiver) -> str:
    """A host outside that answers 200."""
    name = f"{unique('diff')}.example.com"
    receiver.answer_for(name)
    return name


def test_an_injected_application_stays_synced_and_its_children_stay_kubevelas(
    tracking: str, follower: Follower, receiver: Receiver, host: str
) -> None:
    revision = follower.commit(app__yaml=injected(follower, host, isolate=True))
    follower.follow()
    follower.wait_healthy("Healthy", revision=revision)
    marks = marks_of(follower, "applications.core.oam.dev", "shop")
    assert marks == ({"label"} if tracking == "label" else {"annotation"})
    first = status(follower.object())["operationState"]["finishedAt"]
    child = deployment(follower)
    for how in ("normal", "hard", "normal"):
        found = look_again(follower, how)
        assert status(found)["sync"]["status"] == "Synced"
        assert resources(found) == {"Application": "Synced"}
        assert status(found)["operationState"]["finishedAt"] == first, "Argo CD synced again"
    after = deployment(follower)
    assert (after["metadata"]["uid"], after["metadata"]["generation"]) == (child["metadata"]["uid"], 1)
    assert marks_of(follower, "deployment", "web") == set()
    assert len(receiver.requests(host=host)) == 1


def test_without_isolation_label_tracking_claims_the_children_and_would_prune_them(
    argocd: Sandbox, follower: Follower, host: str
) -> None:
    patch(argocd, {TRACKING: "label"})
    try:
        follower.commit(app__yaml=injected(follower, host, isolate=False))
        follower.follow(prune=False)
        follower.wait_healthy("Healthy")
        found = follower.argo.wait(
            follower.name, lambda found: "Deployment" in resources(found), what="the claim", kind=ARGO, timeout=30
        )
        (child,) = [one for one in status(found)["resources"] if one["kind"] == "Deployment"]
        assert (child["status"], child["requiresPruning"]) == ("OutOfSync", True)
        assert status(found)["sync"]["status"] == "OutOfSync"
        assert marks_of(follower, "deployment", "web") == {"label"}
    finally:
        patch(argocd, {TRACKING: None})


def deployment(follower: Follower) -> dict[str, Any]:
    return follower.sandbox.kubectl.get("deployment", "web", namespace=follower.namespace) or {}


def marks_of(follower: Follower, kind: str, name: str) -> set[str]:
    """By what an object carries this Argo CD application's mark."""
    metadata = (follower.sandbox.kubectl.get(kind, name, namespace=follower.namespace) or {})["metadata"]
    label = (metadata.get("labels") or {}).get("app.kubernetes.io/instance") == follower.name
    annotation = str((metadata.get("annotations") or {}).get("argocd.argoproj.io/tracking-id", ""))
    return {word for word, there in (("label", label), ("annotation", annotation.startswith(follower.name))) if there}
