"""What `doctor` checks, one subject a module: evidence in, findings out, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from vela_steps.fleet.evidence import Evidence


class Finding(NamedTuple):
    """One thing that was looked at: `level` ok, note (worth knowing), warning or error, and the cure of it."""

    level: Literal["ok", "note", "warning", "error"]
    subject: str
    message: str
    cure: str = ""


Check = Callable[[Evidence], Iterator[Finding]]


def all_checks() -> list[Check]:
    """Every check, in the order in which causes stand before effects."""
    from vela_steps.fleet.checks import access, applications, argocd, credentials, definitions, versions

    return [access.check, versions.check, definitions.check, argocd.check, applications.check, credentials.check]
