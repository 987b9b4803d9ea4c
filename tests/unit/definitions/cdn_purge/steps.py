"""One evaluation of a purge under both versions of CUE, which must agree."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.cdn_purge.fleet import PLACES, SECRETS
from tests.unit.definitions.evaluation import DATE, STEP, Case, both, evaluate, fills, noted, returned
from vela_steps.tools.cue import Cue

TIMED = {"statusCode": 403, "body": "", "header": {"Date": [DATE]}}
PROBLEMS = "out: {problems: template._step.#problems}"
PARTS = """
let made = template._step.#provider.parts
out: {requests: [for one in made {one}]}
"""


def purge(provider: str, status: int = 0, body: Any = "", **more: Any) -> Case:
    """A purge at a provider's usual place; `secret` and `noted` are the case's, all else is a parameter."""
    own = {name: more.pop(name) for name in ("secret", "header") if name in more}
    parameter = {"provider": provider, "auth": {"secretRef": {"name": "kept"}}, **PLACES[provider], **more}
    return Case("cdn-purge", parameter, status, body, **{"secret": dict(SECRETS[provider]), **own})


def problems(provider: str, **parameter: Any) -> list[str]:
    """What is said to be wrong with the parameters."""
    case = purge(provider, **parameter)
    old, new = both(lambda cue: evaluate(case, {**fills(case, answered=False), "_step": {}}, PROBLEMS, cue))
    assert old == new
    return list(old["problems"])


def parts(provider: str, **parameter: Any) -> list[dict[str, Any]]:
    """The requests that are to be sent, without the credential."""
    case = purge(provider, **parameter)
    old, new = both(lambda cue: evaluate(case, fills(case, answered=False), PARTS, cue))
    assert old == new
    return list(old["requests"])


def record(calls: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """What this run has noted."""
    return {
        "run": STEP["id"],
        "session": STEP["id"],
        "breaks": 0,
        "since": 1,
        "calls": calls or {},
        "state": {},
        **more,
    }


def looked(
    case: Case, out: str, before: dict[str, Any] | None = None, answered: bool = True, asks: bool = False
) -> dict[str, Any]:
    """The field `out` of an evaluation that goes on from what was noted before, a record in it as data.

    `asks`: the call is a question, which is not noted before it is put.
    """
    answers = fills(case, answered)
    answers["_step"]["_run"]["find"]["marker"] = returned(noted(before))
    if answered and case.parameter["provider"] in ("cloudfront", "akamai"):
        answers["_step"]["_turn"]["ahead"] = {"call": returned(TIMED)}
    if asks:
        del answers["_step"]["_turn"]["before"]

    def found(cue: Cue) -> dict[str, Any]:
        said = evaluate(case, answers, out, cue)
        return {**said, "noted": json.loads(said["noted"])} if "noted" in said else said

    old, new = both(found)
    assert old == new
    return old
