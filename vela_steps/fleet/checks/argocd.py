"""Argo CD, where it runs in the same cluster: does it wait for workflows, and leave KubeVela's children alone?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vela_steps.fleet.checks import Finding
from vela_steps.fleet.evidence import Evidence

HEALTH = "resource.customizations.health.core.oam.dev_Application"
CHILD = "resource.customizations.health.argoproj.io_Application"
WHOLE = "resource.customizations"  # the older form: one text for all kinds
TRACKING = "application.resourceTrackingMethod"
INSTANCE = "app.kubernetes.io/instance"


def check(evidence: Evidence) -> Iterator[Finding]:
    """The health check and the tracking method of each Argo CD."""
    if not evidence.argocd and "Argo CD's configuration" not in evidence.unseen:
        yield Finding("note", "Argo CD", "is not in this cluster")
    for config_map in evidence.argocd:
        where = f"Argo CD in {config_map['metadata']['namespace']}"
        data = config_map.get("data") or {}
        yield _health(where, data)
        yield from _parents(where, data, evidence)
        yield from _tracking(where, data, evidence)


def _health(where: str, data: Mapping[str, str]) -> Finding:
    if HEALTH in data or "core.oam.dev/Application" in data.get(WHOLE, ""):
        return Finding("ok", where, "has a health check for KubeVela's Applications")
    cure = "vela-steps argocd config prints the health check"
    return Finding("warning", where, "says Healthy as soon as an Application is applied, not when it is up", cure)


def _parents(where: str, data: Mapping[str, str], evidence: Evidence) -> Iterator[Finding]:
    if evidence.parents and CHILD not in data and "argoproj.io/Application" not in data.get(WHOLE, ""):
        message = f"{_some(evidence.parents)} and later sync-waves do not wait for the applications in them"
        yield Finding("warning", where, message, "vela-steps argocd config --app-of-apps prints the health check")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _tracking(where: str, data: Mapping[str, str], evidence: Evidence) -> Iterator[Finding]:
    if data.get(TRACKING, "annotation") != "label":
        yield Finding("ok", where, "tracks by annotation")
        return
    open_ones = [app["metadata"] for app in evidence.applications if not _isolated(app["metadata"])]
    if not open_ones:
        yield Finding("ok", where, "tracks by label, and every Application keeps the label from its children")
        return
    names = ", ".join(f"{one['namespace']}/{one['name']}" for one in open_ones[:3])
    message = f"tracks by label, and may prune what KubeVela creates for {len(open_ones)} Applications: {names}"
    cure = "set argocd: {isolateChildren: true} in the plan, or application.resourceTrackingMethod: annotation"
    yield Finding("error", where, message, cure)


def _isolated(metadata: Mapping[str, Any]) -> bool:
    labels = metadata.get("labels") or {}
    filtered = (metadata.get("annotations") or {}).get("filter.oam.dev/label-keys", "")
    return INSTANCE not in labels or INSTANCE in [key.strip() for key in filtered.split(",")]
