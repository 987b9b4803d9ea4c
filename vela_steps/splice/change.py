"""The difference between two states of one document, as operations on routes.

Mappings are compared key by key; items of a list are kept, left out or written anew as wholes. Of those, what is not
ours stays before anything else does.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from vela_steps.locate.trouble import Route
from vela_steps.plan.same import same


class Add:
    """A new key at the end of the mapping at `route`."""

    __slots__ = ("key", "route", "value")

    def __init__(self, route: Route, key: str, value: Any) -> None:
        self.route, self.key, self.value = route, key, value


class Remove:
    """A key and its value go from the mapping at `route`."""

    __slots__ = ("key", "route")

    def __init__(self, route: Route, key: str) -> None:
        self.route, self.key = route, key


class Replace:
    """The value at `route` becomes another."""

    __slots__ = ("route", "value")

    def __init__(self, route: Route, value: Any) -> None:
        self.route, self.value = route, value


class Items:
    """The list at `route` becomes `items`: the index of an item that stays, or a `New` one."""

    __slots__ = ("items", "route")

    def __init__(self, route: Route, items: list[Any]) -> None:
        self.route, self.items = route, items


class New:
    """An item that is written."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


Operation = Add | Remove | Replace | Items


def difference(
    old: dict[str, Any], new: dict[str, Any], route: Route = (), ours: Container[str] = ()
) -> list[Operation]:
    """The operations that lead from `old` to `new`; list items whose names are not in `ours` stay if they can."""
    found: list[Operation] = []
    kept = 0
    for key, value in new.items():
        if key not in old:
            found.append(Add(route, key, value))
            continue
        kept += 1
        if old[key] is not value:
            found += _changed((*route, key), old[key], value, ours)
    if kept < len(old):
        found += [Remove(route, key) for key in old if key not in new]
    return found


def _changed(route: Route, old: Any, new: Any, ours: Container[str]) -> list[Operation]:
    if isinstance(old, dict) and isinstance(new, dict) and old and new:
        return difference(old, new, route, ours)
    if isinstance(old, list) and isinstance(new, list):
        items = _aligned(old, new, ours)
        return [] if len(items) == len(old) and _all_stay(items) else [Items(route, items)]
    return [] if same(old, new) else [Replace(route, new)]


def _aligned(old: list[Any], new: list[Any], ours: Container[str]) -> list[Any]:
    """Which old items stay: all that are not ours, and between them those of ours that come again in the same order.

    Whatever of ours moves past an item that is not ours is what is written anew.
    """
    items: list[Any] = []
    for index in range(min(len(old), len(new))):  # what stands at the front mostly stays
        if old[index] is not new[index] and (_name(old[index]) in ours or not same(old[index], new[index])):
            break
        items.append(index)
    begin = len(items)
    if begin == len(old):
        return items + [New(item) for item in new[begin:]]
    low, new_low = begin, begin
    for index, at in _staying(old, new, begin, ours):
        items += [*_matched(old, low, index, new[new_low:at]), index]
        low, new_low = index + 1, at + 1
    return items + _matched(old, low, len(old), new[new_low:])


def _all_stay(items: list[Any]) -> bool:
    for item in items:  # noqa: SIM110 - a generator costs more than the rest
        if isinstance(item, New):
            return False
    return True


def _staying(old: list[Any], new: list[Any], begin: int, ours: Container[str]) -> Iterator[tuple[int, int]]:
    """The old items that are not ours, each with its place among the new: their order is the same there."""
    at = begin
    for index in range(begin, len(old)):
        if _name(old[index]) in ours:
            continue
        while at < len(new) and not same(old[index], new[at]):
            at += 1
        if at == len(new):
            return  # it is gone, which only the owner of a list may ask for
        yield index, at
        at += 1


def _matched(old: list[Any], low: int, high: int, new: list[Any]) -> list[Any]:
    """The new items, each the one of `old[low:high]` that it is, where that comes in the same order."""
    items: list[Any] = []
    places: dict[Any, list[int]] = {}  # where each name stands, the last place first: long lists are no squares
    for index in range(high - 1, low - 1, -1):
        places.setdefault(_name(old[index]), []).append(index)
    for item in new:
        there = places.get(_name(item), [])
        while there and there[-1] < low:
            there.pop()
        at = next((index for index in reversed(there) if old[index] is item), -1)
        if at < 0:
            at = next((index for index in reversed(there) if same(old[index], item)), -1)
        items.append(New(item) if at < 0 else at)
        low = max(low, at + 1)
    return items


def _name(item: Any) -> Any:
    """A step's name, None for what has none: what is the same has the same."""
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else None


def applied(value: Any, operation: Operation, at: int = 0) -> Any:
    """A document's value with one operation carried out; the given value is not changed."""
    if at < len(operation.route):
        step = operation.route[at]
        if isinstance(value, list):
            return [applied(item, operation, at + 1) if index == step else item for index, item in enumerate(value)]
        return {key: applied(item, operation, at + 1) if key == step else item for key, item in value.items()}
    if isinstance(operation, Add):
        return {**value, operation.key: operation.value}
    if isinstance(operation, Remove):
        return {key: item for key, item in value.items() if key != operation.key}
    if isinstance(operation, Items):
        return [item.value if isinstance(item, New) else value[item] for item in operation.items]
    return operation.value
