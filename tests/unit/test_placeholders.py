"""What becomes of `$(…)` and `$$(` in the texts of a step, and that `validate` says the same of them."""

from __future__ import annotations

import pytest

from vela_steps import inject
from vela_steps.injection import find
from vela_steps.locate.trouble import Trouble
from vela_steps.plan.load import load_or_raise, load_plans
from vela_steps.plan.placeholders import filled

VALUES = {"app.name": "shop"}
PLAN = """apiVersion: vela-steps.dev/v1alpha1
kind: PostSync
metadata: {name: p}
spec:
  steps:
  - name: s
    type: acme
    properties: {text: '%s'}
"""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("$$(curl $(app.name))", "$(curl shop)"),
        ("$$(a $$(b) $(app.name) c)", "$(a $(b) shop c)"),
        ("$$$(app.name)", "$$(app.name)"),
        ("$$(app.name)", "$(app.name)"),
        ("$$(", "$("),
        ("$$$(app.name) $5 $", "$$(app.name) $5 $"),
    ],
)
def test_an_escape_is_the_bracket_alone_and_what_follows_it_is_read_as_ever(written: str, meant: str) -> None:
    assert filled(written, VALUES) == meant
    assert load_plans(PLAN % written).problems == ()


@pytest.mark.parametrize("written", ["$$(a $(b))", "$$($(app.name", "$(app.name $$(x))", "$()", "$(app.name x)"])
def test_what_cannot_be_filled_in_is_no_valid_plan_either(written: str) -> None:
    with pytest.raises(Trouble):
        filled(written, VALUES)
    assert load_plans(PLAN % written).problems


APPLICATION = """\
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop}
spec:
  components:
  - {name: web, type: webservice}
  - {name: api, type: webservice}
"""
MADE = """apiVersion: vela-steps.dev/v1alpha1
kind: PostSync
metadata: {name: p}
spec:
  steps:
  - {name: "first-$(component.name)", type: acme, forEach: component}
  - name: each
    type: acme
    forEach: component
    dependsOn: ["$(component.name)", "first-$(component.name)"]
  - {name: last, type: acme, dependsOn: ["each-$(app.name)"]}
"""


def test_placeholders_are_filled_in_where_a_step_names_what_it_waits_for() -> None:
    plans = load_or_raise(MADE.replace('"each-$(app.name)"', "each"), "plan.yaml")
    (found,), _ = find(inject(APPLICATION, plans).text)
    waits = {step["name"]: step.get("dependsOn") for step in found.app["spec"]["workflow"]["steps"]}
    assert waits["each-api"] == ["api", "first-api"]
    assert waits["last"] == ["each-web", "each-api"]


def test_a_step_named_by_a_placeholder_that_is_not_there_is_told_by_its_name() -> None:
    (problem,) = inject(APPLICATION, load_or_raise(MADE, "plan.yaml")).problems
    assert "step 'last' depends on 'each-shop', which is not there" in problem.message
