"""Step types: does the cluster know every one that is used, and do running Applications use the current one?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vela_steps.fleet.checks import Finding
from vela_steps.fleet.evidence import SHARED, SYSTEM, Evidence

# Built into the controller: no definition in the cluster (kubevela/workflow, pkg/types).
BUILTIN = frozenset(("apply-component", "suspend", "step-group"))


def check(evidence: Evidence) -> Iterator[Finding]:
    """Types without a definition, and Applications whose revision holds an older text of one."""
    known = SHARED not in evidence.unseen
    missing = list(_missing(evidence)) if known else []
    yield from missing
    if evidence.steps and known and not missing:
        yield Finding("ok", "step types", f"all {len({step.type for step in evidence.steps})} that are used are known")
    yield from _outdated(evidence)


def _missing(evidence: Evidence) -> Iterator[Finding]:
    users: dict[str, list[str]] = {}
    for step in evidence.steps:
        name = step.type.split("@")[0]
        known = {(step.namespace, name), (SYSTEM, name)} & set(evidence.definitions)
        if name and name not in BUILTIN and not known:
            users.setdefault(name, []).append(f"{step.place} ({step.name})")
    for name, places in sorted(users.items()):
        message = f"the cluster has no such type; used by {_some(places)}"
        yield Finding("error", f"step type {name}", message, "enable the addon that brings it before the Applications")


def _outdated(evidence: Evidence) -> Iterator[Finding]:
    for app in evidence.applications:
        metadata = app["metadata"]
        latest = ((app.get("status") or {}).get("latestRevision") or {}).get("name", "")
        revision = evidence.revisions.get((metadata["namespace"], latest), {})
        cached = (revision.get("spec") or {}).get("workflowStepDefinitions") or {}
        old = [name for name, one in cached.items() if _differs(evidence, metadata["namespace"], name, one)]
        if old:
            message = f"runs {', '.join(sorted(old))} as defined when {latest} was made"
            cure = "its next change takes the current definition"
            yield Finding("note", f"Application {metadata['namespace']}/{metadata['name']}", message, cure)


def _differs(evidence: Evidence, namespace: str, name: str, cached: Mapping[str, Any]) -> bool:
    if "@" in name:
        return False  # pinned on purpose
    current = evidence.definitions.get((namespace, name)) or evidence.definitions.get((SYSTEM, name))
    return current is not None and _template(current) != _template(cached)


def _template(definition: Mapping[str, Any]) -> Any:
    return (((definition.get("spec") or {}).get("schematic") or {}).get("cue") or {}).get("template")


def _some(places: list[str]) -> str:
    shown = sorted(set(places))
    rest = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    return ", ".join(shown[:3]) + rest
