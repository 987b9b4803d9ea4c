"""The core call: text and plans in, values out."""

from __future__ import annotations

import json

import pytest

from vela_steps import Plan, Position, inject, remove
from vela_steps.injection import find
from vela_steps.plan.load import check_file
from vela_steps.plan.model import PlanStep

HERE = Position("plan.yaml")
PURGE = PlanStep("purge", {"name": "purge", "type": "cdn-purge", "properties": {"provider": "cloudflare"}}, HERE)
PLAN = Plan("after-deploy", (PURGE,), HERE)

APPLICATION = """\
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata:
  name: shop # the shop
spec:
  components:
    - name: frontend
      type: webservice
"""


def test_steps_come_after_the_workflow_that_the_controller_would_generate() -> None:
    result = inject(APPLICATION, [PLAN], path="app.yaml")
    assert result.ok
    assert result.changed
    assert result.changes[0].added == ("purge",)
    assert result.changes[0].created_workflow
    assert result.changes[0].position == Position("app.yaml", 1, 1)
    (found,), problems = find(result.text)
    assert problems == ()
    assert found.app["spec"]["workflow"] == {
        "mode": {"steps": "DAG", "subSteps": "DAG"},
        "steps": [
            {"name": "frontend", "type": "apply-component", "properties": {"component": "frontend"}},
            {
                "name": "purge",
                "type": "cdn-purge",
                "dependsOn": ["frontend"],
                "properties": {"provider": "cloudflare"},
            },
        ],
    }


def test_bytes_give_bytes_and_removing_gives_them_back() -> None:
    given = APPLICATION.encode()
    result = inject(given, [PLAN])
    assert isinstance(result.text, bytes)
    assert not inject(result.text, [PLAN]).changed
    assert remove(result.text).text == given


SPEC = "spec:\n  components:\n  - {name: web, type: webservice}\n"
HEAD = "apiVersion: core.oam.dev/v1beta1\nkind: Application\n"
DATA = {"apiVersion": "core.oam.dev/v1beta1", "kind": "Application", "spec": {"components": [{"name": "web"}]}}


@pytest.mark.parametrize(
    "given",
    [
        HEAD + SPEC,
        HEAD + "metadata:\n" + SPEC,
        HEAD + "metadata: # of nobody\n" + SPEC,
        HEAD + SPEC + "metadata:",
        HEAD + "metadata: {}\n" + SPEC,
        f"{HEAD}{SPEC}---\n{HEAD}metadata:\n{SPEC}".replace("\n", "\r\n"),
        "{apiVersion: core.oam.dev/v1beta1, kind: Application, metadata: , spec: {components: [{name: web}]}}\n",
        json.dumps(DATA),
        json.dumps(DATA, indent=2),
        json.dumps({**DATA, "metadata": {}}),
    ],
)
def test_removing_gives_back_an_application_without_metadata(given: str) -> None:
    result = inject(given, [PLAN])
    assert result.changed
    assert not inject(result.text, [PLAN]).changed
    assert remove(result.text).text == given


def test_a_step_whose_type_is_no_text_is_one_that_applies_nothing() -> None:
    given = APPLICATION + "  workflow: {steps: [{name: odd, type: {a: b}}, {name: web, type: apply-component}]}\n"
    result = inject(given, [PLAN])
    assert result.changed
    assert remove(result.text).text == given


def test_metadata_that_came_after_the_steps_stays() -> None:
    injected = inject(HEAD + "metadata:\n" + SPEC, [PLAN]).text
    named = injected.replace("metadata:\n", "metadata:\n  name: shop\n")
    assert remove(named).text == HEAD + "metadata:\n  name: shop\n" + SPEC


def test_a_list_that_sops_sealed_as_a_whole_is_refused() -> None:
    items = "".join(f"  {line}\n" for line in APPLICATION.splitlines())
    sealed = f"apiVersion: v1\nkind: List\nitems:\n-{items[1:]}sops:\n  mac: ENC[AES256_GCM,data:x]\n"
    assert inject(sealed.partition("sops:")[0], [PLAN]).changed
    result = inject(sealed, [PLAN], path="apps.yaml")
    assert result.text == sealed
    (problem,) = result.problems
    assert "encrypted by SOPS" in problem.message
    assert (problem.position.line, problem.route) == (13, ("sops",))


def test_a_key_given_twice_beside_a_quoted_template_is_told_as_what_it_is() -> None:
    alert = APPLICATION + '  policies:\n  - {name: a, text: "{{ $labels.x }}", name: b}\n'
    assert "'name' stands twice" in inject(alert, [PLAN]).problems[0].message
    template = APPLICATION + "  policies:\n  - {name: a}\n  - name: {{ .Values.x }}\n"
    assert inject(template, [PLAN]).problems[0].message == "a Helm template, not a manifest"


@pytest.mark.parametrize("sub_steps", ["[null]", "[{name: s, type: suspend}, text]", "text"])
def test_sub_steps_that_are_no_mappings_are_refused(sub_steps: str) -> None:
    text = f"{APPLICATION}  workflow:\n    steps:\n    - {{name: g, type: step-group, subSteps: {sub_steps}}}\n"
    result = inject(text, [PLAN])
    assert result.text == text
    assert result.problems[0].message == "`subSteps` of step 'g' is no list of mappings"


def test_a_step_that_is_no_mapping_is_an_error_to_validate_too() -> None:
    text = f"{APPLICATION}  workflow:\n    steps:\n    - null\n    - {{name: g, type: step-group, subSteps: [null]}}\n"
    assert [(problem.position.line, problem.message) for problem in check_file(text, "app.yaml").problems] == [
        (11, "spec.workflow.steps[0]: a step that is no mapping"),
        (12, "spec.workflow.steps[1].subSteps[0]: a step that is no mapping"),
    ]


def test_a_mapping_that_begins_with_a_question_mark_is_edited_like_any_other() -> None:
    marked = APPLICATION.replace("  name: shop # the shop\n", "  ? name\n  : shop\n").replace(
        "  components:\n", "  ? components\n  :\n"
    )
    result = inject(marked, [PLAN])
    assert result.ok, result.problems
    assert len(find(result.text)[0][0].app["spec"]["workflow"]["steps"]) == 2
    assert remove(result.text).text == marked
