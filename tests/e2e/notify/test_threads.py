"""Slack's threads: later messages of one app and revision to one channel go below the first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.notify.fleet import STEP, credentials, told
from tests.manifests import application
from vela_steps.receiver.client import Receiver, unique
from vela_steps.testing.cluster import Cluster, Object

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.e2e


def step(own: str, name: str, run: int, **more: Any) -> Object:
    """A message by Slack's API; another one in each run, so that each is of a revision of its own."""
    properties = told("slack-api", own)
    properties["slack"].update(more)
    return {"name": name, "type": "notify", "properties": {**properties, "message": f"{name} {run}: {{{{.revision}}}}"}}


def test_later_messages_of_a_revision_go_into_the_first_ones_thread(shared: Cluster, receiver: Receiver) -> None:
    own = unique("n")
    shared.apply(credentials(own, own))
    for run in (1, 2):
        steps = [
            step(own, STEP, run),
            step(own, "again", run, broadcast=True),
            step(own, "elsewhere", run, channel=f"D-{own}"),
            step(own, "apart", run, thread=False),
        ]
        shared.apply(application(own, *steps))
        shared.wait_for_end(own, f"{own}-v{run}")
    found = receiver.effects(vendor="slack", contains=own)
    assert [record.problems for record in found] == [()] * 8
    for first, again, elsewhere, apart in (found[:4], found[4:]):
        assert "thread_ts" not in first.json()
        assert again.json()["thread_ts"] == json.loads(first.answer)["ts"]
        assert again.json()["reply_broadcast"] is True
        assert "thread_ts" not in elsewhere.json()
        assert "thread_ts" not in apart.json()
