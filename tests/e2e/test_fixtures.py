"""The pytest plugin's fixtures, in a real cluster: what they send, wait for and say."""

from __future__ import annotations

from typing import Any

import pytest

from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.client import Sandbox
from vela_steps.testing.cluster import Cluster

pytestmark = pytest.mark.e2e


def application(name: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": name},
        "spec": {"components": [], "workflow": {"steps": list(steps)}},
    }


BODY = {"ref": "v2", "environment": "prod", "required_contexts": [], "payload": {"app": "shop"}}


def deployment(repo: str) -> dict[str, Any]:
    """A call with a JSON answer: KubeVela's own `request` step sends a second time where the answer is empty."""
    properties = {
        "url": f"https://api.github.com/repos/acme/{repo}/deployments",
        "method": "POST",
        "body": BODY,
        "header": {"Authorization": "Bearer secret", "X-GitHub-Api-Version": "2022-11-28"},
    }
    return {"name": "tell", "type": "request", "properties": properties}


def test_a_request_to_github_is_captured_whole(cluster: Cluster, receiver: Receiver) -> None:
    repo = unique("shop")
    cluster.apply(application("shop", deployment(repo)))
    cluster.wait_for_app("shop")
    [record] = receiver.effects(contains=repo)
    assert (record.vendor, record.effect, record.status) == ("github", "deployment", 201)
    assert record.url == f"https://api.github.com/repos/acme/{repo}/deployments"
    assert record.headers["authorization"] == "Bearer secret"
    assert record.json() == BODY
    assert receiver.problems(contains=repo) == []


def test_a_wait_that_fails_shows_the_workflow_and_the_log(cluster: Cluster) -> None:
    cluster.apply(application("shop", {"name": "stop", "type": "step-group"}, {"name": "no", "type": "no-such-step"}))
    with pytest.raises(AssertionError, match=r"(?s)shop: phase running: not within 2 s.*applications t-.*/shop:.*log"):
        cluster.wait_for_app("shop", timeout=2)


def test_an_application_that_ended_otherwise_fails_the_wait_at_once(cluster: Cluster) -> None:
    step = {"name": "end", "type": "print-message-in-status", "properties": {"message": "hello"}}
    cluster.apply(application("shop", step))
    assert cluster.wait_for_step("shop", "end")["message"] == "hello"
    with pytest.raises(AssertionError, match="step end: phase failed will not come"):
        cluster.wait_for_step("shop", "end", "failed", timeout=600)


def test_a_killed_receiver_comes_back_with_its_record_and_is_still_trusted(
    cluster: Cluster, receiver: Receiver, sandbox: Sandbox
) -> None:
    first, second = unique("shop"), unique("shop")
    cluster.apply(application("first", deployment(first)))
    cluster.wait_for_app("first")
    sandbox.restart("receiver", kill=True)
    cluster.apply(application("second", deployment(second)))
    cluster.wait_for_app("second")
    assert [len(receiver.effects(contains=repo)) for repo in (first, second)] == [1, 1]
