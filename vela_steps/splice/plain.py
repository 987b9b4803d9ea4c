"""Putting steps into a plain document: whole lines, and nothing else, go in at one or two places.

Whatever needs more (taking out, changing, filling what is empty) is left to `carry`. The outcome is the same, and so
is the proof: the edited lines are read again and must say what was intended.
"""

from __future__ import annotations

from typing import Any

from vela_steps.locate.plain import Outline, read
from vela_steps.plan.memory import Memory
from vela_steps.splice.change import Add, Items, New, Operation, difference
from vela_steps.splice.render import Style, entry_lines, item_lines

_rendered: Memory[list[str]] = Memory()


def inserted(outline: Outline, new: dict[str, Any]) -> str | None:
    """The document's text with what `new` has more than its data, None where lines put in cannot do that."""
    style = _style(outline)
    puts: list[tuple[int, list[str]]] = []
    for operation in difference(outline.data, new):
        found = _puts(outline, operation, style)
        if found is None:
            return None
        puts += found
    lines: list[str] = []
    done = 0
    for at, block in sorted(puts, key=lambda put: put[0]):
        lines += outline.lines[done:at]
        lines += block
        done = at
    lines += outline.lines[done:]
    again = read(lines, outline.newline, outline.closed)
    if again is None or again.data != new:
        return None
    return again.text()


def _puts(outline: Outline, operation: Operation, style: Style) -> list[tuple[int, list[str]]] | None:
    """The lines of an operation and where they go; None where it is no insertion."""
    target: Any = outline.data
    for part in operation.route:
        target = target[part]
    mark = outline.mark(target)
    if mark is None:
        return None
    _, line, column, _ = mark
    if isinstance(operation, Add):
        at = _behind(outline.lines, line, column, column)
        return [(at, entry_lines(operation.key, operation.value, column, style))]
    if isinstance(operation, Items):
        return _new_items(outline, operation, line, column, style)
    return None


def _new_items(
    outline: Outline, operation: Items, line: int, column: int, style: Style
) -> list[tuple[int, list[str]]] | None:
    items: Any = outline.data
    for part in operation.route:
        items = items[part]
    if sum(type(item) is int for item in operation.items) != len(items):
        return None
    puts: list[tuple[int, list[str]]] = []
    at = line
    for item in operation.items:
        if isinstance(item, New):
            lines = _item_lines(item.value, column, style)
            if puts and puts[-1][0] == at:
                lines = puts.pop()[1] + lines
            puts.append((at, lines))
            continue
        mark = outline.mark(items[item])
        if mark is None:
            return None
        at = _behind(outline.lines, mark[1], column + 1, column)
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
