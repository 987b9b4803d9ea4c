"""The steps that belong to no plan: hand-written ones, and those written out in the controller's place."""

from __future__ import annotations

from vela_steps.locate.trouble import Trouble
from vela_steps.plan import ownership, view
from vela_steps.plan.implicit import generated
from vela_steps.plan.ownership import Record
from vela_steps.plan.restore import is_generated
from vela_steps.plan.same import same
from vela_steps.plan.view import App, Step


class Base:
    """`generated` names those of `steps` that the controller would generate."""

    __slots__ = ("generated", "steps")

    def __init__(self, steps: list[Step], generated: list[str]) -> None:
        self.steps, self.generated = steps, generated


def base_of(app: App, record: Record) -> Base:
    """The steps of nobody. Generated ones follow the components: a new one gets its step, a gone one loses it."""
    owned = record.names() if record.plans else set()
    rest = [step for step in app.steps if view.text(step, "name") not in owned] if owned else app.steps
    if rest and not record.generated:
        return Base(rest, [])
    fresh = _by_name(generated(app))
    if not rest:
        return Base(list(fresh.values()), list(fresh))
    if same(rest, list(fresh.values())) and fresh.keys() <= set(record.generated):
        return Base(rest, list(fresh))  # as it was left
    by_hand = [step for step in rest if _is_by_hand(step, record, fresh, app)]
    taken = {view.text(step, "name") for step in by_hand}
    fresh = {name: step for name, step in fresh.items() if name not in taken}
    there = {view.text(step, "name"): step for step in rest}
    current = {name: there[name] if same(there.get(name), step) else step for name, step in fresh.items()}
    return Base(_merged(rest, current, by_hand) if by_hand else list(current.values()), list(current))


def _by_name(steps: list[Step]) -> dict[str, Step]:
    fresh: dict[str, Step] = {}
    for step in steps:
        if fresh.setdefault(name := view.text(step, "name"), step) is not step:
            raise Trouble(
                f"KubeVela would generate two steps called {name!r}, which nobody could tell apart once written out",
                route=("spec", "policies"),
                cure="rename one of the policies or environments that they come from",
            )
    return fresh


def our_names(app: App) -> set[str]:
    """The names of the steps that are ours to write: those of plans, and those written in the controller's place."""
    record = ownership.read(app)
    return record.names() | {view.text(step, "name") for step in app.steps if is_generated(step, record)}


def _is_by_hand(step: Step, record: Record, fresh: dict[str, Step], app: App) -> bool:
    """Whether a step is hand-written: a generated one is from the time when it depends on one that is not generated."""
    if not is_generated(step, record):
        return True
    if "dependsOn" not in step or same(fresh.get(view.text(step, "name")), step):
        return False
    others = {view.text(other, "name") for other in app.steps}
    return not others.difference(record.generated).isdisjoint(view.names(step["dependsOn"]))


def _merged(rest: list[Step], current: dict[str, Step], by_hand: list[Step]) -> list[Step]:
    """The generated steps in place among hand-written ones; new ones follow the last that was there."""
    steps: list[Step] = []
    end = 0
    left = dict(current)
    theirs = set(map(id, by_hand))
    for step in rest:
        if id(step) in theirs:
            steps.append(step)
        elif (name := view.text(step, "name")) in left:
            steps.append(left.pop(name))
            end = len(steps)
    return [*steps[:end], *left.values(), *steps[end:]]
