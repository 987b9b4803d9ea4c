"""What is remembered from one Application to the next is never taken for something else, and never changed."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vela_steps import Plan, Position, inject
from vela_steps.locate.nodes import parse
from vela_steps.locate.values import Reader
from vela_steps.plan.decide import Decision, injected
from vela_steps.plan.model import PlanStep
from vela_steps.plan.ownership import Record, read
from vela_steps.plan.view import App
from vela_steps.splice.render import Style
from vela_steps.splice.written import entry_text, item_text

HERE = Position("plan.yaml")
NAMES = st.lists(
    st.text(max_size=6) | st.sampled_from(["web", "a-b", "metadata=null", '"', "\\", "\x7f", "é"]), max_size=3
)
LISTS = st.dictionaries(st.sampled_from(["p", "a b", 'q"', "\n"]), NAMES, max_size=2)


@given(st.builds(Record, LISTS, NAMES, NAMES, LISTS, NAMES))
def test_a_record_is_compact_json(record: Record) -> None:
    said = {name: value for name, value in record._asdict().items() if value}
    assert record.text() == json.dumps(said, separators=(",", ":"), ensure_ascii=False)
    app = App({"metadata": {"annotations": {"vela-steps.dev/injected": record.text()}}})
    assert read(app) == read(app) == record


def step(**properties: Any) -> dict[str, Any]:
    return {"name": "step", "type": "notify", "properties": properties}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"n": 1}, {"n": True}),
        ({"n": 1}, {"n": 1.0}),
        ({"n": 0.0}, {"n": -0.0}),
        ({"n": None}, {"n": "null"}),
        ({"n": ["a", "b"]}, {"n": {"a": "b"}}),
        ({"n": ["a"], "m": "b"}, {"n": ["a", "m", "b"]}),
        ({"n": {}}, {"n": []}),
        ({"n": {"a": "x"}, "b": "y"}, {"n": {"a": "x", "b": "y"}}),
        ({"n": "100%s"}, {"n": "%s"}),
        ({"n": "50%%"}, {"n": "50%"}),
        ({"open-000001-value": "x"}, {"n": "open-000001-value"}),
    ],
)
def test_forms_that_are_nearly_alike_are_written_apart(one: dict[str, Any], other: dict[str, Any]) -> None:
    for properties in (one, other, one):
        text = item_text(step(**properties), 0, Style())
        assert repr(parsed(text)) == repr([step(**properties)])
        assert repr(parsed(entry_text("key", properties, 0, Style()))) == repr({"key": properties})


def parsed(text: str) -> Any:
    tree = parse(text)
    return None if tree is None else Reader(tree).data(tree.root)


def test_a_plan_that_is_made_anew_in_the_place_of_another_is_not_taken_for_it() -> None:
    app = {"apiVersion": "core.oam.dev/v1beta1", "kind": "Application", "spec": {"components": [{"name": "web"}]}}
    for number in range(3_000):
        body = {"name": f"step-{number}", "type": "notify"}
        assert injected(app, [Plan("p", (PlanStep(body["name"], body, HERE),), HERE)]).added == (body["name"],)


APP = """apiVersion: core.oam.dev/v1beta1
kind: Application
metadata:
  name: shop
spec:
  components:
  - name: web
    type: webservice
"""


def said(decision: Decision) -> tuple[Any, ...]:
    return decision.app, decision.added, decision.updated, decision.removed, decision.created_workflow


def test_neither_the_plan_nor_the_application_nor_what_is_remembered_changes() -> None:
    steps = tuple(PlanStep(name, {"name": name, "type": "notify"}, HERE) for name in ("one", "two"))
    plans = [Plan("p", steps, HERE), Plan("q", (PlanStep("three", step() | {"name": "three"}, HERE),), HERE)]
    bodies = [step.body for plan in plans for step in plan.steps]
    app = parsed(APP)
    before, bodies_before = copy.deepcopy(app), copy.deepcopy(bodies)
    first = injected(app, plans)
    kept = copy.deepcopy(said(first))
    both = inject(APP, plans)
    for chosen in (plans[:1], plans[1:], plans):
        injected(first.app, chosen)
        inject(both.text, chosen)
    assert (bodies, app, said(first)) == (bodies_before, before, kept)
    assert said(injected(app, plans)) == kept
    assert inject(APP, plans).text == both.text
    assert not inject(both.text, plans).changed
