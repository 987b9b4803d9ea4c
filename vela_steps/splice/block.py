"""Edits of block style: whole lines go in, whole lines come out."""

from __future__ import annotations

from typing import Any

from vela_steps.locate.nodes import Node
from vela_steps.locate.trouble import Trouble
from vela_steps.splice.canvas import Canvas, Edit
from vela_steps.splice.render import entry_lines, item_lines, mapping_lines, sequence_lines


def add_entry(canvas: Canvas, node: Node, key: str, value: Any) -> Edit:
    """A new last entry of a block mapping."""
    offset = canvas.behind(node, node.column)
    return canvas.inserted(offset, entry_lines(key, value, node.column, canvas.style))


def remove_entry(canvas: Canvas, node: Node, index: int) -> Edit:
    """An entry of a block mapping goes with its lines."""
    key, value = node.entries[index]
    if canvas.text[canvas.line_start(key.start) : key.start].strip():
        raise Trouble("the entry does not begin on a line of its own", offset=key.start)
    return canvas.without_lines(key.start, value.end)


def fill_empty(canvas: Canvas, parent: Node, node: Node, value: Any) -> Edit:
    """A key without a value gets one, in the lines below it."""
    offset = canvas.behind(node, parent.column)
    style = canvas.style
    if isinstance(value, dict):
        return canvas.inserted(offset, mapping_lines(value, parent.column + style.step, style))
    return canvas.inserted(offset, sequence_lines(value, parent.column + style.dash, style))


def empty(canvas: Canvas, key: Node, node: Node, shown: str) -> list[Edit]:
    """A key loses the lines below it; `shown` is what stands behind it then (`{}`, `[]` or nothing)."""
    if canvas.line_start(node.start) == canvas.line_start(key.start):
        raise Trouble("the value begins on the line of its key", offset=node.start)
    first = canvas.line_end(key.end)
    edits = [canvas.without_lines(_first_line(canvas, first, node), node.end)]
    if shown:
        colon = canvas.text.index(":", key.end) + 1
        edits.append(Edit(colon, colon, f" {shown}"))
    return edits


def _first_line(canvas: Canvas, low: int, node: Node) -> int:
    start = canvas.dash(node, 0) if node.items else node.start
    return max(low, start)


def items(canvas: Canvas, node: Node, wanted: list[Any], new: type) -> list[Edit]:
    """The items of a block sequence: those that are not wanted go, new ones come behind the one before them."""
    edits = [
        canvas.without_lines(canvas.dash(node, index), item.end)
        for index, item in enumerate(node.items)
        if index not in wanted
    ]
    offset = canvas.line_start(canvas.dash(node, 0))
    for entry in wanted:
        if isinstance(entry, new):
            edits.append(canvas.inserted(offset, item_lines(entry.value, node.column, canvas.style)))  # type: ignore[attr-defined]
        else:
            offset = canvas.behind(node.items[entry], node.column)
    return edits
