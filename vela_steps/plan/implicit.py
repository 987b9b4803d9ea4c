"""The workflow that KubeVela runs for an Application, written out where the Application leaves it to the controller.

Source: `loadWorkflowToAppfile` in pkg/appfile/parser.go and the generators in pkg/workflow/step/generator.go of
kubevela v1.10.9; the rules are the same in v1.11.0.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from vela_steps.plan import view
from vela_steps.plan.view import App, Step

DAG: Final = "DAG"
STEP_BY_STEP: Final = "StepByStep"


class Workflow(NamedTuple):
    """What the controller runs. `explicit` is False where it generates the steps itself."""

    mode: str
    sub_mode: str
    steps: list[Step]
    explicit: bool


def effective(app: App) -> Workflow:
    """The workflow that the controller runs for this Application as it stands."""
    mode, sub_mode = modes(app)
    steps = app.steps
    return Workflow(mode, sub_mode, steps or generated(app), bool(steps))


def modes(app: App) -> tuple[str, str]:
    """How steps and sub-steps run: a DAG without `spec.workflow`, step by step with it (even an empty one)."""
    flow = app.workflow
    if flow is None:
        return DAG, DAG
    mode = view.mapping(flow, "mode", ("spec", "workflow"))
    return view.text(mode, "steps") or STEP_BY_STEP, view.text(mode, "subSteps") or DAG


def generated(app: App) -> list[Step]:
    """The steps that the controller generates for an Application without any."""
    named = named_policies(app)
    return _deploy(app, named) or _deploy_to_envs(named) or _apply_components(app)


def is_generable(step: Step) -> bool:
    """Whether KubeVela could generate this step for some Application: what it never writes was written by hand."""
    name, kind, properties = view.text(step, "name"), view.text(step, "type"), step.get("properties")
    if not isinstance(properties, dict):
        return False
    if kind == "apply-component":
        return properties == {"component": name}
    if kind == "deploy":
        policies = view.names(properties.get("policies"))
        return properties == {"policies": policies} and name in ("deploy", f"deploy-{(policies or [''])[-1]}")
    policy, env = view.text(properties, "policy"), view.text(properties, "env")
    return properties == {"policy": policy, "env": env} and name == f"deploy-{policy}-{env}"


def named_policies(app: App) -> list[tuple[str, str, Step]]:
    """The policies, each with its type and the name by which KubeVela knows it, made up where it has none."""
    named = []
    for index, policy in enumerate(app.policies):
        kind = view.text(policy, "type")
        named.append((kind, view.text(policy, "name") or f"{kind}-auto-gen-{index}", policy))
    return named


def _deploy(app: App, named: list[tuple[str, str, Step]]) -> list[Step]:
    topologies = [name for kind, name, _ in named if kind == "topology"]
    overrides = [name for kind, name, _ in named if kind == "override"]
    if topologies:
        return [
            {"name": f"deploy-{topology}", "type": "deploy", "properties": {"policies": [*overrides, topology]}}
            for topology in topologies
        ]
    if overrides or any(view.text(component, "type") == "ref-objects" for component in app.components):
        return [{"name": "deploy", "type": "deploy", "properties": {"policies": overrides}}]
    return []


def _deploy_to_envs(named: list[tuple[str, str, Step]]) -> list[Step]:
    steps = []
    for kind, name, policy in named:
        if kind != "env-binding":
            continue
        for env in view.sequence(view.mapping(policy, "properties"), "envs"):
            to = view.text(env, "name")
            steps.append(
                {"name": f"deploy-{name}-{to}", "type": "deploy2env", "properties": {"policy": name, "env": to}}
            )
    return steps


def _apply_components(app: App) -> list[Step]:
    steps = []
    for component in app.components:
        name = view.text(component, "name")
        step: Step = {"name": name, "type": "apply-component", "properties": {"component": name}}
        if after := view.names(component.get("dependsOn")):
            step["dependsOn"] = after
        steps.append(step)
    return steps
