"""Bounded memories of what was made of something: manifests repeat themselves, within a file and across a fleet."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def remember(memory: dict[Key, Value], key: Key, value: Value, most: int) -> Value:
    """Remember a value, and give it back; a memory that is full forgets everything, which is cheap and rare."""
    if len(memory) >= most:
        memory.clear()
    memory[key] = value
    return value
