"""What the services outside are like: slow, failing and cut off, at random and the same again for a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vela_steps.receiver.client import Receiver

BODY = '{"message": "chaos"}'
# How often each strikes, of all requests; a "served" error is a gateway's that gave up while the service did its work.
TROUBLES: tuple[tuple[float, dict[str, Any]], ...] = (
    (0.07, {"close": "before"}),
    (0.07, {"close": "after"}),
    (0.06, {"status": 503, "body": BODY}),
    (0.03, {"status": 504, "body": BODY, "served": True}),
    (0.05, {"status": 429, "body": BODY, "headers": {"retry-after": "1"}}),
    (0.12, {"delay": 0.4}),
    (0.06, {"delay": 3.0}),
)


@dataclass
class Weather:
    """The faults of one run, on the requests that hold one of its tokens. A receiver that was restarted has none."""

    token: str
    seed: int
    changes: int = 0

    def set(self, receiver: Receiver) -> None:
        """Begin, with other chances than before."""
        self.changes += 1
        for place, (chance, what) in enumerate(TROUBLES):
            seed = (self.seed * 1000 + self.changes) * 100 + place
            receiver.fault(match={"contains": self.token}, probability=chance, seed=seed, **what)
