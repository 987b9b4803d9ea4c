"""What becomes of injected steps when plans, Applications or hands change what they came from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.test_inject import APPLICATION, HERE, PLAN
from vela_steps import Plan, inject, remove
from vela_steps.injection import find
from vela_steps.plan.model import Anchor, PlanStep, Selector

WORKFLOW = """\
  workflow:
    steps:
      - name: apply
        type: apply-component
        properties:
          component: frontend
      - name: approve
        type: suspend
"""
HAND_WRITTEN = APPLICATION + WORKFLOW
BACKEND = "    - name: backend\n      type: webservice\n"


def plan(name: str, *steps: str, **more: Any) -> Plan:
    return Plan(name, tuple(PlanStep(step, {"name": step, "type": "notify"}, HERE) for step in steps), HERE, **more)


def names(text: str) -> list[str]:
    (found,), problems = find(text)
    assert problems == ()
    return [step["name"] for step in found.app["spec"]["workflow"]["steps"]]


def test_a_step_that_left_the_plan_leaves_the_file_and_a_new_one_comes() -> None:
    text = inject(HAND_WRITTEN, [plan("p", "one", "two", "three")]).text
    result = inject(text, [plan("p", "zero", "one", "three")])
    assert names(result.text) == ["apply", "zero", "one", "three", "approve"]
    assert result.changes[0].added == ("zero",)
    assert result.changes[0].removed == ("two",)
    assert result.changes[0].updated == ()


def test_a_changed_plan_touches_only_the_lines_of_the_step_that_changed() -> None:
    text = inject(HAND_WRITTEN, [plan("p", "one", "two")]).text.replace(
        "    type: notify\n", "    type: notify # kept\n", 1
    )
    changed = Plan("p", (plan("p", "one").steps[0], PlanStep("two", {"name": "two", "type": "http-check"}, HERE)), HERE)
    result = inject(text, [changed])
    assert result.changes[0].updated == ("two",)
    assert result.text == text.replace("- name: two\n        type: notify", "- name: two\n        type: http-check")


def test_a_plan_that_no_longer_selects_an_application_leaves_it() -> None:
    text = inject(HAND_WRITTEN, [plan("p", "one")]).text
    result = inject(text, [plan("p", "one", select=Selector(names=("other",)))])
    assert result.text == HAND_WRITTEN
    assert result.changes[0].removed == ("one",)


GATE = """\
      - name: "gate"  # do not remove
        type: suspend
        # agreed with operations
        timeout: "2h"
        properties: {window: 012, weekend: on}
      - name: last
        type: apply-component
        properties: {component: frontend}
