"""Which requests a question, a wait or a fault is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from vela_steps.errors import UsageError


@dataclass(frozen=True)
class Match:
    """Conditions that must all hold; an empty one always holds.

    `host` takes wildcards (*.acme.io); `path` is a regular expression, searched in the path with its query;
    `contains` is looked for in path, query and body: a token of one's own there tells tests apart.
    `effects` leaves out requests that only ask; `accepted` is whether the stand-in took the effect.
    """

    host: str = ""
    path: str = ""
    method: str = ""
    vendor: str = ""
    contains: str = ""
    effects: bool = False
    accepted: bool | None = None
    since: int = 0  # sequence numbers above this

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Match:
        """Read conditions from JSON; an unknown name or a bad expression is a UsageError."""
        unknown = set(data) - {known.name for known in fields(cls)}
        if unknown:
            raise UsageError(f"unknown condition: {', '.join(sorted(unknown))}")
        found = cls(**data)
        try:
            re.compile(found.path)
        except re.error as error:
            raise UsageError(f"path {found.path!r} is no regular expression: {error}") from error
        return found

    def data(self) -> dict[str, Any]:
        """The conditions that are set, for JSON."""
        return {name.name: value for name in fields(self) if (value := getattr(self, name.name)) != name.default}

    def asks(self, host: str, method: str, target: str, body: str, vendor: str) -> bool:
        """Whether a request that has not been answered yet fulfils the conditions it can already fulfil."""
        return (
            (not self.host or fnmatchcase(host, self.host.lower()))
            and (not self.method or method == self.method.upper())
            and (not self.vendor or vendor == self.vendor)
            and (not self.path or re.search(self.path, target) is not None)
            and (not self.contains or self.contains in target or self.contains in body)
        )

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Whether a recorded request fulfils all conditions."""
        target = record["path"] + ("?" + record["query"] if record["query"] else "")
        return (
            record["seq"] > self.since
            and (not self.effects or bool(record["effect"]))
            and (self.accepted is None or record["accepted"] == self.accepted)
            and self.asks(record["host"], record["method"], target, record.get("body") or "", record["vendor"])
        )
