"""Both versions of CUE make the same request of every CDN and every service that a message goes to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.cdn_purge.fleet import PLACES, SECRETS
from tests.e2e.notify.fleet import SERVICES, told
from tests.e2e.rows import filled
from tests.unit.definitions.evaluation import DATE, Case, both, evaluate, fills, needs_cue, returned
from tests.unit.definitions.together import Asked, Table
from vela_steps.tools.cue import Cue

pytestmark = needs_cue
# Where a question comes before the request: the time for a signature, or a token.
GRANTED = {"statusCode": 200, "body": '{"access_token": "granted", "expires_in": 3600}', "header": {"Date": [DATE]}}
URLS = {"urls": ["https://acme.io/a?b=<ü>"]}
WHAT = {"netlify": {"tags": ["a", "ü"]}, "vercel": {"tags": ["a", "ü"]}}  # they purge no URLs
CASES = {
    **{
        f"cdn-purge {name}": Case(
            "cdn-purge",
            {"provider": name, "auth": {"secretRef": {"name": "kept"}}, **place, **WHAT.get(name, URLS)},
            secret=dict(SECRETS[name]),
        )
        for name, place in PLACES.items()
    },
    **{
        f"notify {name}": Case(
            "notify",
            filled(told(name, "kept"), {"smtp": 25}),
            secret={f"{name}.{key}": filled(text, {"id": "shop", "key": "k3y"}) for key, text in fields.items()},
        )
        for name, fields in SERVICES.items()
        if name != "email"  # no request sends one: test_from_notes.py
    },
}
OUT = """
let turn = template._step._turn
out: {for stage in [%s] if turn[stage].call != _|_ {(stage): turn[stage].call.$params}}
"""


def answered(case: Case) -> dict[str, Any]:
    """The answers to all calls before the request and the one ahead of it."""
    answers = fills(case, answered=False)
    if "slack-api.token" in case.secret:  # the thread that earlier messages are in
        answers["_step"]["_conversation"] = {"read": {"state": returned({"value": {"data": {"ts": "17.5"}}})}}
    return answers


TABLE = Table({name: Asked(case.step, answered(case), OUT % '"ahead", "send"') for name, case in CASES.items()})


def calls(name: str, cue: Cue) -> dict[str, Any]:
    """The call that a step makes once its intent was noted, and the one before it, bodies as data."""
    found = TABLE.look(name, cue)
    if "send" not in found:
        answers = answered(CASES[name])
        answers["_step"]["_turn"]["ahead"] = {"call": returned(GRANTED)}
        found |= evaluate(CASES[name], answers, OUT % '"send"', cue)
    for call in found.values():
        body = call["request"].get("body", "")
        call["request"]["body"] = json.loads(body) if body.startswith("{") else body
    return found


@pytest.mark.parametrize("name", CASES)
def test_both_versions_of_cue_make_the_same_request(name: str) -> None:
    old, new = both(lambda cue: calls(name, cue))
    assert old == new
    assert old["send"]["url"].startswith("https://")
