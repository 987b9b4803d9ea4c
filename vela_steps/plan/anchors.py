"""Which steps of a workflow a plan's steps come after."""

from __future__ import annotations

from typing import Any, Final

from vela_steps.locate.trouble import Trouble
from vela_steps.plan import view
from vela_steps.plan.implicit import named_policies
from vela_steps.plan.model import Anchor
from vela_steps.plan.view import App, Step

APPLY_TYPES: Final = frozenset(
    (
        "apply-component",
        "builtin-apply-component",
        "deploy",
        "deploy-components",
        "deploy2env",
        "deploy2runtime",
        "deploy-cloud-resource",
        "apply-remaining",
        "apply-env-binding-app",
        "apply-application",
        "apply-application-in-parallel",
    )
)
"""KubeVela's own steps that apply what the Application describes."""

_STEPS = ("spec", "workflow", "steps")


def anchored(app: App, steps: list[Step], anchor: Anchor, plan: str) -> list[int]:
    """The indices of the steps that the plan comes after, in order; a match inside a step-group counts for the group.

    A step applies components when its type is one of APPLY_TYPES, or when its `properties.component` names a
    component of the Application (as the steps that platform teams write do).
    """
    if anchor.component:
        return _of_component(app, steps, anchor.component, plan)
    if anchor.step:
        return _of_step(steps, anchor.step, plan)
    if anchor.types:
        return _of_types(steps, anchor.types, plan)
    found = [index for index, step in enumerate(steps) if _applies(app, step) or _holds_one(app, step)]
    if not found:
        raise _missing(plan, "no step applies components", steps, "name the step types in the plan's `after.types`")
    return found


def _applies(app: App, step: Step) -> bool:
    return view.text(step, "type") in APPLY_TYPES or bool(applied_by(app, step))


def _holds_one(app: App, step: Step) -> bool:
    return "subSteps" in step and any(_applies(app, sub) for sub in view.sub_steps(step))


def applied_by(app: App, step: Step) -> frozenset[str]:
    """The names of the components that a step applies."""
    kind, properties = view.text(step, "type"), view.mapping(step, "properties")
    named = view.text(properties, "component")
    if not named and kind not in APPLY_TYPES:
        return frozenset()
    known = [view.text(component, "name") for component in app.components]
    if named:
        return frozenset((named,)) & frozenset(known)
    if kind not in APPLY_TYPES or kind in ("apply-component", "builtin-apply-component"):
        return frozenset()
    if kind == "deploy-components":
        return frozenset(view.text(entry, "name") for entry in view.sequence(properties, "components")) & frozenset(
            known
        )
    if kind == "apply-remaining":
        return frozenset(known) - frozenset(view.names(properties.get("exceptions")))
    return frozenset(_selected(app, kind, properties, known))


def _selected(app: App, kind: str, properties: dict[str, Any], known: list[str]) -> list[str]:
    """`deploy` leaves out what an override's selector does not name; `deploy2env` what its env does not list.

    Source: `FilterComponents` in pkg/policy/utils/utils.go of kubevela v1.10.9, the same in v1.11.0.
    """
    by_name = {name: policy for _, name, policy in named_policies(app)}
    if kind == "deploy":
        for name in view.names(properties.get("policies")):
            selected = view.mapping(by_name.get(name, {}), "properties").get("selector")
            if isinstance(selected, list):
                known = [component for component in known if component in selected]
    elif kind == "deploy2env":
        policy = by_name.get(view.text(properties, "policy"), {})
        for env in view.sequence(view.mapping(policy, "properties"), "envs"):
            listed = view.names(view.mapping(env, "selector").get("components"))
            if view.text(env, "name") == view.text(properties, "env") and listed:
                known = [component for component in known if component in listed]
    return known


def _of_component(app: App, steps: list[Step], component: str, plan: str) -> list[int]:
    known = [view.text(part, "name") for part in app.components]
    if component not in known:
        raise Trouble(
            f"plan {plan!r} comes after component {component!r}, which is not there; there {_listed(known)}",
            route=("spec", "components"),
            cure="correct the plan's `after.component`, or narrow its `select`",
        )
    found = [i for i, step in enumerate(steps) if any(component in applied_by(app, part) for part in _parts(step))]
    if not found:
        raise _missing(
            plan, f"no step applies component {component!r}", steps, "name a step in the plan's `after.step`"
        )
    return found


def _of_step(steps: list[Step], name: str, plan: str) -> list[int]:
    found = [index for index, step in enumerate(steps) if name in view.step_names(step)]
    if not found:
        raise _missing(
            plan, f"there is no step {name!r}", steps, "correct the plan's `after.step`, or narrow its `select`"
        )
    return found


def _of_types(steps: list[Step], types: tuple[str, ...], plan: str) -> list[int]:
    found = [i for i, step in enumerate(steps) if any(view.text(part, "type") in types for part in _parts(step))]
    if not found:
        what = f"no step has type {' or '.join(map(repr, types))}"
        raise _missing(plan, what, steps, "correct the plan's `after.types`, or narrow its `select`")
    return found


def _parts(step: Step) -> list[Step]:
    return [step, *view.sub_steps(step)]


def _missing(plan: str, what: str, steps: list[Step], cure: str) -> Trouble:
    there = [
        f"{view.text(part, 'name') or '(unnamed)'} ({view.text(part, 'type')})" for s in steps for part in _parts(s)
    ]
    return Trouble(f"plan {plan!r}: {what}; there {_listed(there)}", route=_STEPS, cure=cure)


def _listed(there: list[str]) -> str:
    if not there:
        return "is none"
    return ("is " if len(there) == 1 else "are ") + ", ".join(there)
