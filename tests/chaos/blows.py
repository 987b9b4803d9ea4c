"""Who is struck when: `kill -9` at moments that follow what happens, not the clock, chosen by a seed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.chaos.history import API, CHANGE, CORE, NOTE, RECEIVER, REQUEST, History
from tests.chaos.weather import Weather
from vela_steps.receiver.client import Receiver
from vela_steps.sandbox.client import Sandbox

OUT = "receiver out of reach"
QUIET = 120.0  # seconds without anything new after which all goes on anyway
LATER = 3  # changes of Applications, at most, between the request or note that is waited for and the blow
AWAY = 8  # changes of Applications, at most, while the receiver is out of reach: each attempt that fails makes one


@dataclass
class Blows:
    """What is to be struck, in order, and how."""

    sandbox: Sandbox
    receiver: Callable[[], Receiver]
    weather: Weather
    history: History
    rng: Random
    order: list[str]
    gap: Callable[[int], float]  # about so many requests and notes to the next blow, with so many blows left

    def strike_all(self) -> None:
        """Each blow at its moment, until none is left or all is over."""
        for number, what in enumerate(self.order):
            if not self._moment(self.gap(len(self.order) - number)):
                return
            with self.history.blow(what):
                self._strike(what)

    def _moment(self, mean: float) -> bool:
        """Wait for a number of requests, of notes, or of both; False where all is over."""
        kinds = self.rng.choice(((REQUEST,), (NOTE,), (REQUEST, NOTE)))
        self._more(self.rng.randint(1, max(1, round(2 * mean * len(kinds) / 2))), *kinds)
        if self.rng.random() < 0.5:  # else at once: between a request and its note, or a note and its request
            self._more(self.rng.randint(1, LATER), CHANGE)
        return not self.history.over

    def _more(self, number: int, *kinds: str) -> None:
        """Wait until so many more of these have happened."""
        seen = self.history.seen

        def now() -> int:
            return sum(seen[kind] for kind in kinds)

        goal = now() + number
        self.history.wait(lambda: now() >= goal, QUIET)

    def _strike(self, what: str) -> None:
        if what == OUT:
            self.receiver().down()
            self._more(self.rng.randint(1, AWAY), CHANGE)
            self.receiver().up()
            return
        self._kill(what)
        if what == RECEIVER:
            self.weather.set(self.receiver())

    def _kill(self, what: str) -> None:
        """`kill -9` at this very moment; the supervisor then starts it again, and returns when it serves."""
        pid = self.sandbox.status()["components"][what]["pid"]
        if pid:
            os.kill(pid, signal.SIGKILL)
        self.sandbox.restart(what, kill=True)


def drawn(rng: Random, kills: int, apis: int, receivers: int) -> list[str]:
    """The order of the blows: the controller's are everywhere, the others somewhere among them."""
    order = [CORE] * kills + [API] * apis + [rng.choice((RECEIVER, OUT)) for _ in range(receivers)]
    rng.shuffle(order)
    return order
