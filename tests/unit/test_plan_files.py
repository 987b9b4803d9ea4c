"""Plan files that are wrong: each folder of tests/plans holds one and, line by line, what is said about it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from vela_steps.plan.load import PlanError, duplicate_problems, load_plans, told
from vela_steps.plan.model import Anchor, Expression, Plan, Selector

CASES = sorted(path.parent for path in (Path(__file__).parents[1] / "plans").glob("*/plan.yaml"))
HEAD = "apiVersion: vela-steps.dev/v1alpha1\nkind: PostSync\nmetadata: {name: p}\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_says_everything_that_is_wrong_with_a_plan_file(case: Path) -> None:
    loaded = load_plans((case / "plan.yaml").read_bytes())
    problems = (*loaded.problems, *duplicate_problems(loaded.plans))
    assert [told(problem) for problem in problems] == (case / "errors.txt").read_text().splitlines()


def test_reads_every_field_of_a_plan() -> None:
    (plan,) = Plan.load(
        HEAD
        + """spec:
  select:
    names: ["shop-*"]
    namespaces: [prod]
    labels: {team: web}
    matchExpressions: [{key: tier, operator: NotIn, values: [test]}]
    componentTypes: [webservice]
  after: {types: [my-apply]}
  parallel: true
  argocd: {isolateChildren: true}
  steps:
  - name: purge
    type: cdn-purge
    if: always
    timeout: 1h30m
    forEach: component
    properties: {provider: cloudflare}
""",
        "deploy/plan.yaml",
    )
    assert plan.name == "p"
    assert plan.select == Selector(
        ("shop-*",), ("prod",), {"team": "web"}, (Expression("tier", "NotIn", ("test",)),), ("webservice",)
    )
    assert plan.after == Anchor(types=("my-apply",))
    assert plan.parallel
    assert plan.isolate_children
    (step,) = plan.steps
    assert step.each_component
    provider = {"provider": "cloudflare"}
    assert step.body == {
        "name": "purge",
        "type": "cdn-purge",
        "if": "always",
        "timeout": "1h30m",
        "properties": provider,
    }
    assert list(step.body) == ["name", "type", "if", "timeout", "properties"]
    assert str(step.position) == "deploy/plan.yaml:15:5"


def test_several_plans_stand_in_one_file_and_anchors_and_merge_keys_are_followed() -> None:
    text = f"""%YAML 1.1
---
{HEAD}spec:
  steps:
  - &step {{name: a, type: t, properties: &p {{x: 1, y: [true, null]}}}}
  - {{<<: *step, name: b}}
  - {{name: c, type: t, properties: {{<<: *p, x: "2"}}}}
---
# nothing
---
{HEAD.replace("p}", "q}")}spec: {{steps: [{{name: a, type: t}}]}}
"""
    first, second = Plan.load(text)
    assert (first.name, second.name) == ("p", "q")
    assert [dict(step.body) for step in first.steps] == [
        {"name": "a", "type": "t", "properties": {"x": 1, "y": [True, None]}},
        {"name": "b", "type": "t", "properties": {"x": 1, "y": [True, None]}},
        {"name": "c", "type": "t", "properties": {"x": "2", "y": [True, None]}},
    ]


def test_json_and_windows_line_ends_and_a_byte_order_mark_are_read() -> None:
    text = '\ufeff{"apiVersion": "vela-steps.dev/v1alpha1",\r\n "kind": "PostSync", "metadata": {"name": "p"},\r\n'
    text += ' "spec": {"steps": [{"name": "a", "type": "t"}]}}\r\n'
    (plan,) = Plan.load(text.encode())
    assert plan.steps[0].position.line == 3


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff\xfea\x00", "plan.yaml: error: is UTF-16; save it as UTF-8"),
        (b"a: b\nc: \xe4\n", "plan.yaml:2:4: error: is not UTF-8; save it as UTF-8"),
        (b"a: \0\n", "plan.yaml:1:4: error: not valid YAML"),
        (b"{{- if .x }}\na: b\n", "a Helm template is no YAML: render it first"),
        (b"a: *b\n", "plan.yaml:1:4: error: alias *b has no anchor before it"),
        (b"a: &a [*a]\n", "an alias that contains itself"),
        (b"? [a]\n: b\n", "a key must be text"),
        (b"a: !secret x\n", "the tag !secret means nothing here; leave it out"),
        (b"<<: x\n", "<< takes a mapping or a list of mappings"),
        (b"- a\n", "must be a mapping, not a list"),
    ],
)
def test_hostile_and_odd_input_is_an_error_with_its_place(data: bytes, says: str) -> None:
    with pytest.raises(PlanError) as raised:
        Plan.load(data)
    assert says in str(raised.value)


def test_a_huge_text_is_refused_without_a_look_at_each_of_its_letters() -> None:
    lines = 0

    def trace(_frame: object, event: str, _arg: object) -> Any:
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        problems = load_plans(b"kind: PostSync\nspec: " + b"x" * 3_000_000, "plan.yaml").problems
    finally:
        sys.settrace(before)
    assert "more than the 2,097,152 that are read" in problems[0].message
    assert lines < 100_000
