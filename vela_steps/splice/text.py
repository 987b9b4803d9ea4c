"""Edits of one text: keys that are appended to it, and taken off again, leave its other characters as they are."""

from __future__ import annotations

import re

from vela_steps.locate.nodes import SCALAR, Node
from vela_steps.locate.trouble import Trouble
from vela_steps.locate.values import scalar_value
from vela_steps.splice.canvas import Canvas, Edit
from vela_steps.splice.change import Replace
from vela_steps.splice.render import scalar

_KEYS = re.compile(r"(?:,[A-Za-z0-9./-]+)+,?\Z")  # the only text that is ever appended to a value of somebody else's


def replaced(canvas: Canvas, node: Node, operation: Replace, key: Node) -> list[Edit]:
    """A scalar becomes another; nothing where it has none yet, which is filled when what comes is put in."""
    value, parent = operation.value, canvas.parent_of(operation.route)
    if value is None:
        return [Edit(canvas.text.index(":", key.end) + 1, node.end, "")]
    is_null = node.kind == SCALAR and scalar_value(node) is None
    if is_null and isinstance(value, str) and not (node.value or node.tag or node.anchor or parent.flow):
        return []
    nothing = is_null or (not node.value and (node.plain or node.block))
    if nothing or node.kind != SCALAR or not isinstance(value, str):
        raise no_room(canvas, node, operation)
    edit = _appended(canvas, node, value)
    if edit and node.plain and parent.flow:
        raise no_room(canvas, node, operation)  # a comma would end it
    as_json = canvas.text.startswith('"', node.start)
    return [edit or Edit(node.start, node.end, scalar(value, flow=parent.flow, as_json=as_json))]


def filled(canvas: Canvas, key: Node, value: str) -> Edit:
    """A key without a value gets a text, on its line."""
    at = canvas.text.index(":", key.end) + 1
    return Edit(at, at, " " + scalar(value))


def no_room(canvas: Canvas, node: Node, operation: Replace) -> Trouble:
    """What to say of a value that cannot be added to as it is written."""
    return Trouble(
        f"`{operation.route[-1]}` is written as `{canvas.text[node.start : node.end]}`, which has no room for more",
        offset=node.start,
        route=operation.route,
        cure="write it in double quotes, or take the key out"
        if isinstance(operation.value, str)
        else "delete that value (leave the key without one, or take the key out too)",
    )


def _appended(canvas: Canvas, node: Node, value: str) -> Edit | None:
    """Where keys are only appended or cut off, the rest stays as it is written; None where more changes."""
    old, new = node.value.rstrip("\n"), value.rstrip("\n")
    behind = _end(canvas, node, node.value[len(old) :])
    if value[len(new) :] != node.value[len(old) :] or behind < 0:
        return None
    if new.startswith(old) and _KEYS.match(grown := new.removeprefix(old)):
        return Edit(behind, behind, grown)
    cut = old.removeprefix(new)
    if old.startswith(new) and _KEYS.match(cut) and canvas.text[node.start : behind].endswith(cut):
        return Edit(behind - len(cut), behind, "")
    return None


def _end(canvas: Canvas, node: Node, breaks: str) -> int:
    """The offset behind a scalar's last character but for the line breaks that it ends in, -1 where it is not sure."""
    source = canvas.text[node.start : node.end]
    if node.block:
        return node.start + len(source.rstrip())
    written = "\\n" * len(breaks) if source.endswith('"') else breaks
    inside = source if node.plain else source[:-1]
    return node.start + len(inside) - len(written) if inside.endswith(written) else -1
