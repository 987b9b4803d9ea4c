"""Properties of steps are checked by the JSON Schema of their type, except for what only the run knows."""

from __future__ import annotations

from typing import Any

import pytest

from vela_steps.plan import properties
from vela_steps.plan.load import check_file, load_plans, told

SCHEMA = {
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "oneOf": [{"required": ["tags"]}, {"required": ["everything"]}],
    "properties": {
        "url": {"type": "string", "pattern": "^https://"},
        "retries": {"type": "integer", "minimum": 0},
        "provider": {"enum": ["fastly", "bunny"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "everything": {"const": True},
    },
}
PLAN = """apiVersion: vela-steps.dev/v1alpha1
kind: PostSync
metadata: {name: p}
spec:
  steps:
  - name: group
    type: step-group
    subSteps:
    - name: purge
      type: purge
      %s
"""


@pytest.fixture(autouse=True)
def purge_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def known(step_type: str) -> dict[str, Any] | None:
        return SCHEMA if step_type == "purge" else None

    monkeypatch.setattr(properties, "step_schema", known)


def said(step: str) -> list[str]:
    at = "spec.steps[0].subSteps[0].properties"
    return [told(problem).replace(at, "…") for problem in load_plans(PLAN % step).problems]


def test_a_wrong_property_is_an_error_at_its_place() -> None:
    assert said('properties: {url: "http://x", tag: [], provider: fastli, everything: true, retries: -1}') == [
        'plan.yaml:11:25: error: ….url: "http://x" must be text that matches ^https://',
        "plan.yaml:11:37: error: ….tag: no such field; allowed: everything, provider, retries, tags, url;"
        ' did you mean "tags"?',
        'plan.yaml:11:56: error: ….provider: "fastli" is not one of fastly, bunny; did you mean "fastly"?',
        "plan.yaml:11:91: error: ….retries: must be at least 0",
    ]


def test_what_is_missing_is_told_where_it_is_missing() -> None:
    assert said("properties: {}") == [
        "plan.yaml:11:7: error: ….url: is missing",
        "plan.yaml:11:19: error: …: one of tags, everything must be given",
    ]
    assert said("if: always") == [
        "plan.yaml:9:7: error: ….url: is missing",
        "plan.yaml:9:7: error: …: one of tags, everything must be given",
    ]


def test_what_is_filled_in_at_injection_or_by_inputs_is_left_to_the_run() -> None:
    assert (
        said('properties: {url: "$(app.name)", provider: "$(app.name)", retries: "$(app.name)", everything: true}')
        == []
    )
    assert said("inputs: [{from: a, parameterKey: url}, {from: b, parameterKey: 'tags[0]'}]") == []
    assert said("inputs: [{from: a, parameterKey: tags}]") == ["plan.yaml:9:7: error: ….url: is missing"]


def test_steps_of_types_that_are_not_known_are_left_alone() -> None:
    assert load_plans(PLAN.replace("type: purge", "type: acme-purge") % "properties: {any: thing}").problems == ()


def test_steps_of_applications_are_checked_and_their_scalars_read_as_kubevela_reads_them() -> None:
    application = """kind: Service
---
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop, annotations: {old: on}}
spec:
  workflow:
    steps:
    - {name: a, type: purge, properties: {url: "https://x", everything: false}}
"""
    assert [told(problem) for problem in check_file(application, "app.yaml").problems] == [
        "app.yaml:9:73: error: spec.workflow.steps[0].properties.everything: must be True, not False"
    ]
    assert [told(problem) for problem in check_file("kind: Service\n", "app.yaml").problems] == [
        "app.yaml: error: holds no plan and no KubeVela Application; `vela-steps schema plan` says what a plan is"
    ]


def test_steps_of_applications_in_a_list_are_checked_at_their_places() -> None:
    listed = """apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service}
- apiVersion: core.oam.dev/v1beta1
  kind: Application
  spec: {workflow: {steps: [{name: a, type: purge, properties: {url: "http://x", everything: true}}]}}
"""
    assert [told(problem) for problem in check_file(listed, "apps.yaml").problems] == [
        "apps.yaml:7:70: error: items[1].spec.workflow.steps[0].properties.url:"
        ' "http://x" must be text that matches ^https://'
    ]
    assert check_file("kind: List\nitems: [{kind: Service}]\n", "apps.yaml").problems[0].message.startswith("holds no")
