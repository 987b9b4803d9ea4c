"""Which steps apply which components, as KubeVela's own step types do."""

from __future__ import annotations

from typing import Any

import pytest

from vela_steps.locate.trouble import Trouble
from vela_steps.plan.anchors import anchored, applied_by
from vela_steps.plan.model import Anchor
from vela_steps.plan.view import App

APP: dict[str, Any] = {
    "spec": {
        "components": [{"name": "web"}, {"name": "web2"}, {"name": "api"}],
        "policies": [
            {"type": "override", "properties": {"selector": ["web"]}},
            {"name": "globs", "type": "override", "properties": {"selector": ["web*"]}},
            {"name": "none", "type": "override", "properties": {"selector": []}},
            {"name": "all", "type": "override", "properties": {"components": [{"name": "web"}]}},
        ],
    }
}
DEPLOY_COMPONENTS = {
    "name": "some",
    "type": "deploy-components",
    "properties": {"components": [{"name": "api", "policies": ["eu"]}, {"name": "gone"}]},
}


@pytest.mark.parametrize(
    ("policy", "applied"),
    [("override-auto-gen-0", ["web"]), ("globs", []), ("none", []), ("all", ["api", "web", "web2"])],
)
def test_a_deploy_step_applies_what_its_overrides_name_letter_by_letter(policy: str, applied: list[str]) -> None:
    step = {"name": "d", "type": "deploy", "properties": {"policies": [policy]}}
    assert sorted(applied_by(App(APP), step)) == applied


def test_deploy_components_applies_the_components_that_it_lists() -> None:
    other = {"name": "other", "type": "suspend"}
    assert applied_by(App(APP), DEPLOY_COMPONENTS) == {"api"}
    assert anchored(App(APP), [DEPLOY_COMPONENTS, other], Anchor(), "p") == [0]
    assert anchored(App(APP), [DEPLOY_COMPONENTS, other], Anchor(component="api"), "p") == [0]
    with pytest.raises(Trouble, match="no step applies component 'web'"):
        anchored(App(APP), [DEPLOY_COMPONENTS, other], Anchor(component="web"), "p")
