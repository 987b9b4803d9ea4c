"""Remembering what is the same for many Applications: a plan's step without placeholders, and the text made of it.

Values are remembered by the identity of what they were made from, which is kept alive beside them, so that no two
things are ever mistaken for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from vela_steps.locate.recent import remember

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """A bounded memory of values by what they were made from."""

    def __init__(self, most: int = 1_000) -> None:
        self.most = most
        self.known: dict[Hashable, tuple[Any, Value]] = {}

    def get(self, source: Any, more: Hashable, make: Callable[[], Value]) -> Value:
        """The value made of `source` and `more`; `make` is called only for what is not remembered."""
        key = (id(source), more)
        found = self.known.get(key)
        if found is not None and found[0] is source:
            return found[1]
        return remember(self.known, key, (source, make()), self.most)[1]
