"""Edits of flow style and JSON: an item goes in right behind the one before it, and comes out the same way."""

from __future__ import annotations

from typing import Any

from vela_steps.locate.nodes import MAP, Node
from vela_steps.splice.canvas import Canvas, Edit
from vela_steps.splice.render import Style, flow_key, flow_lines, flow_text


def add_entry(canvas: Canvas, node: Node, key: str, value: Any) -> Edit:
    """A new last entry of a flow mapping."""
    spans = _spans(node)
    if not spans:
        return filled(canvas, node, {key: value})
    style, wide, indent = _local(canvas, node), _spread(canvas, node), _indent(canvas, node)
    gap = "," + (canvas.style.newline + " " * indent if wide else " ")
    body = flow_lines(value, indent, style) if wide else flow_text(value, style)
    return Edit(spans[-1][1], spans[-1][1], f"{gap}{flow_key(key, style)}: {body}")


def remove_entries(canvas: Canvas, node: Node, gone: set[int]) -> list[Edit]:
    """Entries or items of a flow collection go, each with the comma that joined it."""
    spans = _spans(node)
    if len(gone) == len(spans):
        return [_emptied(canvas, node, spans)]
    edits = []
    for index in sorted(gone):
        start, end = spans[index]
        if all(before in gone for before in range(index)):
            edits.append(Edit(start, spans[index + 1][0], ""))
        else:
            edits.append(Edit(spans[index - 1][1], end, ""))
    return edits


def fill_empty(canvas: Canvas, key: Node, value: Any) -> Edit:
    """A key without a value inside a flow mapping gets one."""
    at = canvas.text.index(":", key.end) + 1
    return Edit(at, at, " " + flow_text(value, canvas.style))


def filled(canvas: Canvas, node: Node, value: Any) -> Edit:
    """An empty flow collection gets its first entries or items."""
    style = _local(canvas, node)
    body = flow_lines(value, _outer(canvas, node), style) if _spread(canvas, node) else flow_text(value, style)
    at = _opening(canvas, node) + 1
    return Edit(at, at, body[1:-1])


def add_items(canvas: Canvas, node: Node, wanted: list[Any], new: type) -> list[Edit]:
    """New items of a flow sequence; all the items that stand there stay."""
    spans = _spans(node)
    if not spans:
        return [filled(canvas, node, [entry.value for entry in wanted])]
    style, wide, indent = _local(canvas, node), _spread(canvas, node), _indent(canvas, node)
    gap = "," + (canvas.style.newline + " " * indent if wide else " ")
    edits: list[Edit] = []
    at, leading = spans[0][0], True
    for entry in wanted:
        if not isinstance(entry, new):
            at, leading = spans[entry][1], False
            continue
        value = entry.value  # type: ignore[attr-defined]
        body = flow_lines(value, indent, style) if wide else flow_text(value, style)
        edits.append(Edit(at, at, body + gap if leading else gap + body))
    return edits


def _emptied(canvas: Canvas, node: Node, spans: list[tuple[int, int]]) -> Edit:
    opening, closing = _opening(canvas, node) + 1, node.end - 1
    before, after = canvas.text[opening : spans[0][0]], canvas.text[spans[-1][1] : closing]
    if "\n" in before and "\n" in after and not (before + after).strip():
        return Edit(opening, closing, "")
    return Edit(spans[0][0], spans[-1][1], "")


def _spans(node: Node) -> list[tuple[int, int]]:
    if node.kind == MAP:
        return [(key.start, max(key.end, value.end)) for key, value in node.entries]
    return [(item.start, item.end) for item in node.items]


def _opening(canvas: Canvas, node: Node) -> int:
    """Where the bracket stands; an anchor or a tag may come before it."""
    return canvas.text.index("{" if node.kind == MAP else "[", node.start)


def _spread(canvas: Canvas, node: Node) -> bool:
    """Whether the collection has its items on lines of their own (or would have, as JSON formatters write it)."""
    spans = _spans(node)
    if spans:
        low = spans[-2][1] if len(spans) > 1 else _opening(canvas, node)
        return "\n" in canvas.text[low : spans[-1][0]]
    bare = canvas.text[_opening(canvas, node) : node.end] in ("{}", "[]")
    return bare and canvas.tree.root.flow and "\n" in canvas.text[canvas.tree.root.start : canvas.tree.root.end]


def _outer(canvas: Canvas, node: Node) -> int:
    line = canvas.text[canvas.line_start(node.start) : node.start]
    return len(line) - len(line.lstrip(" "))


def _indent(canvas: Canvas, node: Node) -> int:
    spans = _spans(node)
    if spans and _spread(canvas, node):
        return spans[-1][0] - canvas.line_start(spans[-1][0])
    return _outer(canvas, node) + _local(canvas, node).step


def _local(canvas: Canvas, node: Node) -> Style:
    """The style around a flow collection: JSON where its keys are quoted."""
    style = canvas.style
    root = canvas.tree.root
    if root.flow and root.entries:
        step = root.entries[0][0].start - canvas.line_start(root.entries[0][0].start)
        style = style._replace(step=step if _is_first(canvas, root.entries[0][0].start) and step else 2)
    probe = node if node.kind == MAP else next((item for item in node.items if item.kind == MAP), node)
    if probe.kind == MAP and probe.entries:
        return style._replace(json=canvas.text[probe.entries[0][0].start] == '"')
    return style


def _is_first(canvas: Canvas, offset: int) -> bool:
    return not canvas.text[canvas.line_start(offset) : offset].strip()
