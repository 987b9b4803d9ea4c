"""The core call: text and plans in, values out."""

from __future__ import annotations

from vela_steps import Plan, Position, inject, remove
from vela_steps.injection import find
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
