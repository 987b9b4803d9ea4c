"""Where the steps of each plan stand among the steps that belong to no plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vela_steps.locate.trouble import Trouble
from vela_steps.plan import view
from vela_steps.plan.anchors import anchored
from vela_steps.plan.base import Base
from vela_steps.plan.build import build
from vela_steps.plan.implicit import DAG, modes
from vela_steps.plan.model import Plan
from vela_steps.plan.ownership import Record
from vela_steps.plan.view import App, Step


class Placed:
    """The steps of one plan and the index of the step of nobody's that they follow (-1: the start)."""

    __slots__ = ("after", "plan", "steps")

    def __init__(self, after: int, plan: str, steps: list[Step]) -> None:
        self.after, self.plan, self.steps = after, plan, steps


def placed(app: App, plans: Sequence[Plan], base: Base) -> list[Placed]:
    """The steps of the plans that are given and select the Application."""
    mode, sub_mode = modes(app)
    places = []
    for plan in plans:
        indices = anchored(app, base.steps, plan.after, plan.name)
        names = [view.text(base.steps[index], "name") for index in indices]
        if mode == DAG and not all(names):
            raise Trouble(
                "this step has no name, so that no other step can depend on it",
                route=_route_of(app, base.steps[indices[names.index("")]]),
                cure="name it; KubeVela's webhook would, and Git would differ from the cluster",
            )
        places.append(Placed(indices[-1], plan.name, build(plan, app, mode, sub_mode, names)))
    return places


def others(app: App, record: Record, given: Mapping[str, Plan], base: Base) -> list[Placed]:
    """The steps of the plans that are not given, where they stand."""
    if not record.plans or record.plans.keys() <= given.keys():
        return []
    index_of = {id(step): index for index, step in enumerate(base.steps)}
    by_name = {view.text(step, "name"): index for index, step in enumerate(base.steps)}
    owner = {name: plan for plan, names in record.plans.items() for name in names}
    found: dict[str, Placed] = {}
    after = -1
    for step in app.steps:
        name = view.text(step, "name")
        plan = owner.get(name)
        if plan is None:
            after = index_of.get(id(step), by_name.get(name, after))
        elif plan not in given:
            place = found.setdefault(plan, Placed(after, plan, []))
            place.steps.append(step)
    return list(found.values())


def _route_of(app: App, step: Step) -> tuple[str | int, ...]:
    for index, written in enumerate(app.steps):
        if written is step:
            return ("spec", "workflow", "steps", index)
    return ("spec", "workflow", "steps")
