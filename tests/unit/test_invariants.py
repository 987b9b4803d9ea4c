"""What holds for every Application in every style, checked by a YAML parser that the tool does not use."""

from __future__ import annotations

import io
from collections.abc import Iterable
from random import Random
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.unit.styles import Writer, application, data, laid_out, step
from vela_steps import Plan, Position, inject, remove
from vela_steps.plan.decide import injected, removed
from vela_steps.plan.model import Anchor, PlanStep, Selector

HERE = Position("plan.yaml")
SEEDS = st.randoms(use_true_random=True)
ANCHORS = [Anchor(), Anchor(), Anchor(step="apply-it"), Anchor(step="step 0"), Anchor(types=("suspend", "request"))]
MANY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def plan(rng: Random, name: str) -> Plan:
    steps = []
    for index in range(rng.randint(1, 3)):
        body: dict[str, Any] = {"name": f"{name}-{index}", "type": "notify"}
        if rng.random() < 0.7:
            body["properties"] = {"text": "$$(x) $(app.name)", "more": data(rng)}
        each = rng.random() < 0.2
        steps.append(PlanStep(body["name"], body, HERE, each))
    kinds = ("webservice",) if rng.random() < 0.2 else ()
    return Plan(
        name,
        tuple(steps),
        HERE,
        Selector(component_types=kinds),
        after=rng.choice(ANCHORS),
        parallel=rng.random() < 0.2,
        isolate_children=rng.random() < 0.2,
    )


def parsed(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text.removeprefix("\ufeff"))


def is_subsequence(short: Iterable[Any], long: Iterable[Any]) -> bool:
    rest = iter(long)
    return all(part in rest for part in short)


@given(SEEDS)
@MANY
def test_injecting_changes_nothing_but_what_it_adds_and_removing_gives_it_back(rng: Random) -> None:
    app = application(rng)
    text = laid_out(Writer(rng).document(app), rng)
    plans = [plan(rng, name) for name in rng.sample(["first", "second", "third"], rng.randint(1, 2))]
    before = parsed(text)
    result = inject(text, plans)
    if not result.ok:
        assert result.text == text
        assert all("something else than intended" not in problem.message for problem in result.problems), (
            result.problems
        )
        assert all("would not be readable" not in problem.message for problem in result.problems), (
            text,
            result.problems,
        )
        return
    assert parsed(result.text) == injected(before, plans).app
    assert is_subsequence(text, result.text)
    if "{" not in text and "[" not in text and not any(each.isolate_children for each in plans):
        assert is_subsequence(text.splitlines(), result.text.splitlines())
    assert not inject(result.text, plans).changed
    assert inject(text, plans[::-1]).text == result.text
    assert remove(result.text).text == text
    one_by_one = result.text
    for each in plans:
        one_by_one = remove(one_by_one, [each]).text
    assert one_by_one == text


@given(SEEDS)
@MANY
def test_a_changed_plan_gives_what_it_would_have_given_at_first(rng: Random) -> None:
    text = laid_out(Writer(rng).document(application(rng)), rng)
    old, new, other = plan(rng, "first"), plan(rng, "first"), plan(rng, "other")
    fresh = inject(text, [new, other])
    stale = inject(inject(text, [old, other]).text, [new, other])
    if fresh.ok and stale.ok:
        assert stale.text == fresh.text
        assert inject(inject(text, [other]).text, [new]).text == fresh.text
        assert inject(inject(text, [old]).text, [new, other]).text == fresh.text


@given(SEEDS)
@MANY
def test_a_plan_that_moves_moves_nothing_else(rng: Random) -> None:
    app = application(rng)
    app["spec"]["workflow"] = {"steps": [step(rng, index, ["frontend"]) for index in range(4)]}
    text = laid_out(Writer(rng).document(app), rng)
    body = plan(rng, "first")
    places = [body._replace(after=Anchor(step=f"step {index}")) for index in range(4)]
    fresh = [inject(text, [place]) for place in places]
    moved = text
    for place, expected in rng.sample(list(zip(places, fresh, strict=True)), 4):
        if expected.ok:
            moved = inject(moved, [place]).text
            assert moved == expected.text


@given(SEEDS)
@MANY
def test_ownership_survives_a_tool_that_writes_the_file_anew(rng: Random) -> None:
    text = laid_out(Writer(rng).document(application(rng)), rng)
    plans = [plan(rng, "first"), plan(rng, "second")]
    result = inject(text, plans)
    if (
        not result.ok or "1e3" in result.text
    ):  # PyYAML leaves the string 1e3 unquoted, which Kubernetes reads as a number
        return
    rewritten = dumped(loaded(result.text), rng)
    assert not inject(rewritten, plans).changed
    back = remove(rewritten)
    assert back.ok, (rewritten, back.problems)
    assert loaded(back.text) == loaded(text) == removed(loaded(result.text)).app


def loaded(text: str) -> Any:
    return yaml.load(text, yaml.CSafeLoader)


def dumped(value: Any, rng: Random) -> str:
    if rng.random() < 0.5:
        return yaml.safe_dump(value, sort_keys=rng.random() < 0.5, default_flow_style=rng.choice([None, False, True]))
    out = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.version = (1, 1)  # YAML 1.2 would leave `on` unquoted, which Kubernetes reads as a boolean
    writer.dump(value, out)
    return out.getvalue()
