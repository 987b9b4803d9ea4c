"""Who is struck when: `kill -9` at moments that follow what happens, not the clock, chosen by a seed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from tests.chaos.history import NOTE, REQUEST, Blow, History
from tests.chaos.weather import Weather
from vela_steps.receiver.client import Receiver
from vela_steps.sandbox.client import Sandbox

CORE, API, RECEIVER = "vela-core", "kube-apiserver", "receiver"
OUT = "receiver out of reach"
QUIET = 120.0  # seconds without anything new after which the next blow falls anyway
AWAY = 4.0  # seconds at most that the receiver stays out of reach


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
            with self._noted(what):
                self._strike(what)

    def _moment(self, mean: float) -> bool:
        """Wait for a number of requests, of notes, or of both; False where all is over."""
        kinds = self.rng.choice(((REQUEST,), (NOTE,), (REQUEST, NOTE)))
        more = self.rng.randint(1, max(1, round(2 * mean * len(kinds) / 2)))
        seen = self.history.seen

        def now() -> int:
            return sum(seen[kind] for kind in kinds)

        goal = now() + more
        self.history.wait(lambda: now() >= goal, QUIET)
        if self.rng.random() < 0.5:  # else at once: between a request and its note, or a note and its request
            time.sleep(self.rng.uniform(0, 0.5))
        return not self.history.over

    @contextmanager
    def _noted(self, what: str) -> Iterator[None]:
        at = time.time()
        yield
        self.history.blows.append(Blow(what, at, time.time()))

    def _strike(self, what: str) -> None:
        if what == OUT:
            self.receiver().down()
            time.sleep(self.rng.uniform(0.5, AWAY))
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
