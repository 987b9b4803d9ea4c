"""What becomes of `$(…)` and `$$(` in the texts of a step, and that `validate` says the same of them."""

from __future__ import annotations

import pytest

from vela_steps.locate.trouble import Trouble
from vela_steps.plan.load import load_plans
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
