"""What KubeVela would refuse: references beside steps, names used twice."""

from __future__ import annotations

from collections.abc import Container, Sequence

from vela_steps.locate.trouble import Trouble
from vela_steps.plan import view
from vela_steps.plan.base import Base
from vela_steps.plan.placing import Placed
from vela_steps.plan.view import App


def refuse_reference(app: App) -> None:
    """`spec.workflow.ref` and steps exclude each other."""
    flow = app.workflow
    if flow is not None and flow.get("ref"):
        raise Trouble(
            f"the workflow is a reference to {flow['ref']!r}, and KubeVela refuses steps beside `ref`",
            route=("spec", "workflow", "ref"),
            cure="copy the steps of that Workflow into spec.workflow.steps in place of `ref`, or put the new steps"
            " into that Workflow",
        )


def refuse_doubles(app: App) -> None:
    """Two components of one name: a step that applies one of them could not say which.

    KubeVela's admission webhook refuses them (`ValidateComponentNames` in pkg/appfile/parser.go of v1.10.9), its
    controller does not look.
    """
    names = [component.get("name") for component in app.components]
    if len({str(name) for name in names}) == len(names):
        return
    index = next(index for index, name in enumerate(names) if name in names[:index])
    raise Trouble(
        f"another component is called {names[index]!r}, too, which KubeVela's webhook refuses",
        route=("spec", "components", index, "name"),
        cure="rename one of the two",
    )


def check_names(app: App, base: Base, places: Sequence[Placed], given: Container[str]) -> dict[str, str]:
    """Every step of a plan has a name that nothing else in the workflow has, sub-steps included.

    All names are given back, each with its plan, or with nothing where the step belongs to none.
    `given` are the names of the plans that are there now: others are known by what they left in the Application only.
    """
    owner: dict[str, str] = {}
    for step in base.steps:
        for name in view.step_names(step):
            owner[name] = ""
    for place in places:
        for step in place.steps:
            for name in view.step_names(step):
                if name in owner:
                    raise _taken(app, name, place.plan, owner[name], _cure(place.plan, owner[name], given))
                owner[name] = place.plan
    return owner


def _cure(plan: str, by: str, given: Container[str]) -> str:
    left = [name for name in (plan, by) if name and name not in given]
    if len(left) != 1:
        return "rename one of the two"
    return (
        f"where plan {left[0]!r} is what this plan was called before, take its steps out first, under that name"
        " (vela-steps remove --plan); otherwise rename one of the two steps"
    )


def _taken(app: App, name: str, plan: str, by: str, cure: str) -> Trouble:
    route: tuple[str | int, ...] = ("spec", "workflow", "steps")
    for index, step in enumerate(app.steps):
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
    return Trouble(f"plan {plan!r}: the step name {name!r} is taken {whose}", route=route, cure=cure)
