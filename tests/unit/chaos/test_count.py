"""The count of a chaos run must itself be right: a broken promise must be seen, and an honest failure must pass."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from tests.chaos.blows import drawn
from tests.chaos.count import Fate, Witness, arrivals, fates, key_of
from tests.chaos.dispatches import ENDED
from tests.chaos.fleet import RECIPES, dealt, fleet
from tests.chaos.history import API, CORE, Blow, Note
from tests.chaos.table import causes, failures, row, table
from tests.chaos.wanted import ASKED, AT_LEAST_ONCE, AT_MOST_ONCE, KEY, NONE, Effect, Maker
from vela_steps.receiver.client import Record
from vela_steps.testing.cluster import has_ended

MAKE = Maker("http://127.0.0.1:1", 25)
TOKEN = MAKE.token()
EFFECT = Effect(TOKEN, "fastly: URLs", "purge", "purge-0", AT_LEAST_ONCE, NONE, app="a", step="do")
WELL = {"phase": "succeeded", "message": "Fastly purged 1 URL"}
ILL = {"phase": "succeeded", "message": "Failed, and the workflow goes on: it may have arrived or not"}


def record(seq: int, **fields: Any) -> Record:
    """A request that a stand-in took at second `seq`."""
    line = {
        "seq": seq,
        "at": float(seq),
        "vendor": "fastly",
        "effect": "purge",
        "path": f"/purge/{TOKEN}",
        "query": "",
        "headers": {},
        "body": "",
        "accepted": True,
        "fault": "",
        "problems": [],
        "answer": {"status": 200, "body": ""},
    }
    return Record.of({**line, **fields})


def fate(
    *records: Record,
    step: dict[str, Any] = WELL,
    effect: Effect = EFFECT,
    blows: tuple[Blow, ...] = (),
    notes: tuple[Note, ...] = (),
) -> Fate:
    """What became of one effect."""
    app = {"status": {"workflow": {"steps": [{"name": "do", **step}]}}}
    [found] = fates([effect], records, {"a": app}, Witness(notes, blows))
    return found


def done(at: float) -> Note:
    """The marker says that the call is done."""
    return Note(at, "a", "do", {"purge-0": {"state": "done"}})


def test_once_is_well() -> None:
    assert fate(record(1)).broken == ""
    assert fate(record(1), effect=replace(EFFECT, delivery=AT_MOST_ONCE)).broken == ""


def test_an_effect_that_is_missing_is_lost_unless_its_step_says_so() -> None:
    assert fate().broken.startswith("lost")
    assert fate(record(1, accepted=False, answer={"status": 503, "body": ""})).broken.startswith("lost")
    assert fate(step=ILL).broken == ""
    assert fate(step={"phase": "failed", "message": "Fastly answered 503"}).broken == ""


def test_a_marker_that_says_done_outweighs_what_the_step_says_of_other_calls() -> None:
    assert fate(step=ILL, notes=(done(2.0),)).broken.startswith("lost")


def test_a_step_that_did_not_end_is_told() -> None:
    assert fate(record(1), step={"phase": "running"}).broken == "its step never ended"


@pytest.mark.parametrize(
    ("first", "blows"),
    [
        ({"answer": {"status": None, "body": ""}, "fault": "closed after"}, ()),
        ({"answer": {"status": 504, "body": ""}, "fault": "status 504 though served"}, ()),
        ({}, (Blow(CORE, 1.5, 3.0),)),
        ({}, (Blow(API, 0.5, 1.1),)),
    ],
)
def test_sent_again_after_an_unknown_outcome_is_allowed_where_nobody_can_tell(
    first: dict[str, Any], blows: tuple[Blow, ...]
) -> None:
    found = fate(record(1, **first), record(5), blows=blows)
    assert (found.times, found.broken, len(causes([found]))) == (2, "", 1)
    assert "arrived 2 times" in fate(*found.records, effect=replace(EFFECT, delivery=AT_MOST_ONCE), blows=blows).broken
    assert "can tell" in fate(*found.records, effect=replace(EFFECT, identity=ASKED), blows=blows).broken


@pytest.mark.parametrize("blow", [Blow(CORE, 6.0, 7.0), Blow(CORE, 0.0, 0.3)])
def test_sent_again_after_a_known_outcome_is_a_broken_promise(blow: Blow) -> None:
    assert "outcome was known" in fate(record(1), record(5), blows=(blow,)).broken


def test_a_kill_does_not_excuse_what_was_noted_as_done_before() -> None:
    found = fate(record(1), record(5), blows=(Blow(CORE, 3.0, 4.0),), notes=(done(2.0),))
    assert "outcome was known" in found.broken
    assert causes([found]) == Counter({"UNEXPLAINED": 1})


def test_repeats_that_the_receiver_knows_by_their_key_are_one() -> None:
    effect = replace(EFFECT, effect="webhook", identity=KEY, delivery=AT_MOST_ONCE)
    same = {"vendor": "generic", "effect": "webhook", "headers": {"webhook-id": "7"}}
    assert (fate(record(1, **same), record(2, **same), effect=effect).broken) == ""
    other = {**same, "headers": {"webhook-id": "8"}}
    assert fate(record(1, **same), record(2, **other), effect=effect).broken


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"vendor": "cloudfront", "body": "<CallerReference>r1</CallerReference>"}, "r1"),
        ({"vendor": "google-cdn", "query": "requestId=r2"}, "r2"),
        ({"vendor": "pagerduty", "body": '{"dedup_key": "r3"}'}, "r3"),
        ({"vendor": "generic", "headers": {"webhook-id": "r4"}}, "r4"),
        ({"vendor": "fastly"}, "request 9"),
    ],
)
def test_the_key_by_which_a_receiver_knows_a_request(fields: dict[str, Any], key: str) -> None:
    assert key_of(record(9, **fields)) == key


@pytest.mark.parametrize("state", ["success", "failure"])
def test_effects_of_one_repository_are_told_apart_by_what_they_are(state: str) -> None:
    progress = replace(EFFECT, effect="status", within="in_progress")
    result = replace(EFFECT, effect="status", within=ENDED)
    records = [
        record(1, effect="status", body='{"state":"in_progress"}'),
        record(2, effect="status", body=f'{{"state":"{state}"}}'),
        record(3, effect="dispatch"),
    ]
    found = arrivals([progress, result], records)
    assert {effect.within: [one.seq for one in mine] for effect, mine in found.items()} == {
        "in_progress": [1],
        ENDED: [2],
    }


def test_a_token_is_found_in_an_escaped_address() -> None:
    assert arrivals([EFFECT], [record(1, path="/purge", query=f"url=https%3A%2F%2Fwww.acme.io%2F{TOKEN}")])


def test_the_table_counts_what_was_wanted_and_what_became_of_it() -> None:
    cut = {"answer": {"status": None, "body": ""}, "fault": "closed after"}
    found = [fate(record(1)), fate(record(1, **cut), record(2)), fate(step=ILL), fate()]
    assert row(found) == (4, 1, 1, 1, 0, 1, 1)
    assert failures(found) == Counter({"it may have arrived or not": 1})
    assert table(found).splitlines()[-1].split("|")[4].strip() == "4"


def test_a_small_run_has_every_recipe_once() -> None:
    dealt_out = [recipe for cards in dealt(len(RECIPES), 1, Random(3)) for recipe, _ in cards]  # noqa: S311 - a test
    assert Counter(dealt_out) == Counter(RECIPES)


def test_every_recipe_is_dealt_equally_often_with_each_delivery() -> None:
    apps = fleet(MAKE, len(RECIPES), 4, seed=1)
    effects = [effect for app in apps for effect in app.effects]
    assert len({(one.token, one.effect, one.within) for one in effects}) == len(effects)
    kinds = Counter((one.kind, one.delivery) for one in effects)
    assert {delivery for _, delivery in kinds} == {AT_LEAST_ONCE, AT_MOST_ONCE}
    assert kinds["fastly: tags", AT_LEAST_ONCE] == kinds["fastly: tags", AT_MOST_ONCE] == 2
    for one in apps:
        steps = one.manifest["spec"]["workflow"]["steps"]
        assert {effect.step for effect in one.effects} == {s["name"] for s in steps if s["name"].startswith("do-")}


def test_the_same_seed_makes_the_same_fleet_and_the_same_order_of_blows() -> None:
    def shape(seed: int) -> list[list[tuple[str, str]]]:
        return [[(one.kind, one.delivery) for one in app.effects] for app in fleet(MAKE, 12, 4, seed)]

    assert shape(1) == shape(1) != shape(2)
    orders = [drawn(Random(seed), 30, 2, 3) for seed in (1, 1, 2)]  # noqa: S311
    assert orders[0] == orders[1] != orders[2]
    assert Counter(orders[0])[CORE] == 30


@pytest.mark.parametrize(
    ("phase", "finished", "ended"),
    [
        ("running", True, True),
        ("workflowFailed", True, True),
        ("runningWorkflow", True, False),
        ("running", False, False),
    ],
)
def test_an_application_has_ended_when_its_workflow_has(phase: str, finished: bool, ended: bool) -> None:
    assert has_ended({"status": {"status": phase, "workflow": {"finished": finished}}}) is ended
