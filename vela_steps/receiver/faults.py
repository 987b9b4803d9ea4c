"""Faults on demand: which requests are answered slowly, wrongly or not at all."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vela_steps.errors import UsageError
from vela_steps.receiver.match import Match

BEFORE, AFTER = "before", "after"
TAKES = {"match", "times", "probability", "seed", "delay", "status", "served", "body", "headers", "close"}


@dataclass
class Fault:
    """One fault, for the next `times` matching requests (None: all of them).

    `delay` (seconds) comes before the answer, whichever it is. `status` replaces the service's answer, and the service
    does nothing; with `served` it has done its work, as behind a gateway that gave up waiting. `close` drops the
    connection: "before" the request is recorded (as if it had never arrived), or "after" it was recorded and the
    service has done its work, with no answer. A `probability` below 1 makes it random, by `seed` and the number of the
    matching request, so that a run can be had again.
    """

    id: int
    match: Match = field(default_factory=Match)
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    delay: float = 0.0
    status: int | None = None
    served: bool = False
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    close: str | None = None
    asked: int = 0
    hits: int = 0

    @classmethod
    def of(cls, number: int, data: Mapping[str, Any]) -> Fault:
        """Read a fault from JSON; UsageError says what is wrong with it."""
        unknown = set(data) - TAKES
        if unknown:
            raise UsageError(f"a fault has no {', '.join(sorted(unknown))}: it takes {', '.join(sorted(TAKES))}")
        fault = cls(number, **{**data, "match": Match.of(data.get("match", {}))})
        if fault.close not in (None, BEFORE, AFTER):
            raise UsageError(f"close is {fault.close!r}: it must be before or after")
        if fault.served and not fault.status:
            raise UsageError("served goes with a status: without one the service does its work anyway")
        if not (fault.delay or fault.status or fault.close):
            raise UsageError("a fault needs a delay, a status or a close")
        return fault

    def strikes(self) -> bool:
        """Count a matching request in, and say whether the fault strikes it."""
        if self.times is not None and self.hits >= self.times:
            return False
        self.asked += 1
        # Not for secrets: a fault must be the same again with the same seed.
        chance = random.Random(f"{self.seed}:{self.asked}").random()  # noqa: S311
        if chance >= self.probability:
            return False
        self.hits += 1
        return True

    @property
    def text(self) -> str:
        """The fault in a few words, as the record shows it."""
        status = f"status {self.status}" + (" though served" if self.served else "") if self.status else ""
        parts = [f"delay {self.delay:g} s" if self.delay else "", status]
        return ", ".join([part for part in parts if part] + ([f"closed {self.close}"] if self.close else []))

    def data(self) -> dict[str, Any]:
        """The fault for JSON, with how often it struck."""
        return {"id": self.id, "match": self.match.data(), "times": self.times, "hits": self.hits, "text": self.text}


class Faults:
    """The faults of one receiver: the first one in the order they were set that strikes a request counts."""

    def __init__(self) -> None:
        self.rules: dict[int, Fault] = {}
        self._last = 0

    def add(self, data: Mapping[str, Any]) -> Fault:
        """Set a fault."""
        self._last += 1
        fault = self.rules[self._last] = Fault.of(self._last, data)
        return fault

    def remove(self, number: int | None) -> None:
        """Take one fault away, or all."""
        if number is None:
            self.rules.clear()
        else:
            self.rules.pop(number, None)

    def strike(self, host: str, method: str, target: str, body: str, vendor: str) -> Fault | None:
        """The fault for a request, if any."""
        for fault in self.rules.values():
            if fault.match.asks(host, method, target, body, vendor) and fault.strikes():
                return fault
        return None
