"""What the account may not look at, so that nobody takes silence for health."""

from __future__ import annotations

from collections.abc import Iterator

from vela_steps.fleet.checks import Finding
from vela_steps.fleet.evidence import APPLICATIONS, Evidence


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding for all that was refused: an error where nothing was left to check."""
    if not evidence.unseen:
        return
    message = f"you may not look at {'; '.join(evidence.unseen)}: what depends on that was not checked"
    blind = any(what.startswith(APPLICATIONS) for what in evidence.unseen)
    if not blind:
        yield Finding("note", "permission", message)
        return
    cure = "name a namespace that you may look at (-n NS), or ask for `list` on applications.core.oam.dev"
    yield Finding("warning" if evidence.steps else "error", "permission", message, cure)
