"""Putting steps into a plain document: whole lines, and nothing else, go in at one or two places.

Whatever needs more (taking out, changing, filling what is empty) is left to `carry`. The outcome is the same. The
proof: each mapping that was edited is read again from its new lines and must say what was intended. A block mapping
reaches as far as its indentation does, so that nothing outside its lines can say anything else than before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from vela_steps.locate.plain import Outline, mapping
from vela_steps.locate.trouble import Route
from vela_steps.plan.memory import Memory
from vela_steps.splice.change import Add, Items, New, Operation, difference
from vela_steps.splice.render import Style, entry_lines, item_lines

_rendered: Memory[list[str]] = Memory()


class _Put(NamedTuple):
    """Lines that go in before line `at`, inside the mapping at `route` whose first line is `start`."""

    at: int
    lines: list[str]
    route: Route
    start: int
    column: int


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
        lines += outline.lines[done : put.at]
        lines += put.lines
        done = put.at
    lines += outline.lines[done:]
    if not _proved(outline, lines, puts, new):
        return None
    return outline._replace(lines=lines).text()


def _place(put: _Put) -> int:
    return put.at


def _proved(outline: Outline, lines: list[str], puts: list[_Put], new: dict[str, Any]) -> bool:
    """Whether each edited mapping, read by itself from its new lines, is what it shall become."""
    for route, start, column in {(put.route, put.start, put.column) for put in puts}:
        before = sum(len(put.lines) for put in puts if put.at <= start)
        end = _end(outline.lines, start, column)
        end += sum(len(put.lines) for put in puts if put.at <= end)
        wanted: Any = new
        for part in route:
            wanted = wanted[part]
        if mapping(lines[start + before : end], column, outline.closed) != wanted:
            return False
    return True


def _puts(outline: Outline, operation: Operation, style: Style) -> list[_Put]:
    """The lines of an operation and where they go; nothing where it is no insertion."""
    if isinstance(operation, Add):
        _, mark = _find(outline, operation.route)
        if mark is None:
            return []
        at = _behind(outline.lines, mark[1], mark[2], mark[2])
        lines = entry_lines(operation.key, operation.value, mark[2], style)
        return [_Put(at, lines, operation.route, mark[1], mark[2])]
    return _new_items(outline, operation, style) if isinstance(operation, Items) else []


def _find(outline: Outline, route: Route) -> tuple[Any, Any]:
    target: Any = outline.data
    for part in route:
        target = target[part]
    return target, outline.mark(target)


def _new_items(outline: Outline, operation: Items, style: Style) -> list[_Put]:
    items, mark = _find(outline, operation.route)
    _, outer = _find(outline, operation.route[:-1])
    kept = sum(type(item) is int for item in operation.items)
    if mark is None or outer is None or kept != len(items):
        return []
    puts: list[_Put] = []
    at, column = mark[1], mark[2]
    for item in operation.items:
        if isinstance(item, New):
            lines = _item_lines(item.value, column, style)
            puts.append(_Put(at, lines, operation.route[:-1], outer[1], outer[2]))
            continue
        found = outline.mark(items[item])
        if found is None:
            return []
        at = _behind(outline.lines, found[1], column + 1, column)
    return puts


def _item_lines(value: Any, column: int, style: Style) -> list[str]:
    return _rendered.get(value, (column, style), lambda: item_lines(value, column, style))


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


def _end(lines: list[str], start: int, column: int) -> int:
    """The first line behind a block mapping that begins in line `start` with its keys at `column`."""
    for at in range(start + 1, len(lines)):
        line = lines[at]
        body = line.lstrip(" ")
        if body and body[0] != "#" and len(line) - len(body) < column:
            return at
    return len(lines) - 1


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
