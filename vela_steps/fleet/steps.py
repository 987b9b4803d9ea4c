"""From objects as the cluster has them to the state of each post-deploy step. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from vela_steps.locate.trouble import Trouble
from vela_steps.plan import ownership
from vela_steps.plan.view import App

OUR_TYPES = frozenset(("read-object", "await-object", "github-dispatch", "cdn-purge", "notify", "http-check"))


class StepState(NamedTuple):
    """One post-deploy step of one Application.

    `state` is KubeVela's phase of the step (succeeded, failed, skipped, running, pending, suspending), or "not
    started"; `since` is the RFC 3339 time from which that holds, or ""; `attempts` counts what was sent; `message` is
    what the step says of itself: what was sent with its link, or why it waits.
    """

    namespace: str
    application: str
    plan: str
    step: str
    type: str
    state: str
    since: str
    attempts: int
    message: str


def steps_of(app: Mapping[str, Any], markers: Mapping[str, Mapping[str, Any]]) -> list[StepState]:
    """The post-deploy steps of an Application: those of plans, and those of our types written by hand.

    `markers` are the Application's markers by the step's name.
    """
    plans = _plans(app)
    known = {one.get("name"): one for one in _each(_workflow(app, "status"), "steps", "subSteps")}
    wanted = list(_each(_workflow(app, "spec"), "steps", "subSteps"))
    metadata, reason = app["metadata"], stuck(app)
    return [
        _state(
            metadata,
            plans.get(step.get("name", ""), ""),
            step,
            known.get(step.get("name", "")) or {"message": reason},
            markers,
        )
        for step in wanted
        if step.get("name") in plans or step.get("type") in OUR_TYPES
    ]


def stuck(app: Mapping[str, Any]) -> str:
    """Why KubeVela cannot begin an Application's workflow, in its words; "" where it can."""
    conditions = (app.get("status") or {}).get("conditions") or []
    errors = [one.get("message", "") for one in conditions if one.get("reason") == "ReconcileError"]
    return "; ".join(dict.fromkeys(error for error in errors if error))


def refused(markers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """By step, what it was answered where it was refused more than once, and will try again."""
    found = {}
    for step, marker in markers.items():
        calls = _record(marker).get("calls", {}).values()
        says = [call.get("says", "") for call in calls if call.get("state") == "again" and call.get("attempts", 0) > 1]
        if says:
            found[step] = "; ".join(says)
    return found


def markers_by_owner(markers: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Markers by their owner's uid, then by the step's name."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for marker in markers:
        step = (marker["metadata"].get("annotations") or {}).get("vela-steps.dev/step", "")
        for owner in marker["metadata"].get("ownerReferences") or []:
            found.setdefault(owner["uid"], {})[step] = marker
    return found


def _plans(app: Mapping[str, Any]) -> dict[str, str]:
    try:
        record = ownership.read(App(dict(app)))
    except Trouble:
        return {}  # somebody edited the annotation; `inject` says so, and the steps of our types still show
    return {step: plan for plan, steps in record.plans.items() for step in steps}


def _workflow(app: Mapping[str, Any], part: str) -> dict[str, Any]:
    return (app.get(part) or {}).get("workflow") or {}


def _each(parent: Mapping[str, Any], *keys: str) -> Iterable[dict[str, Any]]:
    for one in parent.get(keys[0]) or []:
        yield one
        if len(keys) > 1:
            yield from _each(one, *keys[1:])


def _state(
    metadata: Mapping[str, Any],
    plan: str,
    step: Mapping[str, Any],
    known: Mapping[str, Any],
    markers: Mapping[str, Mapping[str, Any]],
) -> StepState:
    record = _record(markers.get(step.get("name", ""), {}))
    done = known.get("phase") in ("succeeded", "failed", "skipped")
    return StepState(
        namespace=metadata.get("namespace", ""),
        application=metadata["name"],
        plan=plan,
        step=step.get("name", ""),
        type=step.get("type", ""),
        state=known.get("phase", "not started"),
        since=known.get("lastExecuteTime" if done else "firstExecuteTime") or "",
        attempts=sum(call.get("attempts", 0) for call in record.get("calls", {}).values()),
        message=_message(known.get("message", ""), record, done=done),
    )


def _message(said: str, record: Mapping[str, Any], *, done: bool) -> str:
    """What a step says, and as long as it waits also what the last answer was.

    The step's own message stays the same while it waits, because another one would reset KubeVela's back-off.
    """
    if done and said:
        return said
    last = (record.get("state") or {}).get("last")
    answers = [last] if isinstance(last, str) else [call.get("says") for call in record.get("calls", {}).values()]
    return "; ".join(dict.fromkeys(part for part in (said, *answers) if part))


def _record(marker: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = json.loads((marker.get("data") or {}).get("record", "{}"))
    except ValueError:
        return {}  # somebody edited the marker: the state still comes from the Application
    return found if isinstance(found, dict) else {}
