"""Edits of flow style and JSON: an item goes in right behind the one before it, and comes out the same way."""

from __future__ import annotations

from typing import Any

from vela_steps.locate.nodes import MAP, Node
from vela_steps.splice.canvas import Canvas, Edit
from vela_steps.splice.render import Style, flow_entry, flow_lines, flow_text


def add_entry(canvas: Canvas, node: Node, key: str, value: Any) -> Edit:
    """A new last entry of a flow mapping."""
    spans = _spans(node)
    if not spans:
        return filled(canvas, node, {key: value})
    style = _local(canvas, node)
    at = spans[-1][1]
    if not _spread(canvas, node):
        return Edit(at, at, style.comma + flow_entry(key, flow_text(value, style), style))
    margin = _margin(canvas, spans[-1][0])
    return Edit(at, at, f",{style.newline}{margin}{flow_entry(key, flow_lines(value, margin, style), style)}")


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
    body = flow_lines(value, _margin(canvas, node.start), style) if _spread(canvas, node) else flow_text(value, style)
    at = _opening(canvas, node) + 1
    return Edit(at, at, body[1:-1])


def add_items(canvas: Canvas, node: Node, wanted: list[Any], new: type) -> list[Edit]:
    """New items of a flow sequence; all the items that stand there stay."""
    spans = _spans(node)
    if not spans:
        return [filled(canvas, node, [entry.value for entry in wanted])]
    style, spread = _local(canvas, node), _spread(canvas, node)
    margin = _margin(canvas, spans[-1][0])
    gap = f",{style.newline}{margin}" if spread else style.comma
    tall = spread and "\n" in canvas.text[slice(*spans[-1])]
    edits: list[Edit] = []
    at, leading = spans[0][0], True
    for entry in wanted:
        if not isinstance(entry, new):
            at, leading = spans[entry][1], False
            continue
        value = entry.value  # type: ignore[attr-defined]
        body = flow_lines(value, margin, style) if tall else flow_text(value, style)
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


def _margin(canvas: Canvas, offset: int) -> str:
    """The blanks before the first character of a line."""
    line = canvas.text[canvas.line_start(offset) : offset]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _local(canvas: Canvas, node: Node) -> Style:
    """The style around a flow collection: JSON where its keys are quoted, spread as the whole document is."""
    style = canvas.style
    root = canvas.tree.root
    if root.flow and root.entries:
        margin = _margin(canvas, root.entries[0][0].start)
        key, value = root.entries[0]
        tight = style.json and canvas.text[key.end : value.start] == ":"
        style = style._replace(step=len(margin) or 2, tab=margin.startswith("\t"), tight=tight)
    probe = node if node.kind == MAP else next((item for item in node.items if item.kind == MAP), node)
    if probe.kind == MAP and probe.entries:
        return style._replace(json=canvas.text[probe.entries[0][0].start] == '"')
    return style
