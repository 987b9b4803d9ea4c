"""What is wanted: effects by which a request at the receiver is known, and the steps that are to cause them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

AT_LEAST_ONCE, AT_MOST_ONCE = "atLeastOnce", "atMostOnce"
# How a second one would be known. KEY: the receiver knows it by a key and takes it for the first. ASKED: the step asks
# the receiver for it before it sends again. NONE: nobody can tell, so `delivery` decides.
KEY, ASKED, NONE = "key", "asked", "none"
TOKEN = re.compile(r"\bfx[0-9a-f]{4}[0-9a-f]{8}\b")


@dataclass(frozen=True)
class Effect:
    """One thing that is to happen outside, once.

    `token` stands in its request; `effect` is what the stand-in calls it, `within` a regular expression that tells it
    from others of the same token; `call` is the step's own name for it, in the marker. `app` and `step` are filled in
    by the fleet.
    """

    token: str
    kind: str
    effect: str
    call: str
    delivery: str = AT_LEAST_ONCE
    identity: str = NONE
    within: str = ""
    app: str = ""
    step: str = ""


@dataclass(frozen=True)
class Step:
    """A workflow step and what it is to cause."""

    type: str
    properties: Mapping[str, Any]
    effects: tuple[Effect, ...] = ()
    settings: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()  # of the stand-ins: vendor, key, value

    def named(self, app: str, name: str) -> Step:
        """The same with its effects knowing where they belong."""
        return replace(self, effects=tuple(replace(one, app=app, step=name) for one in self.effects))


@dataclass(frozen=True)
class Maker:
    """What a step is made with: tokens of one run, which faults are set for; and where the receiver is."""

    http: str  # the receiver's plain base address
    smtp: int  # the port of its mail server
    patience: int = 1800  # seconds that a step waits; its pauses after broken connections grow with them
    run: str = field(default_factory=lambda: "fx" + secrets.token_hex(2))

    @property
    def wait(self) -> dict[str, str]:
        """The parameter of steps that wait."""
        return {"timeout": f"{self.patience}s"}

    def token(self) -> str:
        """A new name, found again by TOKEN."""
        return self.run + secrets.token_hex(4)


Recipe = Callable[[Maker, str], Step]
