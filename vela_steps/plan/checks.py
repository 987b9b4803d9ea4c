"""What KubeVela would refuse or never run: references beside steps, names used twice, dependencies on nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vela_steps.locate.trouble import Trouble
from vela_steps.plan import view
from vela_steps.plan.base import Base
from vela_steps.plan.placing import Placed
from vela_steps.plan.view import Step


def refuse_reference(app: dict[str, Any]) -> None:
    """`spec.workflow.ref` and steps exclude each other."""
    flow = view.workflow(app) or {}
    if flow.get("ref"):
        raise Trouble(
            f"the workflow is a reference to {flow['ref']!r}, and KubeVela refuses steps beside `ref`",
            route=("spec", "workflow", "ref"),
            cure="copy the steps of that Workflow into spec.workflow.steps in place of `ref`, or put the new steps"
            " into that Workflow",
        )


def refuse_doubles(app: dict[str, Any]) -> None:
    """Two components of one name: a step that applies one of them could not say which.

    KubeVela's admission webhook refuses them (`ValidateComponentNames` in pkg/appfile/parser.go of v1.10.9), its
    controller does not look.
    """
    names = [component.get("name") for component in view.components(app)]
    if len(names) == len({str(name) for name in names}):
        return
    index = next(index for index, name in enumerate(names) if name in names[:index])
    raise Trouble(
        f"another component is called {names[index]!r}, too, which KubeVela's webhook refuses",
        route=("spec", "components", index, "name"),
        cure="rename one of the two",
    )


def check_names(app: dict[str, Any], base: Base, places: Sequence[Placed]) -> None:
    """Every step of a plan has a name that nothing else in the workflow has, sub-steps included."""
    owner = {name: "" for step in base.steps for name in view.step_names(step)}
    for place in places:
        for step in place.steps:
            for name in view.step_names(step):
                if name in owner:
                    raise _taken(app, name, place.plan, owner[name])
                owner[name] = place.plan


def check_dependencies(steps: Sequence[Step], dag: bool, places: Sequence[Placed]) -> None:
    """Each `dependsOn` of a plan's step names a step that is there, and (step by step) that ran before."""
    ours = {id(step): place.plan for place in places for step in place.steps if _depends(step)}
    if not ours:
        return
    known = dict.fromkeys(name for step in steps for name in view.step_names(step))
    before: set[str] = set()
    for step in steps:
        if id(step) in ours:
            inside = set(view.step_names(step))
            for part in (step, *view.sub_steps(step)):
                _check_one(part, ours[id(step)], known, None if dag else before | inside)
        before.update(view.step_names(step))


def _depends(step: Step) -> bool:
    return "dependsOn" in step or any("dependsOn" in sub for sub in view.sub_steps(step))


def _check_one(step: Step, plan: str, known: dict[str, None], before: set[str] | None) -> None:
    for name in view.names(step.get("dependsOn")):
        if name not in known:
            from difflib import get_close_matches  # only where something is wrong already

            near = get_close_matches(name, known, 1)
            raise Trouble(
                f"plan {plan!r}: step {step['name']!r} depends on {name!r}, which is not there; there are"
                f" {', '.join(known)}",
                route=("spec", "workflow", "steps"),
                cure=f"did you mean {near[0]!r}?" if near else "correct the plan's `dependsOn`",
            )
        if before is not None and name not in before:
            raise Trouble(
                f"plan {plan!r}: step {step['name']!r} depends on {name!r}, which comes later in a workflow that runs"
                " step by step, so that both would wait for ever",
                route=("spec", "workflow", "steps"),
                cure="let the plan come after that step, or set the workflow's mode to DAG",
            )


def _taken(app: dict[str, Any], name: str, plan: str, by: str) -> Trouble:
    route: tuple[str | int, ...] = ("spec", "workflow", "steps")
    for index, step in enumerate(view.written_steps(app)):
        if name in view.step_names(step):
            route = (*route, index)
            break
    whose = (
        f"by a step of plan {by!r}"
        if by and by != plan
        else "twice by its own steps"
        if by
        else "by a step that is not ours"
    )
    return Trouble(f"plan {plan!r}: the step name {name!r} is taken {whose}", route=route, cure="rename one of the two")