"""


def test_steps_that_move_over_a_hand_written_one_leave_it_as_it_is() -> None:
    text = inject(HAND_WRITTEN + GATE, [plan("p", "one", "two")]).text
    moved = plan("p", "one", "two", after=Anchor(step="apply"))
    assert inject(text, [moved]).text == inject(HAND_WRITTEN + GATE, [moved]).text
    assert inject(inject(text, [moved]).text, [plan("p", "one", "two")]).text == text


def test_steps_that_move_because_their_anchor_was_deleted_leave_hand_written_ones_as_they_are() -> None:
    last = GATE[GATE.index("      - name: last") :]
    text = inject(HAND_WRITTEN + GATE, [plan("p", "one", "two")]).text
    assert text.count(last) == 1
    result = inject(text.replace(last, ""), [plan("p", "one", "two")])
    assert result.text == inject(HAND_WRITTEN + GATE.replace(last, ""), [plan("p", "one", "two")]).text


def test_steps_of_a_plan_that_is_not_given_stay() -> None:
    text = inject(APPLICATION, [plan("a", "one"), plan("b", "two")]).text
    result = inject(text, [plan("b", "three")])
    assert names(result.text) == ["frontend", "one", "three"]
    assert result.text == inject(APPLICATION, [plan("b", "three"), plan("a", "one")]).text


def test_a_plan_that_was_renamed_is_told_to_take_its_steps_out_under_its_old_name_first() -> None:
    for old, new in (("a", "b"), ("b", "a")):
        text = inject(APPLICATION, [plan(old, "one")]).text
        (problem,) = inject(text, [plan(new, "one")]).problems
        assert "the step name 'one' is taken by a step of plan" in problem.message
        assert f"where plan '{old}' is what this plan was called before" in problem.cure
        assert inject(remove(text, [plan(old)]).text, [plan(new, "one")]).ok
    (problem,) = inject(APPLICATION, [plan("a", "one"), plan("b", "one")]).problems
    assert problem.cure == "rename one of the two"


def test_removing_one_plan_leaves_the_other_and_the_workflow_that_it_needs() -> None:
    text = inject(APPLICATION, [plan("a", "one"), plan("b", "two")]).text
    assert remove(text, [plan("a", "one")]).text == inject(APPLICATION, [plan("b", "two")]).text
    assert remove(remove(text, [plan("a")]).text, [plan("b")]).text == APPLICATION


def test_a_new_component_gets_its_step_in_the_workflow_that_was_written_for_the_controller() -> None:
    text = inject(APPLICATION, [PLAN]).text
    grown = text.replace("      type: webservice\n", "      type: webservice\n" + BACKEND, 1)
    result = inject(grown, [PLAN])
    assert result.text == inject(APPLICATION + BACKEND, [PLAN]).text
    assert result.changes[0].added == ("backend",)
    assert remove(result.text).text == APPLICATION + BACKEND


def test_a_component_that_is_gone_takes_its_generated_step_along() -> None:
    text = inject(APPLICATION + BACKEND, [PLAN]).text.replace(BACKEND, "", 1)
    assert inject(text, [PLAN]).text == inject(APPLICATION, [PLAN]).text


def test_a_hand_written_step_in_a_created_workflow_stays_and_keeps_the_workflow() -> None:
    own = "      - name: approve\n        type: suspend\n"
    text = inject(APPLICATION, [PLAN]).text + own
    assert not inject(text, [PLAN]).changed
    left = remove(text)
    assert left.ok
    assert names(left.text) == ["frontend", "approve"]
    assert own in left.text
    assert "vela-steps.dev" not in left.text


def test_a_generated_step_that_was_edited_by_hand_is_hand_written_from_then_on() -> None:
    text = inject(APPLICATION, [PLAN]).text
    edited = text.replace("type: apply-component\n", "type: apply-component\n        timeout: 5m\n")
    result = inject(edited, [PLAN])
    assert "timeout: 5m" in result.text
    assert "timeout: 5m" in remove(result.text).text


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("          component: frontend\n", "          component: frontend\n          cluster: eu\n"),
        ("        type: apply-component\n", "        type: apply-component\n        dependsOn: [approve]\n"),
        ("        type: apply-component\n", "        type: apply-object\n"),
    ],
)
def test_what_kubevela_would_never_generate_is_hand_written_and_stays(there: str, instead: str) -> None:
    approve = "      - name: approve\n        type: suspend\n"
    text = inject(APPLICATION, [PLAN]).text + approve
    assert there in text
    edited = text.replace(there, instead)
    result = inject(edited, [PLAN])
    assert instead in result.text
    assert result.changes[0][3:6] == ((), (), ())
    assert not inject(result.text, [PLAN]).changed
    assert instead in remove(result.text).text


def test_two_steps_that_kubevela_would_generate_by_one_name_are_refused() -> None:
    envs = "  policies:\n" + "".join(
        f"  - {{name: {name}, type: env-binding, properties: {{envs: [{{name: {env}}}]}}}}\n"
        for name, env in (("a", "b-c"), ("a-b", "c"))
    )
    result = inject(APPLICATION + envs, [PLAN])
    assert "two steps called 'deploy-a-b-c'" in result.problems[0].message
    assert inject(APPLICATION + envs.replace("name: c}", "name: d}"), [PLAN]).ok


def test_a_comment_between_injected_steps_stays() -> None:
    text = inject(HAND_WRITTEN, [plan("p", "one", "two")]).text
    commented = text.replace("      - name: two", "      # why two\n      - name: two")
    assert not inject(commented, [plan("p", "one", "two")]).changed
    assert "# why two" in remove(commented).text


def test_an_annotation_added_later_keeps_the_annotations() -> None:
    text = inject(HAND_WRITTEN, [PLAN]).text.replace("  annotations:\n", "  annotations:\n    team: web\n")
    assert remove(text).text == HAND_WRITTEN.replace("the shop\n", "the shop\n  annotations:\n    team: web\n")


def test_one_application_that_cannot_be_edited_leaves_the_whole_text() -> None:
    text = HAND_WRITTEN + "---\n" + APPLICATION + "  workflow: {ref: release}\n"
    result = inject(text, [PLAN], path="apps.yaml")
    assert not result.ok
    assert result.text == text
    assert result.changes == ()
    assert str(result.problems[0].position) == "apps.yaml:26:19"
    assert result.problems[0].route == ("spec", "workflow", "ref")


def test_all_applications_that_cannot_be_edited_are_told() -> None:
    bad = APPLICATION + "  workflow: {ref: release}\n"
    assert len(inject(bad + "---\n" + bad, [PLAN]).problems) == 2


def test_one_text_can_be_str_or_bytes() -> None:
    assert inject(HAND_WRITTEN, [PLAN]).text.encode() == inject(HAND_WRITTEN.encode(), [PLAN]).text
