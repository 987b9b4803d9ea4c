"""The demo with faults made on purpose: it ends with what is wrong, and does not wait until its time is over."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from vela_steps.demo.chain import Chain
from vela_steps.demo.verdict import DemoError
from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.client import Sandbox

pytestmark = [pytest.mark.e2e, pytest.mark.long]


@pytest.fixture
def chain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chain]:
    """The demo in a sandbox of its own, which it brings up anew."""
    monkeypatch.setenv("KUBECONFIG", "")  # the demo sets it
    sandbox = Sandbox(unique("demo"))
    one = Chain(sandbox, tell=lambda _: None, event=lambda *_: None)
    try:
        one.prepare()
        yield one
    finally:
        sandbox.down()


def test_a_missing_step_type_and_a_receiver_that_goes_on_refusing_end_the_demo_with_what_they_say(
    chain: Chain,
) -> None:
    kubectl = chain.sandbox.kubectl
    notify = kubectl.get("workflowstepdefinition", "notify", namespace="vela-system") or {}
    kept = {key: notify["metadata"][key] for key in ("name", "namespace", "annotations")}
    kubectl("delete", "workflowstepdefinition", "notify", "-n", "vela-system")
    with pytest.raises(DemoError, match=r"^KubeVela cannot begin the workflow: .*notify.* not found"):
        chain.first()
    kubectl.apply(json.dumps({**notify, "metadata": kept}))
    Receiver.at(chain.sandbox.folder.receiver).fault(match={"host": "hooks.slack.com"}, status=500)
    with pytest.raises(DemoError, match=r"^step tell-the-team is refused again and again: .*500"):
        chain.second()
