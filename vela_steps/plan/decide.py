"""What an Application becomes under some plans: plain data in, plain data out.

The rules that keep the result independent of how often and in which order plans are given: steps of a plan that is
given are computed anew from the steps that belong to nobody; steps of other plans stay where they stand; at one place,
plans stand in the order of their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

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
from vela_steps.plan.view import Step
from vela_steps.plan.waiting import check_dependencies, check_removal

PUBLISH_VERSION = "app.oam.dev/publishVersion"


class Decision(NamedTuple):
    """What the Application becomes. `app` shares with the given one whatever stays as it is.

    `warnings` are what is no error of this edit, and has to be mended by hand.
    """

    app: dict[str, Any]
    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    created_workflow: bool = False
    warnings: tuple[Trouble, ...] = ()


def injected(app: dict[str, Any], plans: Iterable[Plan]) -> Decision:
    """The Application with the steps of exactly those given plans that select it; raises Trouble where it cannot be."""
    given = {plan.name: plan for plan in plans}
    record = ownership.read(app)
    active = sorted((plan for plan in given.values() if selects(plan.select, app)), key=lambda plan: plan.name)
    if not active:
        return removed(app, given)
    refuse_reference(app)
    refuse_doubles(app)
    base = base_of(app, record)
    places = others(app, record, given, base) + placed(app, active, base)
    places = sorted((place for place in places if place.steps), key=lambda place: (place.after, place.plan))
    if not places:
        return removed(app, given)
    steps = _interleaved(base, places)
    check_dependencies(app, record, steps, check_names(app, base, places, given))
    new = _written(app, record, base, places, steps, active)
    return _decision(app, new, record, {name: step for place in places for name, step in _named(place.steps)}, base)


def removed(app: dict[str, Any], names: Iterable[str] | None = None) -> Decision:
    """The Application without the steps of the named plans (None: of all)."""
    record = ownership.read(app)
    gone = set(record.plans if names is None else names) & set(record.plans)
    if not gone:
        return Decision(app)
    left = {name for plan, names in record.plans.items() if plan not in gone for name in names}
    new = restored(app, record, gone)
    kept = {name: step for name, step in _named(view.written_steps(new)) if name in left}
    warnings = check_removal(app, record, new)
    return _decision(app, new, record, kept, None)._replace(warnings=warnings)


def _interleaved(base: Base, places: Sequence[Placed]) -> list[Step]:
    steps: list[Step] = []
    for index in range(-1, len(base.steps)):
        if index >= 0:
            steps.append(base.steps[index])
        for place in places:
            if place.after == index:
                steps += place.steps
    return steps


def _written(
    app: dict[str, Any], record: Record, base: Base, places: Sequence[Placed], steps: list[Step], active: Sequence[Plan]
) -> dict[str, Any]:
    created = record.created if record.plans else created_around(app)
    flow = view.workflow(app)
    flow = {"mode": dict(OUR_MODE), "steps": steps} if flow is None else {**flow, "steps": steps}
    new = {**app, "spec": {**view.spec(app), "workflow": flow}}
    plans = {place.plan: [view.text(step, "name") for step in place.steps] for place in places}
    plans = dict(sorted(plans.items()))
    names = {plan.name for plan in active}
    isolating = {plan.name for plan in active if plan.isolate_children}
    isolating |= {plan for plan in record.isolating if plan in plans and plan not in names}
    left = Record(plans, base.generated, created, record.filters, sorted(isolating))
    stored = left._replace(filters={}) if record.filters and not isolating else left
    return _isolated(with_record(new, stored, record), left)


def _isolated(app: dict[str, Any], record: Record) -> dict[str, Any]:
    if not record.isolating:
        return app
    annotations, added = isolated(view.annotations_of(app))
    if not added:
        return app
    record = record._replace(filters={**record.filters, **added})
    annotations = {**annotations, ownership.ANNOTATION: record.text()}
    return {**app, "metadata": {**view.metadata(app), "annotations": annotations}}


def _decision(
    old: dict[str, Any], new: dict[str, Any], record: Record, after: dict[str, Step], base: Base | None
) -> Decision:
    """What changes: the steps of the plans, and those written for the controller in a workflow that was there."""
    ours = {name for names in record.plans.values() for name in names}
    created = view.workflow(old) is None and view.workflow(new) is not None
    if not created and (record.generated or (base and base.generated)):
        ours.update(record.generated)
        names = base.generated if base else []
        after = {name: step for name, step in _named(base.steps if base else []) if name in names} | after
    before = {name: step for name, step in _named(view.written_steps(old)) if name in ours} if ours else {}
    left = {name for name, _ in _named(view.written_steps(new))} if before else set()
    return Decision(
        new,
        added=tuple(name for name in after if name not in before),
        updated=tuple(name for name in after if name in before and not same(after[name], before[name])),
        removed=tuple(name for name in before if name not in after and name not in left),
        created_workflow=created,
    )


def _named(steps: Iterable[Step]) -> Iterable[tuple[str, Step]]:
    return ((view.text(step, "name"), step) for step in steps)
