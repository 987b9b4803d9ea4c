"""Who uses the addon's steps, from objects as a cluster has them."""

from __future__ import annotations

from typing import Any

from vela_steps.addon.users import User, installed, users


def definition(name: str, namespace: str = "vela-system", **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace, **metadata}}


OWNER: dict[str, Any] = {"ownerReferences": [{"kind": "Application", "name": "addon-vela-steps"}]}
LABEL: dict[str, Any] = {"labels": {"app.oam.dev/name": "addon-vela-steps"}}
BUILT_IN = definition("read-object")
OURS = definition("notify", **OWNER)
SHADOW = definition("read-object", "shop", **LABEL)
KEPT = definition("read-object", **LABEL)  # it replaces KubeVela's own, and stays


def app(*steps: dict[str, Any], namespace: str = "shop", name: str = "web") -> dict[str, Any]:
    return {
        "kind": "Application",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"components": [], "workflow": {"steps": list(steps)}},
    }


def test_what_disabling_removes_is_what_the_addon_owns_and_its_shadows() -> None:
    assert installed([BUILT_IN, OURS, SHADOW]) == {("vela-system", "notify"), ("shop", "read-object")}
    assert installed([KEPT]) == set()


def test_steps_in_groups_and_pinned_to_a_revision_are_found() -> None:
    group = {"name": "g", "type": "step-group", "subSteps": [{"name": "inner", "type": "notify@v1"}]}
    assert users([app(group)], installed([OURS])) == [User("Application", "shop", "web", "inner", "notify")]


def test_a_built_in_read_object_is_used_only_where_it_is_shadowed() -> None:
    step = {"name": "read", "type": "read-object"}
    objects = [app(step), app(step, namespace="pay")]
    assert [user.namespace for user in users(objects, installed([BUILT_IN, SHADOW]))] == ["shop"]


def test_workflows_and_unfinished_workflow_runs_count() -> None:
    step = {"name": "tell", "type": "notify"}
    place = {"name": "w", "namespace": "ops"}
    workflow = {"kind": "Workflow", "metadata": place, "steps": [step]}
    run = {"kind": "WorkflowRun", "metadata": place, "spec": {"workflowSpec": {"steps": [step]}}}
    over = {**run, "metadata": {**place, "name": "over"}, "status": {"finished": True}}
    found = users([workflow, run, over], installed([OURS]))
    assert [(user.kind, user.name) for user in found] == [("Workflow", "w"), ("WorkflowRun", "w")]


def test_applications_without_a_workflow_use_nothing() -> None:
    bare = {"kind": "Application", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"components": []}}
    assert users([bare, {**bare, "spec": None}], installed([OURS])) == []
