"""What `vela-steps status` says of Applications as the cluster has them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from vela_steps.fleet import show
from vela_steps.fleet.steps import markers_by_owner, steps_of

APP: dict[str, Any] = {
    "metadata": {
        "name": "shop",
        "namespace": "prod",
        "uid": "u1",
        "annotations": {"vela-steps.dev/injected": '{"plans":{"after":["purge","own"]}}'},
    },
    "spec": {
        "workflow": {
            "steps": [
                {"name": "web", "type": "apply-component"},
                {"name": "purge", "type": "cdn-purge"},
                {"name": "own", "type": "acme-thing"},
                {"name": "both", "type": "step-group", "subSteps": [{"name": "tell", "type": "notify"}]},
            ]
        }
    },
    "status": {
        "workflow": {
            "steps": [
                {"name": "web", "phase": "succeeded"},
                {
                    "name": "purge",
                    "phase": "running",
                    "firstExecuteTime": "2026-01-01T00:00:00Z",
                    "lastExecuteTime": "2026-01-01T00:01:00Z",
                },
                {
                    "name": "both",
                    "phase": "failed",
                    "subSteps": [{"name": "tell", "phase": "failed", "message": "Slack says no_channel"}],
                },
            ]
        }
    },
}


def marker(step: str, record: str) -> dict[str, Any]:
    return {
        "metadata": {"annotations": {"vela-steps.dev/step": step}, "ownerReferences": [{"uid": "u1"}]},
        "data": {"record": record},
    }


def states(*markers: dict[str, Any]) -> dict[str, Any]:
    return {state.step: state for state in steps_of(APP, markers_by_owner(markers).get("u1", {}))}


def test_steps_of_plans_and_of_our_types_are_shown_and_no_others() -> None:
    assert list(states()) == ["purge", "own", "tell"]
    assert [state.plan for state in states().values()] == ["after", "after", ""]


def test_a_running_step_counts_from_its_start_and_a_step_without_a_record_has_not_started() -> None:
    assert states()["purge"].since == "2026-01-01T00:00:00Z"
    assert states()["own"].state == "not started"


def test_a_failed_step_says_what_the_vendor_said() -> None:
    assert states()["tell"].message == "Slack says no_channel"


def test_a_marker_tells_the_attempts_and_why_the_step_waits() -> None:
    record = {"calls": {"a": {"attempts": 2, "says": "Cloudflare limits requests"}, "b": {"attempts": 1}}}
    purge = states(marker("purge", json.dumps(record)))["purge"]
    assert purge.attempts == 3
    assert purge.message == "Cloudflare limits requests"


def test_a_waiting_step_says_the_last_answer_once() -> None:
    record = {"state": {"last": "it answered 500"}, "calls": {"check": {"attempts": 2, "says": "it answered 500"}}}
    assert states(marker("purge", json.dumps(record)))["purge"].message == "it answered 500"


def test_a_step_that_cannot_start_says_why() -> None:
    error = {"type": "Parsed", "status": "False", "reason": "ReconcileError", "message": "no definition cdn-purge"}
    fine = {"type": "Revision", "status": "False", "reason": "Creating", "message": "not yet"}
    waiting = {**APP, "status": {"status": "rendering", "conditions": [error, fine]}}
    assert {(state.state, state.message) for state in steps_of(waiting, {})} == {
        ("not started", "no definition cdn-purge")
    }


@pytest.mark.parametrize("record", ["not JSON", "[]", "{}"])
def test_a_marker_that_somebody_edited_hides_nothing(record: str) -> None:
    assert states(marker("purge", record))["purge"].state == "running"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (172800, "2d")]
)
def test_ages_are_short(seconds: int, text: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert show.age((now - timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z"), now) == text
