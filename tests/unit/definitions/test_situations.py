"""What a step makes of rare situations, in the cluster or in an answer: the same under both versions of CUE."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.definitions.evaluation import (
    EVENT,
    STEP,
    WRITTEN,
    Case,
    marker,
    needs_cue,
    returned,
)
from tests.unit.definitions.situations import BROKE, DISPATCH, SLACK, broken, given, looked, owner

pytestmark = needs_cue
HOOK = {"webhook": {"url": {"value": "https://in.acme.example/x"}, "headers": {"user-agent": "acme"}}}
EARLIER = {"id": "first", "name": "web", "phase": "succeeded", "lastExecuteTime": "2026-01-02T03:04:05Z"}


@pytest.mark.parametrize(
    "own", [[], [{**STEP, "phase": "pending"}]], ids=["nothing is saved of the step", "the step is pending"]
)
def test_a_request_carries_the_time_at_which_its_intent_was_written(own: list[dict[str, Any]]) -> None:
    case = Case("notify", HOOK)
    answers = given(case, owner=owner(EARLIER, *own))
    answers["_step"]["_turn"] = {"before": {"note": returned({})}, "clock": {"marker": returned(WRITTEN)}}
    request = looked(case, answers)["send"]["request"]
    assert request["header"]["webhook-timestamp"] == "1767323047"
    assert json.loads(request["body"])["time"] == "2026-01-02T03:04:07Z"


def test_a_header_of_the_users_own_stands_for_the_steps() -> None:
    case = Case("notify", HOOK)
    answers = given(case)
    answers["_step"]["_turn"] = {"before": {"note": returned({})}, "clock": {"marker": returned(WRITTEN)}}
    header = looked(case, answers)["send"]["request"]["header"]
    assert {name: value for name, value in header.items() if name.lower() == "user-agent"} == {"user-agent": "acme"}


def test_what_kubevela_tries_again_is_no_failed_step() -> None:
    steps = [{**EARLIER, "phase": "failed", "reason": "Execute"}, {**EARLIER, "name": "db", "phase": "failed"}]
    found = looked(SLACK, given(SLACK, owner=owner(*steps, STEP)), "out: failed: template._step.#deployed.failed\n")
    assert found == {"failed": ["db"]}


def test_the_status_of_a_run_that_was_restarted_is_not_taken_for_this_ones() -> None:
    for phase in ("succeeded", "skipped"):
        old = {**STEP, "id": "of-the-run-before", "phase": phase}
        assert (
            looked(SLACK, given(SLACK, owner=owner(old), record=marker({"slack": {"state": "done"}})))["wait"]
            == "starts"
        )


@pytest.mark.parametrize("revision", ["shop-v1", "shop-v1-vf-0123456789abcdef"])
def test_a_revision_with_the_digest_of_its_values_is_this_one(revision: str) -> None:
    assert "before" in looked(SLACK, given(SLACK, owner=owner(STEP, appRevision=revision)))


def test_the_status_of_another_revision_is_not_this_ones() -> None:
    for revision in ("shop-v11", "shop-v0", "shop-v1-vf"):
        assert looked(SLACK, given(SLACK, owner=owner(STEP, appRevision=revision)))["wait"] == "starts"


def once(strategy: dict[str, Any], **selector: Any) -> list[dict[str, Any]]:
    """An apply-once policy with one rule."""
    rules = [{"selector": selector, "strategy": strategy}]
    return [{"name": "keep", "type": "apply-once", "properties": {"enable": True, "rules": rules}}]


def test_a_policy_that_keeps_what_is_noted_from_being_written_is_refused() -> None:
    frozen = once({"path": ["data"]}, resourceTypes=["Deployment", "ConfigMap"])
    found = looked(SLACK, given(SLACK, owner=owner(STEP, policies=frozen)))
    assert "policy keep (apply-once) keeps every ConfigMap as it is" in found["frozen"]
    for policies in (
        once({"path": ["data"]}, resourceTypes=["ConfigMap"], resourceNames=["web"]),
        once({"path": ["data"], "affect": "onStateKeep"}, resourceTypes=["ConfigMap"]),
        once({"path": ["spec"]}, resourceTypes=["Deployment"]),
        [{"name": "once", "type": "apply-once", "properties": {"enable": True}}],
    ):
        found = looked(SLACK, given(SLACK, owner=owner(STEP, policies=policies)))
        assert "frozen" not in found
        assert "before" in found


def test_a_marker_that_may_not_be_read_fails_the_step_and_one_that_cannot_be_is_waited_for() -> None:
    forbidden = looked(SLACK, given(SLACK, record={"err": 'configmaps "x" is forbidden: User "u" cannot get'}))
    assert "cannot be read: configmaps" in forbidden["fail"]
    assert "waits until ConfigMap" in looked(SLACK, given(SLACK, record={"err": "connection refused"}))["wait"]


def test_an_error_that_names_another_thing_that_was_not_found_is_no_missing_marker() -> None:
    webhook = 'conversion webhook for core.oam.dev failed: service "kubevela" not found'
    found = looked(SLACK, given(SLACK, record={"err": webhook}))
    assert "waits until ConfigMap" in found["wait"]
    assert "before" not in found


def test_a_secret_that_cannot_be_read_now_is_waited_for_and_one_that_may_not_be_fails() -> None:
    out = """out: {
        waits: [if template._step._secrets.lost.wait != _|_ {template._step._secrets.lost.wait.$params.message}, ""][0]
        problems: template._step._secrets.problems
        sends: template._step._turn.any
    }"""
    for error, waits in (("connection refused", True), ('secrets "kept" is forbidden: User "u"', False)):
        answers = given(DISPATCH)
        answers["_step"]["_secrets"] = {"read": {"kept": returned({"err": error})}}
        found = looked(DISPATCH, answers, out)
        assert found["waits"] == ("waits until Secret kept can be read" if waits else "")
        assert len(found["problems"]) == (0 if waits else 1)
        assert not found["sends"]


def test_a_target_that_cannot_be_read_now_is_waited_for() -> None:
    case = Case("github-dispatch", {**EVENT, "auth": {"target": "acme"}})
    answers = given(case)
    answers["_step"]["_target"] = {"read": {"config": returned({"err": "etcdserver: request timed out"})}}
    out = """out: {
        waits: template._step._target.lost.wait.$params.message
        problems: template._step._target.problems
        sends: template._step._turn.any
    }"""
    found = looked(case, answers, out)
    assert found == {"waits": "waits until target acme can be read", "problems": [], "sends": False}


@pytest.mark.parametrize(
    ("message", "arrived"),
    [
        (BROKE, False),
        (BROKE.replace("dial tcp: no route", "x509: certificate has expired"), False),
        (BROKE.replace("dial tcp: no route", "EOF"), True),
        (BROKE.replace("dial tcp: no route", "local error: tls: bad record MAC"), True),
        (BROKE.replace("Post", "Get").replace("hooks.slack.com", "login.acme.example"), True),  # redirected
    ],
)
def test_a_call_that_may_have_arrived_is_not_sent_again_at_most_once(message: str, arrived: bool) -> None:
    case = Case("notify", {**SLACK.parameter, "delivery": "atMostOnce"})
    sent = marker({"slack": {"state": "intent", "attempts": 1}})
    found = looked(case, given(case, owner=owner(broken(message)), record=sent))
    assert found["record"]["calls"]["slack"]["state"] == ("failed" if arrived else "again")


def test_a_step_says_why_no_connection_could_be_made() -> None:
    message = BROKE.replace(
        "dial tcp: no route", "tls: failed to verify certificate: x509: certificate has expired: now"
    )
    spent = marker({"slack": {"state": "intent", "attempts": 9}})
    found = looked(SLACK, given(SLACK, owner=owner(broken(message)), record=spent))
    assert (
        found["record"]["calls"]["slack"]["says"]
        == "the message to Slack: no connection could be made (x509: certificate has expired) 9 times"
    )
