"""What an Application becomes under some plans: plain data in, plain data out.

The rules that keep the result independent of how often and in which order plans are given: steps of a plan that is
given are computed anew from the steps that belong to nobody; steps of other plans stay where they stand; at one place,
plans stand in the order of their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from vela_steps.locate.trouble import Trouble
from vela_steps.plan import ownership, view
from vela_steps.plan.base import Base, base_of
from vela_steps.plan.checks import check_names, refuse_doubles, refuse_reference
from vela_steps.plan.isolation import isolated
from vela_steps.plan.model import Plan
from vela_steps.plan.ownership import Record
from vela_steps.plan.placing import Placed, others, placed
from vela_steps.plan.restore import OUR_MODE, created_around, restored, with_record
from vela_steps.plan.same import same
from vela_steps.plan.select import selects
from vela_steps.plan.view import App, Step
from vela_steps.plan.waiting import check_dependencies, check_removal

PUBLISH_VERSION: Final = "app.oam.dev/publishVersion"


_Names = tuple[str, ...]


class Decision:
    """What the Application becomes. `app` shares with the given one whatever stays as it is.

    `warnings` are what is no error of this edit, and has to be mended by hand.
    """

    __slots__ = ("added", "app", "created_workflow", "removed", "updated", "warnings")

    def __init__(
        self,
        app: dict[str, Any],
        added: _Names = (),
        updated: _Names = (),
        removed: _Names = (),
        created_workflow: bool = False,
    ) -> None:
        self.app = app
        self.added, self.updated, self.removed = added, updated, removed
        self.created_workflow = created_workflow
        self.warnings: tuple[Trouble, ...] = ()


def injected(data: dict[str, Any], plans: Iterable[Plan]) -> Decision:
    """The Application with the steps of exactly those given plans that select it; raises Trouble where it cannot be."""
    given = {plan.name: plan for plan in plans}
    app = App(data)
    record = ownership.read(app)
    active = [plan for plan in given.values() if selects(plan.select, app)]
    if not active:
        return removed(data, given)
    active.sort(key=_name_of)
    refuse_reference(app)
    refuse_doubles(app)
    base = base_of(app, record)
    places = [place for place in (*others(app, record, given, base), *placed(app, active, base)) if place.steps]
    if not places:
        return removed(data, given)
    places.sort(key=_order)
    steps = _interleaved(base, places)
    check_dependencies(app, record, steps, check_names(app, base, places, given))
    if same(steps, app.steps):
        return Decision(_written(app, record, base, places, app.steps, active))
    new = App(_written(app, record, base, places, steps, active))
    return _decision(app, new, record, _named([step for place in places for step in place.steps]), base)


def removed(data: dict[str, Any], names: Iterable[str] | None = None) -> Decision:
    """The Application without the steps of the named plans (None: of all)."""
    app = App(data)
    record = ownership.read(app)
    gone = set(record.plans if names is None else names) & set(record.plans)
    if not gone:
        return Decision(data)
    left = {name for plan, names in record.plans.items() if plan not in gone for name in names}
    new = App(restored(app, record, gone))
    kept = {name: step for name, step in _named(new.steps).items() if name in left}
    decision = _decision(app, new, record, kept, None)
    decision.warnings = check_removal(app, record, new)
    return decision


def _name_of(plan: Plan) -> str:
    return plan.name


def _order(place: Placed) -> tuple[int, str]:
    return place.after, place.plan


def _interleaved(base: Base, places: Sequence[Placed]) -> list[Step]:
    """The steps of nobody and those of the plans, which are in their order."""
    steps: list[Step] = []
    done = 0
    for place in places:
        steps += base.steps[done : place.after + 1]
        steps += place.steps
        done = place.after + 1
    return steps + base.steps[done:]


def _written(
    app: App, record: Record, base: Base, places: Sequence[Placed], steps: list[Step], active: Sequence[Plan]
) -> dict[str, Any]:
    flow = app.workflow
    flow = {"mode": dict(OUR_MODE), "steps": steps} if flow is None else {**flow, "steps": steps}
    plans = {place.plan: [view.text(step, "name") for step in place.steps] for place in places}
    if len(plans) > 1:
        plans = dict(sorted(plans.items()))
    created = record.created if record.plans else created_around(app)
    isolating = [plan.name for plan in active if plan.isolate_children]
    if record.isolating:
        isolating += set(record.isolating) & plans.keys() - {plan.name for plan in active}
        isolating.sort()
    left = Record(plans, base.generated, created, record.filters, isolating)
    stored = left._replace(filters={}) if record.filters and not isolating else left
    return _isolated(with_record(app, {**app.spec, "workflow": flow}, stored, record), left)


def _isolated(data: dict[str, Any], record: Record) -> dict[str, Any]:
    if not record.isolating:
        return data
    app = App(data)
    annotations, added = isolated(app.annotations)
    if not added:
        return data
    record = record._replace(filters={**record.filters, **added})
    annotations = {**annotations, ownership.ANNOTATION: record.text()}
    return {**data, "metadata": {**app.metadata, "annotations": annotations}}


def _decision(old: App, new: App, record: Record, after: dict[str, Step], base: Base | None) -> Decision:
    """What changes: the steps of the plans, and those written for the controller in a workflow that was there."""
    was, became = old.workflow, new.workflow
    created = was is None and became is not None
    ours = record.names() if record.plans else set()
    generated, steps = (base.generated, base.steps) if base is not None else ([], [])
    if not created and (record.generated or generated):
        ours.update(record.generated)
        after = {name: step for name, step in _named(steps).items() if name in generated} | after
    if not ours:
        return Decision(new.data, tuple(after), created_workflow=created)
    before = {name: step for name, step in _named(old.steps).items() if name in ours}
    left = _named(new.steps)
    return Decision(
        new.data,
        added=tuple([name for name in after if name not in before]),
        updated=tuple([name for name in after if name in before and not same(after[name], before[name])]),
        removed=tuple([name for name in before if name not in after and name not in left]),
        created_workflow=created,
    )


def _named(steps: Iterable[Step]) -> dict[str, Step]:
    """The steps by their names; of two with one name, the last."""
    return {view.text(step, "name"): step for step in steps}
