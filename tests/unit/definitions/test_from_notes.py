"""Both versions of CUE go on the same from what an evaluation before has noted, whatever that is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from tests.unit.definitions.evaluation import EVENT, FASTLY, KEPT, Case, both, fills, needs_cue, returned
from tests.unit.definitions.together import Asked, Table

pytestmark = needs_cue
HOOK = {"token": "https://hooks.slack.com/services/x"}
SLACK = {"slack": {"url": {"secretRef": {"name": "kept", "key": "token"}}}}
MAIL = {"email": {"from": {"address": "ci@x.example", "host": "smtp.x.example"}, "to": ["a@x.example"]}}
CLOUDFRONT = {"provider": "cloudfront", "distribution": "E1", "urls": ["/a"], "auth": {"secretRef": {"name": "kept"}}}
AWS = {"accessKeyId": "AK", "secretAccessKey": "SK"}
STEPS: dict[str, tuple[str, dict[str, Any], dict[str, str], str]] = {
    "an event": ("github-dispatch", EVENT, KEPT, "event"),
    "tags": ("cdn-purge", FASTLY, KEPT, "purge-0"),
    "an invalidation": ("cdn-purge", CLOUDFRONT, AWS, "purge-0"),
    "a message": ("notify", {"message": "hello", **SLACK}, HOOK, "slack"),
    "an e-mail": ("notify", {"message": "hello", **MAIL}, {}, "email"),
    "an e-mail beside a message": ("notify", {"message": "hello", **SLACK, **MAIL}, HOOK, "slack"),
}
STATES = {
    "done": {"state": "done", "attempts": 1},
    "failed": {"state": "failed", "attempts": 1, "says": "it was refused"},
    "resting": {"state": "again", "attempts": 1, "after": 60_000_000},
    "due": {"state": "again", "attempts": 1, "after": 0},
    "unknown": {"state": "intent", "attempts": 1},
    "spent": {"state": "intent", "attempts": 9},
}
STAGES = (
    "_turn.before.note",
    "_turn.send.call",
    "_turn.after.note",
    "_end.wait.call",
    "_end.fail.call",
    "_end.say.call",
)
MAILED = ("_mail.before.note", "_mail.send.call", "_mail.ask.call", "_mail.keep.note")


def looked(stages: Iterable[str]) -> str:
    """CUE whose `out` is what a step notes, calls and says, nothing for what is not there."""
    fields = [f"{key}: template._step._turn.{key}" for key in ("ok", "any", "sends", "answered", "gives", "record")]
    for stage in stages:
        at = f"template._step.{stage}"
        fields.append(f'"{stage}": [if {at} != _|_ {{{at}.$params}}, {{}}][0]')
    return "out: {\n" + "\n".join(fields) + "\n}"


def first_look(name: str, noted: dict[str, Any] | None, answers: dict[str, Any]) -> Asked:
    """What a step makes of what it has noted, before anything of this evaluation but `answers` is answered."""
    step, parameter, secret, _ = STEPS[name]
    case = Case(step, parameter, secret=secret, noted=noted)
    filled = fills(case, answered=False)
    filled["_step"] = {**filled["_step"], "_turn": {}, **answers}
    return Asked(step, filled, looked((*STAGES, *MAILED) if step == "notify" else STAGES))


def data(found: dict[str, Any]) -> dict[str, Any]:
    """What was found, with all records in it as data."""
    return dict(json.loads(json.dumps(found), object_hook=with_record))


def with_record(found: dict[str, Any]) -> dict[str, Any]:
    """What was noted, as data: the order of its keys is no difference."""
    record = found.get("record")
    return {**found, "record": json.loads(record)} if isinstance(record, str) else found


TABLE = Table(
    {
        f"{name} {state}": first_look(name, {STEPS[name][3]: noted}, {})
        for name in STEPS
        for state, noted in STATES.items()
    }
)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", STEPS)
def test_both_versions_of_cue_go_on_the_same_from_whatever_was_noted(name: str, state: str) -> None:
    old, new = both(lambda cue: data(TABLE.look(f"{name} {state}", cue)))
    assert old == new
    if state == "failed" and name != "an e-mail beside a message":  # which is sent all the same
        assert "it was refused" in old["_end.fail.call"]["message"]


def test_both_versions_of_cue_send_an_e_mail_and_ask_what_became_of_it() -> None:
    noted = {"email": STATES["unknown"]}
    written = {"_mail": {"before": {"note": returned({"value": {}})}}}
    silent = {"_mail": {"ask": {"call": returned({})}}}
    stages = [
        (None, {}, "before.note"),
        (None, written, "send.call"),
        (noted, {}, "ask.call"),
        (noted, silent, "keep.note"),
    ]
    for before, answers, stage in stages:
        asked = first_look("an e-mail", before, answers)
        old, new = map(data, both(asked.look))
        assert old == new
        assert old[f"_mail.{stage}"]
    assert old["_mail.keep.note"]["value"]["data"]["outcome"] == "done"
