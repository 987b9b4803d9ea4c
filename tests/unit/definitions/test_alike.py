"""Both versions of CUE come to the same end once the calls were answered.

KubeVela fills what a call returned into the evaluated template and evaluates it again. Here all that the calls of one
evaluation return is given at once, beside the shipped definition, and what the step notes and says is compared. A
stage that was not reached has no field for its call, so that CUE itself refuses an answer to it.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from vela_steps.cli.definitions import cues
from vela_steps.definitions.engine import module, plain
from vela_steps.sandbox.components import cache
from vela_steps.sandbox.components.recipes import GROUPS, RECIPES
from vela_steps.tools.cue import Cue

ROOT = Path(__file__).parents[3] / "definitions"
BUILT = all(cache.installed(RECIPES[name]) for name in GROUPS["cue"])
pytestmark = pytest.mark.skipif(not BUILT, reason="CUE is not built: vela-steps sandbox build cue")
STEP = {"id": "id-of-the-step", "name": "go", "phase": "running", "lastExecuteTime": "2026-01-02T03:04:05Z"}
OWNER = {
    "metadata": {
        "name": "shop",
        "namespace": "prod",
        "uid": "1-2-3",
        "annotations": {"acme.io/git-revision": "4f2d9c1"},
    },
    "spec": {"components": [{"name": "web", "type": "webservice", "properties": {"image": "nginx:1"}}]},
    "status": {"workflow": {"appRevision": "shop-v1", "steps": [STEP]}},
}
CONTEXT = {"name": "shop", "namespace": "prod", "appRevision": "shop-v1", "stepName": "go", "stepSessionID": STEP["id"]}
DATE = "Fri, 02 Jan 2026 03:04:05 GMT"


@dataclass(frozen=True)
class Case:
    """One evaluation of a step: its parameters, the keys of its Secret, what was answered, and what it then says."""

    step: str
    parameter: dict[str, Any]
    status: int
    body: Any
    says: str
    secret: dict[str, str] = field(default_factory=dict)
    ends: str = "say"  # or wait, fail
    front: bool = False  # a question is put before the call
    header: dict[str, str] = field(default_factory=dict)
    noted: dict[str, Any] | None = None  # the calls in the marker
    watched: dict[str, Any] | None = None  # the object that onlyIfChanged names


TOKEN = {"auth": {"secretRef": {"name": "kept", "key": "token"}}}
KEPT = {"token": "t0k3n"}
EVENT = {"repo": "acme/shop", "event": "deployed", "payload": {"a": 1}, **TOKEN}
START = {"repo": "acme/shop", "workflow": "e2e.yml", "ref": "main", "wait": {"poll": "5s"}, **TOKEN}
FASTLY = {"provider": "fastly", "service": "S1", "tags": ["a", "b"], **TOKEN}
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


def returned(value: Any) -> dict[str, Any]:
    """What KubeVela fills in for a call."""
    return {"$returns": value}


def marker(calls: dict[str, Any] | None) -> dict[str, Any]:
    """What reading the marker returns: its record was written by this run, before the evaluation."""
    if calls is None:
        return {"value": {}, "err": 'configmaps "x" not found'}
    record = {"run": STEP["id"], "session": STEP["id"], "breaks": 0, "since": 1, "calls": calls, "state": {}}
    times = [{"time": "2026-01-02T03:00:00Z"}]
    return {"value": {"metadata": {"managedFields": times}, "data": {"record": json.dumps(record)}}}


def fills(case: Case, answered: bool) -> dict[str, Any]:
    """The answers to all calls of the evaluation, or to those before the request, at their places in the template."""
    answer = {
        "statusCode": case.status,
        "body": case.body if isinstance(case.body, str) else json.dumps(case.body),
        "header": {"Date": [DATE], **{name: [value] for name, value in case.header.items()}},
    }
    step: dict[str, Any] = {
        "_run": {
            "read": {"owner": returned({"value": OWNER})},
            "find": {"marker": returned(marker(case.noted))},
        },
        "_turn": {},
    }
    if answered:
        step["_turn"] = {"send": {"call": returned(answer)}, "after": {"note": returned({"value": {}})}}
    if case.step != "http-check":  # a question is not noted before it is put
        step["_turn"]["before"] = {"note": returned({"value": {}})}
    if case.front:
        step["_turn"]["ahead"] = {"call": returned({"statusCode": 403, "body": "", "header": {"Date": [DATE]}})}
    if case.watched:
        step["_watch"] = {"read": {"0": returned({"value": case.watched})}}
    if case.secret:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in case.secret.items()}
        step["_secrets"] = {"read": {"kept": returned({"value": {"data": data}})}}
    return {"context": CONTEXT, "parameter": case.parameter, "_step": step}


OUT = """
out: {{
	said:     template._step._end.{ends}.call.$params.message
	noted:    template._step._turn.after.note.$params.value.data
	watched:  [if template._step._watch.read."0" != _|_ {{template._step._watch.read."0".$params.cluster}}, ""][0]
	outputs:  [if template.outputs != _|_ {{template.outputs}}, {{}}][0]
}}
"""


def evaluated(case: Case, cue: Cue) -> dict[str, Any]:
    """What the step says, notes, sends and gives to later steps."""
    definition = plain((ROOT / f"{case.step}.cue").read_text(encoding="utf-8"), "context: {...}")
    asked, ended = (
        definition + "\ntemplate: " + re.sub(r'"(_\w+)":', r"\1:", json.dumps(fills(case, answered)))
        for answered in (False, True)
    )
    # The request is there only until it is answered.
    result = exported(ended + OUT.format(ends=case.ends), cue)
    return {**result, "request": exported(asked + "\nout: template._step._turn.send.call.$params\n", cue)}


def exported(text: str, cue: Cue) -> dict[str, Any]:
    """The field `out` of a text."""
    with module() as folder:
        (folder / "definition.cue").write_text(text, encoding="utf-8")
        found: dict[str, Any] = json.loads(cue("export", "-e", "out", "./definition.cue", cwd=folder).stdout)
    return found


def normal(found: dict[str, Any]) -> dict[str, Any]:
    """The record as data: the order of its keys is no difference."""
    noted = found["noted"]
    return {**found, "noted": {**noted, "record": json.loads(noted["record"])}}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_both_versions_of_cue_say_note_and_send_the_same(case: Case) -> None:
    old, new = (normal(evaluated(case, cue)) for cue in cues())
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
    definition = plain((ROOT / "github-dispatch.cue").read_text(encoding="utf-8"), "context: {...}")
    filled = re.sub(r'"(_\w+)":', r"\1:", json.dumps(answers))
    found = exported(f"{definition}\ntemplate: {filled}\n{UNREAD}", cue)
    assert found["waits"] == waits
    assert [one for one in found["problems"] if problem not in one or not problem] == []
    assert bool(found["problems"]) is bool(problem)
    assert not found["sends"]
