"""Whole runs of steps, evaluation after evaluation, are the same under both versions of CUE.

As in KubeVela each evaluation is given what its calls returned, and the next one what it has noted.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from tests.unit.definitions.evaluation import (
    DATE,
    EVENT,
    KEPT,
    START,
    Case,
    both,
    evaluate,
    fills,
    needs_cue,
    noted,
    returned,
)
from vela_steps.tools.cue import Cue

pytestmark = needs_cue
MOST = 20  # evaluations; none of these runs takes more
STAGES = ("before.note", "ahead.call", "send.call", "after.note")
ENDS = ("wait", "fail", "say")
OUT = (
    "out: {"
    + "".join(
        f'"{at}": [if template._step.{at} != _|_ {{template._step.{at}.$params}}, {{}}][0]\n'
        for at in (*(f"_turn.{stage}" for stage in STAGES), *(f"_end.{end}.call" for end in ENDS))
    )
    + "outputs: [if template.outputs != _|_ {template.outputs}, {}][0]\n}"
)
Script = dict[str, list[tuple[int, Any]]]
"""What is answered, by a pattern for method and URL; the last answer is given again and again."""

RUN = {"id": 5, "html_url": "https://x.example/5", "status": "queued", "conclusion": None}
ENDED = {**RUN, "status": "completed", "conclusion": "success"}
STARTED = {"workflow_run_id": 5, "html_url": "https://x.example/5"}
MADE = "<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>"
PROD = {"deployment": {"environment": "prod"}}
WEBHOOKS = {name: {"url": {"secretRef": {"name": "kept", "key": name}}} for name in ("slack", "discord")}
RUNS: dict[str, tuple[Case, Script, str]] = {
    "a run is started at the third try and waited for": (
        Case("github-dispatch", START, secret=KEPT),
        {"dispatches": [(503, ""), (429, "later"), (200, STARTED)], "runs/5": [(200, RUN), (502, ""), (200, ENDED)]},
        "workflow e2e.yml in acme/shop ended with success: https://x.example/5",
    ),
    "a deployment is told of": (
        Case("github-dispatch", {**EVENT, **PROD}, secret=KEPT),
        {"7/statuses": [(201, {"id": 1})], "deployments": [(201, {"id": 7})], "dispatches": [(204, "")]},
        "event deployed was sent to acme/shop",
    ),
    "an invalidation is waited for": (
        Case(
            "cdn-purge",
            {
                "provider": "cloudfront",
                "distribution": "E1",
                "urls": ["/a"],
                "wait": {},
                "auth": {"secretRef": {"name": "kept"}},
            },
            secret={"accessKeyId": "AK", "secretAccessKey": "SK"},
        ),
        {
            "POST": [(201, MADE)],
            "GET.*/I1": [(200, MADE), (200, MADE.replace("InProgress", "Completed"))],
            "": [(403, "")],
        },
        "CloudFront purged 1 URL, and it is complete: I1",
    ),
    "one of two services is told again": (
        Case(
            "notify",
            {"message": "hello", **WEBHOOKS},
            secret={"slack": "https://hooks.slack.com/services/x", "discord": "https://discord.com/api/webhooks/1/x"},
        ),
        {"services": [(503, ""), (200, "ok")], "webhooks": [(204, "")]},
        "sent to Slack, Discord",
    ),
    "a page answers twice in a row": (
        Case("http-check", {"url": "https://x.example/health", "successes": 2}),
        {"": [(503, ""), (200, "ok")]},
        "https://x.example/health answered as expected, 2 times in a row",
    ),
}


def data(found: dict[str, Any]) -> dict[str, Any]:
    """JSON in a request or in what is noted, as data: the order of its keys is no difference."""
    return {
        key: json.loads(value)
        if key in ("body", "record") and isinstance(value, str) and value.startswith("{")
        else value
        for key, value in found.items()
    }


def whole(case: Case, script: Script, cue: Cue) -> list[Any]:
    """All that a step notes, calls, says and gives, in order, until it ends."""
    seen: list[Any] = []
    times: Counter[str] = Counter()

    def reply(call: dict[str, Any]) -> dict[str, Any]:
        asked = f"{call['method']} {call['url']}"
        pattern = next(pattern for pattern in script if re.search(pattern, asked))
        status, body = script[pattern][min(times[pattern], len(script[pattern]) - 1)]
        times[pattern] += 1
        text = body if isinstance(body, str) else json.dumps(body)
        return {"statusCode": status, "body": text, "header": {"Date": [DATE], "Retry-After": ["0"]}}

    record: dict[str, Any] | None = None
    for _ in range(MOST):
        answers = fills(case, answered=False)
        answers["_step"]["_run"]["find"]["marker"] = returned(noted(record))
        turn = answers["_step"]["_turn"] = {}
        while True:
            found = json.loads(json.dumps(evaluate(case, answers, OUT, cue)), object_hook=data)
            due = next((at for at in STAGES if found[f"_turn.{at}"] and at.split(".")[0] not in turn), None)
            if due is None:
                break
            stage, field = due.split(".")
            value = found[f"_turn.{due}"]
            seen.append((due, value))
            if field == "note":
                record = value["value"]["data"]["record"]
            turn[stage] = {field: returned(reply(value) if field == "call" else {"value": {}})}
        said = {end: found[f"_end.{end}.call"]["message"] for end in ENDS if found[f"_end.{end}.call"]}
        seen.append((said, found["outputs"]))
        if said and "wait" not in said:
            return seen
    raise AssertionError(f"no end after {MOST} evaluations: {seen[-1]}")


@pytest.mark.parametrize(("case", "script", "says"), RUNS.values(), ids=RUNS)
def test_a_whole_run_is_the_same_under_both_versions_of_cue(case: Case, script: Script, says: str) -> None:
    old, new = both(lambda cue: whole(case, script, cue))
    assert old == new
    assert says in old[-1][0]["say"]
