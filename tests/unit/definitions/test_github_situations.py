"""What github-dispatch makes of what was noted before, and of rare answers."""

from __future__ import annotations

import base64
import json

import pytest

from tests.unit.definitions.evaluation import (
    DATE,
    EVENT,
    KEPT,
    START,
    STEP,
    Case,
    marker,
    needs_cue,
    noted,
    returned,
)
from tests.unit.definitions.situations import BROKE, DISPATCH, broken, given, looked, owner

pytestmark = needs_cue


def test_what_was_noted_does_not_open_a_target_to_another_repository() -> None:
    case = Case("github-dispatch", {**EVENT, "auth": {"target": "acme"}, "repo": "acme/vault"})
    held = {"token": "t0k3n", "repositories": ["acme/shop"], "namespaces": ["*"]}
    labels = {"config.oam.dev/catalog": "velacore-config", "config.oam.dev/type": "vela-steps-github"}
    data = {"input-properties": base64.b64encode(json.dumps(held).encode()).decode()}
    answers = given(case, record=marker({"x": {"state": "done", "attempts": 1}}))
    config = {"read": {"config": returned({"value": {"metadata": {"labels": labels}, "data": data}})}}
    answers["_step"]["_target"] = config
    found = looked(case, answers)
    assert "target acme is not for repository acme/vault: it allows acme/shop" in found["fail"]
    assert "before" not in found


DOUBT = {"event": {"state": "intent", "attempts": 1}}


@pytest.mark.parametrize("delivery", ["atLeastOnce", "atMostOnce"])
def test_where_github_may_not_be_asked_delivery_decides(delivery: str) -> None:
    case = Case("github-dispatch", {**EVENT, "delivery": delivery}, secret=KEPT)
    answers = given(case, record=marker(DOUBT))
    refused = {"statusCode": 403, "body": '{"message": "Resource not accessible"}', "header": {"Date": [DATE]}}
    answers["_step"]["_turn"] = {"send": {"call": returned(refused)}, "after": {"note": returned({})}}
    record = looked(case, answers)["record"]
    if delivery == "atLeastOnce":
        assert record["state"]["asked"] == "event 1"
        assert record["calls"] == DOUBT
    else:
        assert "may have arrived or not, and with delivery: atMostOnce" in record["calls"]["event?"]["says"]


def test_what_did_not_leave_the_machine_is_not_asked_for() -> None:
    message = BROKE.replace("hooks.slack.com/services/x", "api.github.com/repos/acme/shop/dispatches")
    record = looked(DISPATCH, given(DISPATCH, owner=owner(broken(message)), record=marker(DOUBT)))["record"]
    assert record["calls"]["event"]["state"] == "again"


def test_a_run_is_looked_for_from_the_beginning_of_the_workflow_on() -> None:
    steps = {**STEP, "firstExecuteTime": "2026-01-02T09:00:00Z"}  # it was restarted
    began = owner(steps, startTime="2026-01-02T03:00:00Z")
    record = {"run": STEP["id"], "session": STEP["id"], "breaks": 0, "since": 0, "calls": DOUBT, "state": {}}
    found = looked(DISPATCH, given(DISPATCH, owner=began, record=noted(record)))
    assert found["send"]["url"].endswith("&created=%3E%3D2026-01-02T02%3A50%3A00Z")


def test_a_restart_after_a_failure_tells_the_deployments_end_anew() -> None:
    case = Case("github-dispatch", {**START, "deployment": {"environment": "prod"}}, secret=KEPT)
    calls = {
        "poll": {"state": "failed", "attempts": 3, "says": "it failed"},
        "result": {"state": "done", "attempts": 1},
    }
    state = {"deployment": 7, "inProgress": True, "started": 1, "run": 5, "reported": True, "timedOut": True}
    record = {"run": STEP["id"], "session": "before", "breaks": 0, "since": 1, "calls": calls, "state": state}
    kept = looked(case, given(case, record=noted(record)), "out: template._step._run.record\n")
    assert kept["calls"] == {}
    assert kept["state"] == {"deployment": 7, "inProgress": True, "started": 1, "run": 5}
    well = {**record, "calls": {"result": calls["result"]}}
    kept = looked(case, given(case, record=noted(well)), "out: template._step._run.record\n")
    assert kept["state"] == state


def test_an_answer_whose_words_are_none_is_told_all_the_same() -> None:
    answers = given(DISPATCH)
    body = '{"message": null, "errors": [{"message": null}, {"resource": null, "code": "custom"}]}'
    refused = {"statusCode": 422, "body": body, "header": {"Date": [DATE]}}
    answers["_step"]["_turn"] = {
        "before": {"note": returned({})},
        "send": {"call": returned(refused)},
        "after": {"note": returned({})},
    }
    assert "GitHub answered 422" in looked(DISPATCH, answers)["record"]["calls"]["event"]["says"]


def test_a_pause_that_github_gives_as_a_date_is_kept() -> None:
    answers = given(DISPATCH)
    header = {"Date": [DATE], "Retry-After": ["Fri, 02 Jan 2026 03:10:05 GMT"]}
    answers["_step"]["_turn"] = {
        "before": {"note": returned({})},
        "send": {"call": returned({"statusCode": 429, "body": "{}", "header": header})},
        "after": {"note": returned({})},
    }
    assert looked(DISPATCH, answers)["record"]["calls"]["event"]["after"] == 360
