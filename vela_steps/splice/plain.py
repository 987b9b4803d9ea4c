"""Putting steps into a plain document: whole lines, and nothing else, go in at one or two places.

Whatever needs more (taking out, changing, filling what is empty) is left to `carry`. The outcome is the same. The
proof: what went in is read by itself and must say what was intended; it begins at the column of its siblings, so that
it ends whatever stands open before it, and what follows stands no deeper, so that it goes on as it did.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from vela_steps.locate.plain import Outline, mapping, sequence
from vela_steps.plan.memory import Memory
from vela_steps.splice.change import Add, Items, New, Operation, difference
from vela_steps.splice.render import Style, entry_lines, item_lines

_rendered: Memory[list[str]] = Memory()


class _Put(NamedTuple):
    """Lines that go in before line `at`; what follows them stands at `most` or less deep."""

    at: int
    lines: list[str]
    most: int


def inserted(outline: Outline, new: dict[str, Any]) -> str | None:
    """The document's text with what `new` has more than its data, None where lines put in cannot do that."""
    style = _style(outline)
    puts: list[_Put] = []
    for operation in difference(outline.data, new):
        found = _puts(outline, operation, style)
        if not found:
            return None
        puts += found
    puts.sort(key=_place)
    lines: list[str] = []
    done = 0
    for put in puts:
        if _margin_behind(outline.lines, put.at) > put.most:
            return None
        lines += outline.lines[done : put.at]
        lines += put.lines
        done = put.at
    lines += outline.lines[done:]
    return outline._replace(lines=lines).text()


def _place(put: _Put) -> int:
    return put.at


def _puts(outline: Outline, operation: Operation, style: Style) -> list[_Put]:
    """The lines of an operation and where they go; nothing where it is no insertion, or not surely right."""
    if isinstance(operation, Add):
        return _new_entry(outline, operation, style)
    return _new_items(outline, operation, style) if isinstance(operation, Items) else []


def _new_entry(outline: Outline, operation: Add, style: Style) -> list[_Put]:
    _, mark = _find(outline, operation)
    if mark is None:
        return []
    _, line, column, _ = mark
    lines = entry_lines(operation.key, operation.value, column, style)
    if mapping(lines, column) != {operation.key: operation.value}:
        return []
    return [_Put(_behind(outline.lines, line, column, column), lines, column - 1)]


def _find(outline: Outline, operation: Operation) -> tuple[Any, Any]:
    target: Any = outline.data
    for part in operation.route:
        target = target[part]
    return target, outline.mark(target)


def _new_items(outline: Outline, operation: Items, style: Style) -> list[_Put]:
    items, mark = _find(outline, operation)
    if mark is None or sum(type(item) is int for item in operation.items) != len(items):
        return []
    puts: list[_Put] = []
    _, line, column, _ = mark
    before: Any = None  # the item that stays and is followed by new ones
    for item in operation.items:
        if not isinstance(item, New):
            before = items[item]
            continue
        lines = _item_lines(item.value, column, style)
        found = outline.mark(before) if before is not None else None
        if not lines or (before is not None and found is None):
            return []
        at = line if found is None else _behind(outline.lines, found[1], column + 1, column)
        puts.append(_Put(at, lines, column))
    return puts


def _item_lines(value: Any, column: int, style: Style) -> list[str]:
    """The lines of an item, none where they would not say what was intended."""
    return _rendered.get(value, (column, style), lambda: _proved_lines(value, column, style))


def _proved_lines(value: Any, column: int, style: Style) -> list[str]:
    lines = item_lines(value, column, style)
    return lines if sequence(lines, column) == [value] else []


def _margin_behind(lines: list[str], at: int) -> int:
    """The column of the first line from `at` on that says something, -1 at the end."""
    for line in lines[at:]:
        body = line.lstrip(" ")
        if body and body[0] != "#":
            return len(line) - len(body)
    return -1


def _behind(lines: list[str], start: int, least: int, column: int) -> int:
    """The line behind a block value that begins in line `start`, as `Canvas.behind` finds it: behind its last line
    (which stands at `least` or deeper) and the comments deeper than `column` that follow it."""
    end = start + 1
    shallow = False
    for at in range(start + 1, len(lines)):
        line = lines[at]
        body = line.lstrip(" ")
        if not body:
            continue
        margin = len(line) - len(body)
        if body[0] == "#":
            if margin <= column:
                shallow = True
            elif not shallow:
                end = at + 1
        elif margin >= least:
            end, shallow = at + 1, False
        else:
            break
    return end


def _style(outline: Outline) -> Style:
    step, dash = 0, -1
    for collection, _, column, outer in outline.marks:
        if outer >= 0:
            if type(collection) is list:
                dash = column - outer if dash < 0 else dash
            else:
                step = step or column - outer
        if step and dash >= 0:
            break
    return Style(step=step or 2, dash=2 if dash < 0 else dash, literal=outline.closed)
