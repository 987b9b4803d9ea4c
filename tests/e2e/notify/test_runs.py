"""Runs of the workflow: when something changed, without an Application, and with a controller that is killed between
two services or while one of them is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from tests.e2e.installed import assert_markers_go_with, deployed, wait_for_calls
from tests.e2e.notify.fleet import SIGNED, STEP, credentials, merged, told
from tests.manifests import application, watched, webservice
from vela_steps.receiver.client import Receiver, unique
from vela_steps.testing.cluster import WORKFLOW_RUN, Cluster, Object, step_of

if TYPE_CHECKING:
    from vela_steps.sandbox.client import Sandbox

pytestmark = pytest.mark.e2e


@pytest.fixture
def own(shared: Cluster) -> str:
    """A name of the test's own, and a Secret of that name with its credentials."""
    name = unique("n")
    shared.apply(credentials(name, name))
    return name


def tell(own: str, *kinds: str, **properties: Any) -> Object:
    """A step that tells these services."""
    found: dict[str, Any] = {}
    for kind in kinds:
        found = merged(found, told(kind, own))
    return {"name": STEP, "type": "notify", "properties": {**found, **properties}}


def taken(receiver: Receiver, own: str) -> dict[str, int]:
    """How many messages each service took."""
    vendors = [record.vendor for record in receiver.effects(contains=own)]
    return {vendor: vendors.count(vendor) for vendor in vendors}


def test_it_tells_when_the_image_changes_and_again_after_a_rollback(
    shared: Cluster, receiver: Receiver, own: str
) -> None:
    def deploy(image: str, replicas: int) -> str:
        """What the step said of it."""
        part = webservice(own, image) | {"traits": [{"type": "scaler", "properties": {"replicas": replicas}}]}
        message = "{{.image}} " + own
        return deployed(shared, own, tell(own, "slack", "discord", message=message, onlyIfChanged=watched(own)), part)

    assert deploy("a:1", 1) == "sent to Slack, Discord"
    assert deploy("a:1", 2).startswith("unchanged since ")
    assert deploy("a:2", 2) == "sent to Slack, Discord"
    assert deploy("a:1", 2) == "sent to Slack, Discord"
    slack = [record.json()["text"] for record in receiver.effects(contains=own, vendor="slack")]
    assert slack == [f"a:1 {own}", f"a:2 {own}", f"a:1 {own}"]
    assert taken(receiver, own) == {"slack": 3, "discord": 3}


def test_a_workflow_run_tells_once_and_leaves_nothing_behind(
    shared: Cluster, receiver: Receiver, sandbox: Sandbox, own: str
) -> None:
    sandbox.up(("workflow",))
    run = {"apiVersion": "core.oam.dev/v1alpha1", "kind": "WorkflowRun", "metadata": {"name": own}}
    step = tell(own, "slack", "discord")
    shared.apply({**run, "spec": {"workflowSpec": {"steps": [step]}}})
    found = shared.wait_for_app(own, "succeeded", kind=WORKFLOW_RUN, timeout=240)
    assert (step_of(found, STEP) or {})["message"] == "sent to Slack, Discord"
    assert taken(receiver, own) == {"slack": 1, "discord": 1}
    [hook] = receiver.effects(contains=own, vendor="discord")
    assert hook.json()["content"].startswith(f"Deployed {own} in {shared.namespace}")
    assert_markers_go_with(shared, WORKFLOW_RUN, own)


def test_a_controller_killed_between_services_tells_each_once(
    shared: Cluster, receiver: Receiver, sandbox: Sandbox, own: str
) -> None:
    """The busy ones are let go one after the other, once the controller has been killed; then they take it."""
    busy = {
        name: receiver.fault(match={"contains": own, "host": host}, status=429, headers={"retry-after": "1"}, body="{}")
        for name, host in {"discord": "discord.com", "mattermost": "chat.acme.io"}.items()
    }
    shared.apply(application(own, tell(own, "slack", "discord", "mattermost", "googleChat")))
    done = {"slack", "googleChat"}
    for name, fault in busy.items():
        wait_for_calls(shared, own, lambda calls, done=done: done <= calls)  # type: ignore[misc]
        sandbox.restart("vela-core", kill=True)
        receiver.heal(fault)
        done = done | {name}
    step = step_of(shared.wait_for_end(own), STEP) or {}
    assert (step["phase"], step["message"]) == ("succeeded", "sent to Slack, Discord, Google Chat, Mattermost")
    assert taken(receiver, own) == {"slack": 1, "google-chat": 1, "discord": 1, "mattermost": 1}


@pytest.mark.parametrize("delivery", ["atLeastOnce", "atMostOnce"])
def test_a_controller_killed_while_it_tells_one_service_repeats_no_other(
    shared: Cluster, receiver: Receiver, sandbox: Sandbox, own: str, delivery: str
) -> None:
    receiver.fault(match={"contains": own, "host": "discord.com"}, delay=4, times=1)
    shared.apply(application(own, tell(own, "slack", "discord", "mattermost", delivery=delivery)))
    wait_for_calls(shared, own, lambda calls: "slack" in calls)
    receiver.wait_for(1, contains=own, host="discord.com", timeout=240)
    sandbox.restart("vela-core", kill=True)
    step = step_of(shared.wait_for_end(own), STEP) or {}
    if delivery == "atLeastOnce":
        assert step["phase"] == "succeeded"
        assert taken(receiver, own) == {"slack": 1, "discord": 2, "mattermost": 1}
    else:
        assert step["phase"] == "failed"
        assert "the message to Discord" in step["message"], step
        assert "may have arrived or not" in step["message"], step
        assert taken(receiver, own) == {"slack": 1, "discord": 1, "mattermost": 1}


def test_a_step_behind_others_signs_with_the_time_at_which_it_sends(
    shared: Cluster, receiver: Receiver, own: str
) -> None:
    """Nothing is saved of such a step when it sends, so its status tells no time."""
    receiver.configure("generic", f"in.acme.io/{own}*", secret=SIGNED)
    kinds = ("lark", "dingding", "webhook")
    assert deployed(shared, own, tell(own, *kinds), webservice(own, "a:1")) == "sent to Lark, DingTalk, webhook"
    [lark] = receiver.effects(contains=own, vendor="lark")
    [dingtalk] = receiver.effects(contains=own, vendor="dingtalk")
    [hook] = receiver.effects(contains=own, vendor="generic")
    told_at = [
        (lark.at, int(lark.json()["timestamp"])),
        (dingtalk.at, int(parse_qs(dingtalk.query)["timestamp"][0]) // 1000),
        (hook.at, int(hook.headers["webhook-timestamp"])),
    ]
    # Services take 5 minutes at least; these are seconds, but for what the machine is busy with.
    assert [at for at in told_at if abs(at[0] - at[1]) > 120] == []
