"""Steps that would wait for ever: KubeVela leaves a step pending until all that it depends on have ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from vela_steps.locate.trouble import Trouble
from vela_steps.plan import view
from vela_steps.plan.implicit import DAG, STEP_BY_STEP, modes
from vela_steps.plan.ownership import Record
from vela_steps.plan.placing import Placed
from vela_steps.plan.view import Step

_STEPS = ("spec", "workflow", "steps")
_START = "\n"  # before a group's number: the moment at which its sub-steps may begin; no name begins so


def check_dependencies(app: dict[str, Any], record: Record, steps: Sequence[Step], places: Sequence[Placed]) -> None:
    """No step of a plan, and none that depends on one, waits for what is not there, comes later, or waits for it."""
    if not any(map(_waits, steps)):
        return
    owner = {name: place.plan for place in places for step in place.steps for name in view.step_names(step)}
    known = dict.fromkeys(name for step in steps for name in view.step_names(step))
    gone = left_over(app, record, known)
    for name, other in _dependencies(steps):
        if name in owner and other not in known:
            raise _unknown(owner[name], name, other, known)
        if other in gone:
            raise _gone(name, other, gone[other])
    mode, sub_mode = modes(app)
    if mode != DAG:
        _refuse_later(steps, owner)
    waits = _graph(steps, sub_mode)
    if _is_circular(owner, waits):
        _refuse_circles(owner, waits)


def check_removal(app: dict[str, Any], record: Record, new: dict[str, Any]) -> tuple[Trouble, ...]:
    """What to say of hand-written steps that depend on what was taken out; raises Trouble for those of a plan."""
    steps = view.written_steps(new)
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


def left_over(app: dict[str, Any], record: Record, known: Mapping[str, Any]) -> dict[str, str]:
    """The names of plans' steps that stand in the Application and are not among the known, each with its plan."""
    owner = {name: plan for plan, names in record.plans.items() for name in names}
    return {
        name: owner[view.text(step, "name")]
        for step in (view.written_steps(app) if owner else ())
        if view.text(step, "name") in owner
        for name in view.step_names(step)
        if name not in known
    }


def way_back(start: str, waits: Mapping[str, Sequence[str]]) -> list[str]:
    """The shortest chain of waiting from a step to itself; empty where there is none."""
    came: dict[str, str] = {}
    reached = [start]
    for name in reached:
        for other in waits.get(name, ()):
            if other == start:
                way = [start, name]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return way[::-1]
            if other not in came:
                came[other] = name
                reached.append(other)
    return []


def _waits(step: Step) -> bool:
    return "dependsOn" in step or ("subSteps" in step and any("dependsOn" in sub for sub in view.sub_steps(step)))


def _dependencies(steps: Iterable[Step]) -> Iterator[tuple[str, str]]:
    """Each step's or sub-step's name with each name that it depends on."""
    for step in steps:
        for part in (step, *view.sub_steps(step)) if "subSteps" in step else (step,):
            for other in view.names(part.get("dependsOn")):
                yield view.text(part, "name"), other


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
                    if name in owner
                    else f"let the plan come after a step before {name!r}, or set the workflow's mode to DAG",
                )


def _graph(steps: Sequence[Step], sub_mode: str) -> dict[str, list[str]]:
    """What each step waits for before it has ended: a group for its sub-steps, and those for what the group does."""
    waits: dict[str, list[str]] = {}
    for index, step in enumerate(steps):
        name, after = view.text(step, "name"), view.names(step.get("dependsOn"))
        subs = view.sub_steps(step)
        before = [f"{_START}{index}"]
        for sub in subs:
            waits[view.text(sub, "name")] = [*view.names(sub.get("dependsOn")), *before]
            if (view.text(step, "mode") or sub_mode) == STEP_BY_STEP:
                before = [view.text(sub, "name")]
        if subs:
            waits[f"{_START}{index}"] = after
            after = [*after, *(view.text(sub, "name") for sub in subs)]
        if after:
            waits[name] = after
    return waits


def _is_circular(starts: Iterable[str], waits: Mapping[str, Sequence[str]]) -> bool:
    """Whether a circle can be reached from one of the steps."""
    entered: set[str] = set()
    left: set[str] = set()
    for start in starts:
        way = [start]
        while way:
            name = way[-1]
            if name in entered:
                left.add(way.pop())
                continue
            entered.add(name)
            for other in waits.get(name, ()):
                if other not in entered:
                    way.append(other)
                elif other not in left:
                    return True
    return False


def _refuse_circles(owner: Mapping[str, str], waits: Mapping[str, Sequence[str]]) -> None:
    for name, plan in owner.items():
        if way := [step for step in way_back(name, waits) if not step.startswith(_START)]:
            raise Trouble(
                f"plan {plan!r}: the steps wait for each other, so that none of them would ever run: {' → '.join(way)}",
                route=_STEPS,
                cure="take one of these `dependsOn` out, or let the plan come after another step",
            )


def _unknown(plan: str, name: str, other: str, known: Mapping[str, Any]) -> Trouble:
    from difflib import get_close_matches  # only where something is wrong already

    near = get_close_matches(other, known, 1)
    return Trouble(
        f"plan {plan!r}: step {name!r} depends on {other!r}, which is not there; there are {', '.join(known)}",
        route=_STEPS,
        cure=f"did you mean {near[0]!r}?" if near else "correct the plan's `dependsOn`",
    )


def _gone(name: str, other: str, plan: str) -> Trouble:
    return Trouble(
        f"step {name!r} depends on {other!r}, which plan {plan!r} no longer has, and would wait for it for ever",
        route=_STEPS,
        cure="correct its `dependsOn` first, or let the plan's step keep its name",
    )


def _route(app: dict[str, Any], name: str) -> tuple[str | int, ...]:
    for index, step in enumerate(view.written_steps(app)):
        if name in view.step_names(step):
            return (*_STEPS, index)
    return _STEPS
