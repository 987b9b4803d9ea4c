"""A progress bar on a terminal, for work that takes longer than a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 1.0  # seconds without a bar: most runs end within them, and importing the bar takes time


def progress(items: Iterator[T], again: Callable[[], Iterable[object]]) -> Iterator[T]:
    """The items; a bar on stderr once they take long. `again` gives them once more, to be counted."""
    start = time.monotonic()
    for done, item in enumerate(items, 1):
        yield item
        if time.monotonic() - start > PATIENCE:
            yield from _barred(items, done, sum(1 for _ in again()))


def _barred(items: Iterator[T], done: int, total: int) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    bar = Progress(
        BarColumn(), MofNCompleteColumn(), "files", TimeRemainingColumn(), console=Console(stderr=True), transient=True
    )
    with bar:
        task = bar.add_task("", total=total, completed=done)
        for item in items:
            yield item
            bar.advance(task)
