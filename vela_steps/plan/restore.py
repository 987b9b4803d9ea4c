"""Taking our steps out again, and the record of ownership in and out of `metadata.annotations`."""

from __future__ import annotations

from typing import Any, Final

from vela_steps.plan import view
from vela_steps.plan.implicit import DAG, is_generable
from vela_steps.plan.isolation import released
from vela_steps.plan.ownership import ANNOTATION, Record
from vela_steps.plan.view import App, Step

OUR_MODE: Final = {"steps": DAG, "subSteps": DAG}
GENERATED_FIELDS: Final = frozenset(("name", "type", "properties", "dependsOn"))


def is_generated(step: Step, record: Record) -> bool:
    """Whether a step was written out in the controller's place and has not been taken over by hand since."""
    known = view.text(step, "name") in record.generated and step.keys() <= GENERATED_FIELDS
    return known and is_generable(step)


def restored(app: App, record: Record, gone: set[str]) -> dict[str, Any]:
    """The Application without the steps of the plans in `gone`; without the last plan, all that was added is gone."""
    ours = {name for plan in gone for name in record.plans.get(plan, [])}
    steps = [step for step in app.steps if view.text(step, "name") not in ours]
    kept = {plan: names for plan, names in record.plans.items() if plan not in gone}
    isolating = [plan for plan in record.isolating if plan not in gone]
    if kept:
        left = record._replace(plans=kept, isolating=isolating, filters=record.filters if isolating else {})
        return with_record(app, _with_steps(app, steps), left, record)
    by_us = all(is_generated(step, record) for step in steps)
    spec = _without_workflow(app, record) if by_us else _with_steps(app, steps)
    return with_record(app, spec, Record(created=record.created), record)


def with_record(app: App, spec: dict[str, Any], new: Record, old: Record) -> dict[str, Any]:
    """The Application with another spec, and the record `new` in place of `old`; one without plans leaves nothing."""
    annotations = app.annotations
    if old.filters and not new.filters:
        annotations = released(annotations, old.filters)
    if new.plans:
        annotations = {**annotations, ANNOTATION: new.text()}
    else:
        annotations = {key: value for key, value in annotations.items() if key != ANNOTATION}
    meta = _with_annotations(app.metadata, annotations, new.created)
    return _with_metadata({**app.data, "spec": spec}, meta, new.created)


def created_around(app: App) -> list[str]:
    """What has to be created around the steps and the record, in the words of `Record.created`."""
    created = _absent(app.data, "metadata") + _absent(app.metadata, "annotations")
    flow = app.workflow
    return created + (_absent(app.spec, "workflow") if flow is None else _absent(flow, "steps"))


def _absent(parent: dict[str, Any], key: str) -> list[str]:
    if key not in parent:
        return [key]
    return [f"{key}=null"] if parent[key] is None else []


def _with_annotations(meta: dict[str, Any], annotations: dict[str, Any], created: list[str]) -> dict[str, Any]:
    if not annotations and "annotations" in created:
        return {key: value for key, value in meta.items() if key != "annotations"}
    if not annotations and "annotations=null" in created:
        return {**meta, "annotations": None}
    return {**meta, "annotations": annotations}


def _with_metadata(app: dict[str, Any], meta: dict[str, Any], created: list[str]) -> dict[str, Any]:
    if not meta and "metadata" in created:
        return {key: value for key, value in app.items() if key != "metadata"}
    if not meta and "metadata=null" in created:
        return {**app, "metadata": None}
    return {**app, "metadata": meta}


def _with_steps(app: App, steps: list[Step]) -> dict[str, Any]:
    """The Application's spec with other steps."""
    return {**app.spec, "workflow": {**(app.workflow or {}), "steps": steps}}


def _without_workflow(app: App, record: Record) -> dict[str, Any]:
    """The Application's spec with nothing under `workflow` but what was there before the first plan came."""
    flow = dict(app.workflow or {})
    created = record.created
    whole = "workflow" in created or "workflow=null" in created
    if whole and flow.get("mode") == OUR_MODE:
        del flow["mode"]
    if whole or "steps" in created:
        flow.pop("steps", None)
    else:
        flow["steps"] = None if "steps=null" in created else []
    if flow or not whole:
        return {**app.spec, "workflow": flow}
    if "workflow=null" in created:
        return {**app.spec, "workflow": None}
    return {key: value for key, value in app.spec.items() if key != "workflow"}
