"""Steps that would wait for ever: KubeVela leaves a step pending until all that it depends on have ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vela_steps.locate.trouble import Trouble
from vela_steps.plan import view
from vela_steps.plan.circles import START, graph, is_circular, way_back
from vela_steps.plan.implicit import DAG, modes
from vela_steps.plan.ownership import Record
from vela_steps.plan.view import App, Step

_STEPS = ("spec", "workflow", "steps")


def check_dependencies(app: App, record: Record, steps: Sequence[Step], owner: Mapping[str, str]) -> None:
    """No step of a plan, and none that depends on one, waits for what is not there, comes later, or waits for it.

    `owner` has the names of all steps, each with its plan.
    """
    missing, forward = _sorted_out(steps, owner)
    if missing:
        _refuse_missing(missing, left_over(app, record, owner), owner)
    if not forward:
        return  # every circle has a step that depends on a later one
    mode, sub_mode = modes(app)
    if mode != DAG:
        _refuse_later(steps, owner)
    ours = {name: plan for name, plan in owner.items() if plan}
    waits = graph(steps, sub_mode)
    if is_circular(ours, waits):
        _refuse_circles(ours, waits)


def check_removal(app: App, record: Record, new: App) -> tuple[Trouble, ...]:
    """What to say of hand-written steps that depend on what was taken out; raises Trouble for those of a plan."""
    steps = new.steps
    if not any(map(_waits, steps)):
        return ()
    owner = {name: plan for plan, names in record.plans.items() for name in names}
    whose = {part: owner.get(view.text(step, "name"), "") for step in steps for part in view.step_names(step)}
    gone = left_over(app, record, whose)
    found = []
    for name, other in _dependencies(steps):
        if other in gone and whose.get(name):
            raise Trouble(
                f"plan {whose[name]!r}: step {name!r} depends on {other!r}, which goes with plan {gone[other]!r}",
                route=_route(app, name),
                cure=f"take plan {whose[name]!r} out, too, or take that `dependsOn` out of it first",
            )
        if other in gone:
            message = f"step {name!r} depends on {other!r}, which is taken out, and will wait for it for ever"
            found.append(Trouble(message, route=_route(app, name), cure="take the name out of its `dependsOn`"))
    return tuple(found)


def left_over(app: App, record: Record, known: Mapping[str, Any]) -> dict[str, str]:
    """The names of plans' steps that stand in the Application and are not among the known, each with its plan."""
    owner = {name: plan for plan, names in record.plans.items() for name in names}
    return {
        name: owner[view.text(step, "name")]
        for step in (app.steps if owner else ())
        if view.text(step, "name") in owner
        for name in view.step_names(step)
        if name not in known
    }


def _waits(step: Step) -> bool:
    return "dependsOn" in step or ("subSteps" in step and any("dependsOn" in sub for sub in view.sub_steps(step)))


def _dependencies(steps: Iterable[Step]) -> list[tuple[str, str]]:
    """Each step's or sub-step's name with each name that it depends on."""
    found: list[tuple[str, str]] = []
    for step in steps:
        for part in (step, *view.sub_steps(step)) if "subSteps" in step else (step,):
            if "dependsOn" in part:
                name = view.text(part, "name")
                found += [(name, other) for other in view.names(part["dependsOn"])]
    return found


def _sorted_out(steps: Sequence[Step], owner: Mapping[str, str]) -> tuple[list[tuple[str, str]], bool]:
    """The dependencies on steps that are not there, and whether there is any on a later one."""
    before: set[str] = set()
    missing: list[tuple[str, str]] = []
    forward = False
    if not [step for step in steps if "dependsOn" in step or "subSteps" in step]:
        return missing, forward  # in a workflow that runs step by step there are mostly none
    for step in steps:
        if "dependsOn" in step or "subSteps" in step:
            for name, other in _dependencies([step]):
                if other not in owner:
                    missing.append((name, other))
                forward = forward or other not in before
        before.update(view.step_names(step))
    return missing, forward


def _refuse_later(steps: Sequence[Step], owner: Mapping[str, str]) -> None:
    place = {name: index for index, step in enumerate(steps) for name in view.step_names(step)}
    for index, step in enumerate(steps):
        for name, other in _dependencies((step,)):
            plan = owner.get(name) or owner.get(other)
            if plan and place.get(other, -1) > index:
                raise Trouble(
                    f"plan {plan!r}: step {name!r} depends on {other!r}, which comes later in a workflow that runs"
                    " step by step, so that both would wait for ever",
                    route=_STEPS,
                    cure="let the plan come after that step, or set the workflow's mode to DAG"
                    if owner.get(name)
                    else f"let the plan come after a step before {name!r}, or set the workflow's mode to DAG",
                )


def _refuse_circles(owner: Mapping[str, str], waits: Mapping[str, Sequence[str]]) -> None:
    for name, plan in owner.items():
        if way := [step for step in way_back(name, waits) if not step.startswith(START)]:
            raise Trouble(
                f"plan {plan!r}: the steps wait for each other, so that none of them would ever run: {' → '.join(way)}",
                route=_STEPS,
                cure="take one of these `dependsOn` out, or let the plan come after another step",
            )


def _refuse_missing(missing: list[tuple[str, str]], gone: Mapping[str, str], owner: Mapping[str, str]) -> None:
    """What plans' steps wait for has to be there; what hand-written ones wait for may not have gone with this edit."""
    for name, other in missing:
        if owner.get(name):
            raise _unknown(owner[name], name, other, owner)
        if other in gone:
            raise Trouble(
                f"step {name!r} depends on {other!r}, which plan {gone[other]!r} no longer has, and would wait for it"
                " for ever",
                route=_STEPS,
                cure="correct its `dependsOn` first, or let the plan's step keep its name",
            )


def _unknown(plan: str, name: str, other: str, known: Mapping[str, str]) -> Trouble:
    from difflib import get_close_matches  # only where something is wrong already

    near = get_close_matches(other, known, 1)
    return Trouble(
        f"plan {plan!r}: step {name!r} depends on {other!r}, which is not there; there are {', '.join(known)}",
        route=_STEPS,
        cure=f"did you mean {near[0]!r}?" if near else "correct the plan's `dependsOn`",
    )


def _route(app: App, name: str) -> tuple[str | int, ...]:
    for index, step in enumerate(app.steps):
        if name in view.step_names(step):
            return (*_STEPS, index)
    return _STEPS
