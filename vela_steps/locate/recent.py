"""A bounded memory of what was made of something: manifests repeat themselves, within a file and across a fleet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(dict[Key, Value]):
    """`memory[key]` is `make(key)`, made once as long as the key is asked for now and then.

    It holds at most twice `most` values: when it is full it becomes the older half, from which only what is asked for
    again comes back. So what is frequent stays, however much there is that comes once.
    """

    def __init__(self, make: Callable[[Key], Value], most: int) -> None:
        super().__init__()
        self.make = make
        self.most = most
        self.older: dict[Key, Value] = {}

    def __missing__(self, key: Key) -> Value:
        value = self.older[key] if key in self.older else self.make(key)
        self.keep(key, value)
        return value

    def keep(self, key: Key, value: Value) -> None:
        """Remember a value."""
        if len(self) >= self.most:
            self.older = dict(self)
            self.clear()
        self[key] = value

    def known(self, key: Key) -> Value | None:
        """The value of a key where it is remembered; nothing is made."""
        value = self.get(key)
        if value is None and (value := self.older.get(key)) is not None:
            self.keep(key, value)
        return value
