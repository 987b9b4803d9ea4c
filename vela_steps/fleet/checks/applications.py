"""Applications: what keeps an edit of theirs from running."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vela_steps.fleet.checks import Finding
from vela_steps.fleet.evidence import Evidence

PUBLISH = "app.oam.dev/publishVersion"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Pinned versions, and debugging that would store credentials."""
    for app in evidence.applications:
        metadata = app["metadata"]
        subject = f"Application {metadata['namespace']}/{metadata['name']}"
        version = (metadata.get("annotations") or {}).get(PUBLISH)
        by_addon = "addons.oam.dev/name" in (metadata.get("labels") or {})  # `vela addon` bumps what it pins
        if version and not by_addon:
            message = f"is pinned to {PUBLISH} {version}: edits do not run until it changes"
            yield Finding("note", subject, message, "change it together with the Application")
        if _debugged(app):
            message = "has a debug policy, which stores what steps read, credentials too; steps with one refuse to run"
            yield Finding("warning", subject, message, "remove the policy")


def _debugged(app: Mapping[str, Any]) -> bool:
    return any(policy.get("type") == "debug" for policy in (app.get("spec") or {}).get("policies") or [])
