"""Situations that a step finds in the cluster, and what it makes of them."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.unit.definitions.evaluation import EVENT, KEPT, OWNER, STEP, Case, both, evaluate, fills, returned

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


def broken(message: str) -> dict[str, Any]:
    """The step's status after a call that broke off."""
    return {**STEP, "phase": "failed", "reason": "Execute", "message": message}
