"""What is there compiled of this package: functions of `compiled`, or None where it was installed without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from vela_steps.locate.outline import Outline

Collected = Callable[["Outline", str, int, int, bool], bool]
Markers = Callable[[str, int], list[tuple[int, int]]]


def _built() -> tuple[Collected | None, Markers | None]:
    try:
        from vela_steps.locate import compiled
    except ImportError:
        return None, None
    return compiled.collected, compiled.markers


_found = _built()
collected: Final = _found[0]
markers: Final = _found[1]
