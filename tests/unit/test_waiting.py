"""Steps that would wait for ever are refused where one of ours is among them, and told where they are left behind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.test_inject import APPLICATION, HERE
from tests.unit.test_updates import GATE, HAND_WRITTEN, names, plan
from vela_steps import Plan, inject, remove
from vela_steps.plan.decide import injected
from vela_steps.plan.model import WARNING, Anchor, PlanStep

APPLY = {"name": "apply", "type": "apply-component", "properties": {"component": "frontend"}}
NEEDS = "        dependsOn: [one]\n"


def waiting(name: str, step: str, *on: str, **more: Any) -> Plan:
    body = {"name": step, "type": "notify", "dependsOn": list(on)}
    return Plan(name, (PlanStep(step, body, HERE),), HERE, **more)


def refused(text: str, *plans: Plan) -> str:
    result = inject(text, plans)
    assert result.text == text
    (problem,) = result.problems
    assert problem.cure
    return problem.message


def dag(*steps: str) -> str:
    return (
        APPLICATION + "  workflow:\n    mode: {steps: DAG}\n    steps:\n" + "".join(f"    - {one}\n" for one in steps)
    )


APPLY_FRONTEND = "{name: apply, type: apply-component, properties: {component: frontend}}"


def test_steps_of_two_plans_that_wait_for_each_other_are_refused() -> None:
    message = refused(APPLICATION, waiting("a", "a1", "b1"), waiting("b", "b1", "a1"))
    assert message == "plan 'a': the steps wait for each other, so that none of them would ever run: a1 → b1 → a1"


def test_a_hand_written_step_and_one_of_ours_that_wait_for_each_other_are_refused() -> None:
    text = dag(APPLY_FRONTEND, "{name: gate, type: suspend, dependsOn: [s]}")
    assert "s → gate → s" in refused(text, waiting("p", "s", "gate"))
    assert inject(text, [waiting("p", "s", "apply")]).ok


def test_an_apply_step_that_waits_for_the_step_that_comes_after_it_is_refused() -> None:
    text = dag(APPLY_FRONTEND.replace("}}", "}, dependsOn: [one]}"))
    assert "one → apply → one" in refused(text, plan("p", "one"))


def test_a_sub_step_that_waits_for_its_own_group_is_refused() -> None:
    group = {"name": "g", "type": "step-group", "subSteps": [{"name": "s", "type": "notify", "dependsOn": ["g"]}]}
    assert "g → s → g" in refused(APPLICATION, Plan("p", (PlanStep("g", group, HERE),), HERE))


def test_sub_steps_of_a_group_that_run_step_by_step_do_not_wait_for_later_ones() -> None:
    subs = [{"name": "s", "type": "notify", "dependsOn": ["t"]}, {"name": "t", "type": "notify"}]
    group = {"name": "g", "type": "step-group", "mode": "StepByStep", "subSteps": subs}
    assert "s → t → s" in refused(APPLICATION, Plan("p", (PlanStep("g", group, HERE),), HERE))
    assert inject(APPLICATION, [Plan("p", (PlanStep("g", {**group, "mode": "DAG"}, HERE),), HERE)]).ok


def test_a_hand_written_step_that_waits_for_one_of_ours_behind_it_is_refused_step_by_step() -> None:
    text = HAND_WRITTEN.replace("type: suspend\n", "type: suspend\n" + NEEDS) + GATE
    assert "'approve' depends on 'one', which comes later" in refused(text, plan("p", "one"))
    assert inject(text, [plan("p", "one", after=Anchor(step="apply"))]).ok


def test_a_circle_of_hand_written_steps_alone_is_not_ours_to_refuse() -> None:
    text = dag(APPLY_FRONTEND, "{name: x, type: suspend, dependsOn: [y]}", "{name: y, type: suspend, dependsOn: [x]}")
    assert inject(text, [waiting("p", "s", "y")]).ok


def test_removing_a_plan_on_which_another_one_depends_is_refused() -> None:
    text = inject(APPLICATION, [waiting("a", "a1", "b1"), plan("b", "b1")]).text
    result = remove(text, [plan("b", "b1")])
    assert result.text == text
    assert [problem.message for problem in result.problems] == [
        "plan 'a': step 'a1' depends on 'b1', which goes with plan 'b'"
    ]
    assert remove(text).text == APPLICATION


def test_removing_a_plan_on_which_a_hand_written_step_depends_is_told() -> None:
    gated = inject(HAND_WRITTEN, [plan("p", "one", after=Anchor(step="apply"))]).text + NEEDS
    result = remove(gated, path="app.yaml")
    assert names(result.text) == ["apply", "approve"]
    (problem,) = result.problems
    assert problem.severity == WARNING
    assert problem.message == "step 'approve' depends on 'one', which is taken out, and will wait for it for ever"
    assert gated.splitlines()[problem.position.line - 1].strip() == "- name: approve"


def test_a_step_that_a_hand_written_one_depends_on_cannot_be_renamed_under_it() -> None:
    first = Anchor(step="apply")
    gated = inject(HAND_WRITTEN, [plan("p", "one", after=first)]).text + NEEDS
    renamed = plan("p", "uno", after=first)
    assert "'approve' depends on 'one', which plan 'p' no longer has" in refused(gated, renamed)
    assert inject(gated.replace("[one]", "[uno]"), [renamed]).ok


@pytest.mark.parametrize("mode", ["DAG", "StepByStep"])
def test_a_long_chain_of_steps_is_no_circle(mode: str) -> None:
    chain = [{"name": f"s{i}", "type": "suspend", "dependsOn": [f"s{i - 1}"] if i else []} for i in range(5_000)]
    flow = {"mode": {"steps": mode}, "steps": [*chain, APPLY]}
    app = {"metadata": {"name": "shop"}, "spec": {"components": [{"name": "frontend"}], "workflow": flow}}
    assert injected(app, [waiting("p", "s", "s4999")]).added == ("s",)
