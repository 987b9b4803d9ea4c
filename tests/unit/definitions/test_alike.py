"""Both versions of CUE come to the same end once the calls were answered: what the step notes and says is compared."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.definitions.evaluation import (
    BUILT,
    EVENT,
    FASTLY,
    KEPT,
    START,
    Case,
    both,
    evaluate,
    fills,
    needs_cue,
    returned,
)
from tests.unit.definitions.together import Asked, Table
from vela_steps.cli.definitions import cues
from vela_steps.tools.cue import Cue

pytestmark = needs_cue
INVALIDATED = "<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>"


def asked_to_wait(says: str, ends: str, retry: int, *, times: int, seconds: int) -> Case:
    """An event to which GitHub says "later", so often and so long already."""
    noted = {"event": {"state": "again", "attempts": 0, "after": 7, "told": {"times": times, "seconds": seconds}}}
    answer = {"message": "Slow down"}
    header = {"Retry-After": str(retry)}
    return Case("github-dispatch", EVENT, 429, answer, says, KEPT, ends, header=header, noted=noted)


CASES = {
    "an event is sent": Case("github-dispatch", EVENT, 204, "", "event deployed was sent to acme/shop", KEPT),
    "an event is refused": Case(
        "github-dispatch",
        EVENT,
        422,
        {"message": "Invalid"},
        "GitHub answered 422 to the dispatch of event deployed to acme/shop: Invalid",
        KEPT,
        "fail",
    ),
    "an event is to wait": Case(
        "github-dispatch", EVENT, 429, {"message": "Slow down"}, "", KEPT, "wait", header={"Retry-After": "7"}
    ),
    "an event is sent as an object of another cluster has changed": Case(
        "github-dispatch",
        {
            **EVENT,
            "onlyIfChanged": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "cluster": "member"}],
        },
        204,
        "",
        "event deployed was sent to acme/shop",
        KEPT,
        watched={"spec": {"replicas": 2}},
    ),
    "an event is told to wait once more": asked_to_wait("", "wait", 7, times=59, seconds=413),
    "an event was told to wait too often": asked_to_wait(
        "it has asked 61 times to be left alone", "fail", 7, times=60, seconds=420
    ),
    "an event was told to wait too long": asked_to_wait(
        "it asks to be left alone for 7800 s in all", "fail", 600, times=12, seconds=7200
    ),
    "a run is waited for": Case(
        "github-dispatch",
        START,
        200,
        {"workflow_run_id": 5, "html_url": "https://x.example/5"},
        "waits for run 5 of acme/shop, queued: https://x.example/5",
        KEPT,
        "wait",
    ),
    "tags are purged": Case("cdn-purge", FASTLY, 200, {"a": "1", "b": "2"}, "Fastly purged 2 tags: 1", KEPT),
    "a purge is tried again": Case("cdn-purge", FASTLY, 503, "busy", "purging 2 tags at Fastly", KEPT, "wait"),
    "an invalidation is made": Case(
        "cdn-purge",
        {"provider": "cloudfront", "distribution": "E1", "urls": ["/a"], "auth": {"secretRef": {"name": "kept"}}},
        201,
        INVALIDATED,
        "CloudFront purged 1 URL: I1",
        {"accessKeyId": "AK", "secretAccessKey": "SK"},
        front=True,
    ),
    "a message is sent": Case(
        "notify",
        {"message": "hello", "slack": {"url": {"secretRef": {"name": "kept", "key": "token"}}}},
        200,
        "ok",
        "sent to Slack",
        {"token": "https://hooks.slack.com/services/x"},
    ),
    "a page answers": Case(
        "http-check", {"url": "https://x.example/health"}, 200, "ok", "https://x.example/health answered as expected"
    ),
}


OUT = """
out: {{
	said:     template._step._end.{ends}.call.$params.message
	noted:    template._step._turn.after.note.$params.value.data
	watched:  [if template._step._watch.read."0" != _|_ {{template._step._watch.read."0".$params.cluster}}, ""][0]
	outputs:  [if template.outputs != _|_ {{template.outputs}}, {{}}][0]
}}
"""


SENT = "out: template._step._turn.send.call.$params"
ENDS = {name: Asked(case.step, fills(case, True), OUT.format(ends=case.ends)) for name, case in CASES.items()}
SENDS = {f"{name}: request": Asked(case.step, fills(case, False), SENT) for name, case in CASES.items()}
TABLE = Table(ENDS | SENDS)


def evaluated(name: str, cue: Cue) -> dict[str, Any]:
    """What the step says, notes, sends and gives to later steps."""
    # The request is there only until it is answered.
    return {**TABLE.look(name, cue), "request": TABLE.look(f"{name}: request", cue)}


def normal(found: dict[str, Any]) -> dict[str, Any]:
    """The record as data: the order of its keys is no difference."""
    noted = found["noted"]
    return {**found, "noted": {**noted, "record": json.loads(noted["record"])}}


@pytest.mark.parametrize("name", CASES)
def test_both_versions_of_cue_say_note_and_send_the_same(name: str) -> None:
    case = CASES[name]
    old, new = both(lambda cue: normal(evaluated(name, cue)))
    assert old == new
    assert case.says in old["said"]
    assert old["request"]["url"].startswith("https://")
    assert old["watched"] == ("member" if case.watched else "")


WATCHED = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "cluster": "eu"}
UNREAD = """
out: {
	waits:    [if template._step._watch.lost.wait != _|_ {template._step._watch.lost.wait.$params.message}, ""][0]
	problems: template._step._watch.problems
	sends:    [if template._step._turn.before.note != _|_ {true}, false][0]
}
"""


@pytest.mark.parametrize(
    ("error", "waits", "problem"),
    [
        ("Get https://eu.example: connection refused", "waits until Deployment web can be read", ""),
        ('deployments.apps "web" not found', "", 'namespace prod: deployments.apps "web" not found'),
        ("deployments.apps is forbidden: no right to get", "", "is forbidden: no right to get"),
        ("no such cluster eu", "", "no cluster eu has joined KubeVela: write one that `vela cluster list` shows"),
    ],
)
@pytest.mark.parametrize("cue", cues() if BUILT else [], ids=str)
def test_an_object_that_cannot_be_read_is_waited_for_or_said_and_nothing_is_sent(
    cue: Cue, error: str, waits: str, problem: str
) -> None:
    case = Case("github-dispatch", {**EVENT, "onlyIfChanged": [WATCHED]}, 204, "", "", KEPT)
    answers = fills(case, answered=False)
    answers["_step"] = {"_run": answers["_step"]["_run"], "_watch": {"read": {"0": returned({"err": error})}}}
    found = evaluate(case, answers, UNREAD, cue)
    assert found["waits"] == waits
    assert [one for one in found["problems"] if problem not in one or not problem] == []
    assert bool(found["problems"]) is bool(problem)
    assert not found["sends"]
