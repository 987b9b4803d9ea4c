"""Who uses a step of the addon: what disabling it would take from under an Application. Pure.

KubeVela's own check looks at the first level of an Application's workflow only, and not at WorkflowRuns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

APPLICATION = "addon-vela-steps"  # the Application in vela-system that KubeVela makes of the addon
SYSTEM = "vela-system"
Object = Mapping[str, Any]


class User(NamedTuple):
    """One step of one object that is of a type that the addon installed."""

    kind: str
    namespace: str
    name: str
    step: str
    type: str


def installed(definitions: Iterable[Object]) -> set[tuple[str, str]]:
    """(namespace, step type) of the definitions that disabling the addon removes."""
    return {(one["metadata"]["namespace"], one["metadata"]["name"]) for one in definitions if _from_addon(one)}


def _from_addon(definition: Object) -> bool:
    """By the CLI, which makes the addon's Application the owner, or by vela-core, which labels what it applies."""
    metadata = definition["metadata"]
    labels = metadata.get("labels") or {}
    owners = metadata.get("ownerReferences") or []
    owned = any((owner.get("kind"), owner.get("name")) == ("Application", APPLICATION) for owner in owners)
    # In vela-system vela-core applies only what stays: read-object, where it replaces KubeVela's own.
    shadows = metadata["namespace"] != SYSTEM and labels.get("app.oam.dev/name") == APPLICATION
    return owned or shadows


def users(objects: Iterable[Object], there: set[tuple[str, str]]) -> list[User]:
    """The steps of Applications, Workflows and WorkflowRuns whose type is among `there`, for their namespace or all.

    A finished WorkflowRun uses nothing any more.
    """
    found = []
    for one in objects:
        metadata = one["metadata"]
        if (one.get("status") or {}).get("finished"):
            continue
        for step in _steps(one):
            kind = str(step.get("type", "")).partition("@")[0]  # type@v1 pins a revision
            if (SYSTEM, kind) in there or (metadata["namespace"], kind) in there:
                found.append(User(one["kind"], metadata["namespace"], metadata["name"], step.get("name", ""), kind))
    return sorted(found)


def _steps(one: Object) -> Iterator[Object]:
    """All steps with their sub-steps: of an Application, a WorkflowRun, or a Workflow (which has no spec)."""
    spec = one.get("spec") or {}
    workflow = one if one["kind"] == "Workflow" else spec.get("workflow") or spec.get("workflowSpec") or {}
    for step in workflow.get("steps") or []:
        yield step
        yield from step.get("subSteps") or []
