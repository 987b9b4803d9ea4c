"""Remembering what is the same for many Applications: a plan's step without placeholders, and the text made of it.

Values are remembered by the identity of what they were made from, which is kept alive beside them, so that no two
things are ever mistaken for each other.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final, Generic, TypeVar

from vela_steps.locate.recent import remember

Value = TypeVar("Value")
_MOST: Final = 50  # values: a small memory stays in the processor's caches


class Memory(Generic[Value]):
    """A bounded memory of values by what they were made from."""

    def __init__(self) -> None:
        self.known: dict[Hashable, tuple[Any, Value]] = {}

    def find(self, source: Any, more: Hashable) -> Value | None:
        """The value that was made of `source` and `more`, None where it is not remembered."""
        found = self.known.get((id(source), more))
        return found[1] if found is not None and found[0] is source else None

    def keep(self, source: Any, more: Hashable, value: Value) -> Value:
        """Remember a value, and give it back."""
        return remember(self.known, (id(source), more), (source, value), _MOST)[1]
