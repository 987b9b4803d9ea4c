"""What a step makes of rare situations, in the cluster or in an answer: the same under both versions of CUE."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest

from tests.unit.definitions.evaluation import (
    DATE,
    EVENT,
    KEPT,
    OWNER,
    START,
    STEP,
    WRITTEN,
    Case,
    both,
    evaluate,
    fills,
    marker,
    needs_cue,
    noted,
    returned,
)

pytestmark = needs_cue
HOOK = {"webhook": {"url": {"value": "https://in.acme.example/x"}, "headers": {"user-agent": "acme"}}}
SLACK = Case("notify", {"slack": {"url": {"value": "https://hooks.slack.com/services/x"}}})
DISPATCH = Case("github-dispatch", EVENT, secret=KEPT)
WEB = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
BROKE = 'step go: GO/CUE: _step._turn.send.call: Post "https://hooks.slack.com/services/x": dial tcp: no route'
ENDS = """
let made = template._step
out: {
	for how in ["wait", "fail", "say"] if made._end[how].call != _|_ {(how): made._end[how].call.$params.message}
	for stage in ["hold", "lost"] for how, call in made._run[stage] if call.$params != _|_ {(how): call.$params.message}
	for stage in ["before", "send"] for call in made._turn[stage] if call.$params != _|_ {(stage): call.$params}
	digest: made._watch.digest
	record: made._turn.record
}
"""


def looked(case: Case, answers: dict[str, Any], out: str = ENDS) -> dict[str, Any]:
    """What comes of an evaluation in which these calls were answered; both versions of CUE have to agree."""
    old, new = both(lambda cue: evaluate(case, answers, out, cue))
    assert with_record(old) == with_record(new)
    return old


def with_record(found: dict[str, Any]) -> Any:
    """What is noted, as data: the order of its keys is no difference."""
    return json.loads(
        json.dumps(found),
        object_hook=lambda each: {
            key: json.loads(value) if key in ("record", "body") and isinstance(value, str) else value
            for key, value in each.items()
        },
    )


def first(case: Case) -> dict[str, Any]:
    """The answers before anything is noted or sent."""
    answers = fills(case, answered=False)
    answers["_step"]["_turn"] = {}
    return answers


def owner(*steps: dict[str, Any], policies: list[dict[str, Any]] | None = None, **workflow: Any) -> dict[str, Any]:
    """The Application with other steps in its status, or policies."""
    found = copy.deepcopy(OWNER)
    found["status"]["workflow"] |= {"steps": list(steps), **workflow}  # type: ignore[index]
    if policies:
        found["spec"]["policies"] = policies  # type: ignore[index]
    return returned({"value": found})


def given(case: Case, **answers: Any) -> dict[str, Any]:
    """The answers at first, with others for the Application (`owner`) and the marker (`record`)."""
    filled = first(case)
    if "owner" in answers:
        filled["_step"]["_run"]["read"]["owner"] = answers["owner"]
    if "record" in answers:
        filled["_step"]["_run"]["find"]["marker"] = returned(answers["record"])
    return filled


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


def broken(message: str) -> dict[str, Any]:
    """The step's status after a call that broke off."""
    return {**STEP, "phase": "failed", "reason": "Execute", "message": message}


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


# ---- onlyIfChanged ---------------------------------------------------------------------------------------------------


def watching(fields: list[str] | None = None, **named: Any) -> Case:
    """A step that acts only if an object has changed."""
    watched = {**WEB, **named, **({"fields": fields} if fields else {})}
    return Case("notify", {**SLACK.parameter, "onlyIfChanged": [watched]})


def seen(case: Case, spec: dict[str, Any], record: dict[str, Any] | None = None) -> dict[str, Any]:
    """The same with the object read."""
    answers = given(case, record=noted(record))
    answers["_step"]["_watch"] = {
        "read": {"0": returned({"value": {**WEB, "metadata": {"name": "web"}, "spec": spec}})}
    }
    return looked(case, answers)


PODS = {"template": {"spec": {"containers": [{"name": "web", "image": "nginx:1"}]}}}


@pytest.mark.parametrize(
    "path",
    [
        "spec.template.spec.containers[0].image",
        ".spec.replicas",
        "spec..replicas",
        "spec.template.spec.containers.0.env.0.valueFrom.secretKeyRef.name",
    ],
)
def test_a_path_that_can_find_nothing_is_refused(path: str) -> None:
    found = seen(watching([path]), PODS)
    assert f'onlyIfChanged[0].fields has "{path}": write images, or a path of at most eight keys' in found["fail"]


def test_images_of_an_object_without_containers_are_refused() -> None:
    found = seen(watching(["images"]), {"workloadRef": {"kind": "Deployment", "name": "web"}})
    assert "onlyIfChanged[0].fields has images, but a Deployment such as web has no containers" in found["fail"]


def test_a_path_that_finds_nothing_is_told_beside_unchanged() -> None:
    case = watching(["spec.image", r"metadata.annotations.a\.b/c", "images"])
    digest = seen(case, PODS)["digest"]
    succeeded = {"revision": "shop-v0", "digest": digest}
    before = {"run": "older", "session": "o", "breaks": 0, "since": 1, "calls": {}, "state": {}, "succeeded": succeeded}
    answers = given(case, record=noted(before))
    value = {**WEB, "metadata": {"name": "web"}, "spec": PODS}
    answers["_step"]["_watch"] = {"read": {"0": returned({"value": value})}}
    said = looked(case, answers)["say"]
    assert said == (
        r"unchanged since shop-v0; Deployment web has no spec.image, Deployment web has no metadata.annotations.a\.b/c"
    )


@pytest.mark.parametrize("kind", ["Secret", "SecretList", "secret"])
def test_another_namespaces_secrets_cannot_be_watched(kind: str) -> None:
    case = watching(apiVersion="v1", kind=kind, namespace="vela-system")
    assert "a Secret of another namespace cannot be named" in looked(case, given(case))["fail"]


# ---- github-dispatch -------------------------------------------------------------------------------------------------


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
