"""Equality of plain data as YAML and JSON mean it: `1`, `1.0` and `true` differ, the order of keys does not count."""

from __future__ import annotations

from typing import Any


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same data. Shared parts are compared by identity first, so aliases cost nothing."""
    if one is other:
        return True
    if type(one) is str:
        return type(other) is str and bool(one == other)
    if isinstance(one, dict) and isinstance(other, dict):
        if len(one) != len(other):
            return False
        for key, value in one.items():  # noqa: SIM110 - a generator costs more than most comparisons
            if key not in other or not same(value, other[key]):
                return False
        return True
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)
