"""A progress display: one line that is rewritten on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

_REWRITE_EVERY = 0.1  # seconds, on a terminal
_LINE_EVERY = 15.0  # seconds, in a log


class Progress:
    """Says what is being built and how far it is, on the error stream."""

    def __init__(
        self, total_seconds: float, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._out = out or sys.stderr
        self._clock = clock
        self._terminal = self._out.isatty()
        self._total = total_seconds
        self._before = 0.0  # estimated seconds of the components that are ready
        self._component = ""
        self._component_seconds = 0.0
        self._started = self._shown = clock()

    def begin(self, component: str, seconds: float) -> None:
        """A component's build starts; `seconds` is its estimate."""
        self._component, self._component_seconds = component, seconds
        self.update("starting", 0.0, force=True)

    def update(self, doing: str, share: float, *, force: bool = False) -> None:
        """`share` (0 to 1) of the component is done."""
        now = self._clock()
        if not force and now - self._shown < (_REWRITE_EVERY if self._terminal else _LINE_EVERY):
            return
        self._shown = now
        left = remaining(self._total, self._before + share * self._component_seconds, now - self._started)
        line = f"building {self._component}: {doing} ({share:.0%}; all: about {minutes(left)} left)"
        if self._terminal:
            self._out.write(f"\r\x1b[2K{line[:150]}")
        else:
            self._out.write(f"{line}\n")
        self._out.flush()

    def end(self) -> None:
        """The component is ready."""
        self._before += self._component_seconds
        self._line(f"built {self._component}")

    def clear(self) -> None:
        """Remove a half-written line, so that an error message starts on one of its own."""
        if self._terminal:
            self._out.write("\r\x1b[2K")
            self._out.flush()

    def _line(self, text: str) -> None:
        self.clear()
        self._out.write(f"{text}\n")
        self._out.flush()


def remaining(total: float, done: float, elapsed: float) -> float:
    """Seconds left, where `done` of `total` estimated seconds took `elapsed` real ones.

    The estimates come from one machine; the further this build is, the more its own speed counts.
    """
    if done <= 0 or total <= 0:
        return max(total - elapsed, 0.0)
    weight = min(done / total, 1.0)
    speed = (1 - weight) + weight * (elapsed / done)
    return max((total - done) * speed, 0.0)


def minutes(seconds: float) -> str:
    """'40 s' or '3 min'."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
