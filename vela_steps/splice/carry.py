"""From one state of a document to another by text edits, and the proof that the result is what was asked for."""

from __future__ import annotations

from typing import Any

from vela_steps.locate.nodes import MAP, SCALAR, SEQ, Node, Tree, parse
from vela_steps.locate.trouble import Route, Trouble
from vela_steps.locate.values import Reader
from vela_steps.plan.base import our_names
from vela_steps.plan.view import App
from vela_steps.splice import block, flow, text
from vela_steps.splice.canvas import Canvas, Edit, apply_edits
from vela_steps.splice.change import Add, Items, New, Operation, Remove, Replace, difference
from vela_steps.splice.proof import REPORT, Written, prove_said, prove_untouched

Target = tuple[Route, dict[str, Any]]
"""An Application inside a document: its route and what it shall become."""


def carried_out(before: str, tree: Tree, targets: list[Target]) -> str:
    """The document's text with each target become what it shall be; raises Trouble where that is not safe.

    What goes is taken out first and the text read again, so that what comes never meets what goes.
    """
    operations = _operations(tree, targets)
    edits = [edit for operation in operations for edit in _removal(Canvas(before, tree), operation)]
    between, middle = before, tree
    if edits:
        between = apply_edits(before, edits)
        middle = _reread(between)
    canvas = Canvas(between, middle)
    left = _operations(middle, targets) if edits else operations
    additions = [edit for operation in left for edit in _addition(canvas, operation)]
    result = apply_edits(between, additions)
    new = _reread(result)
    prove_said(tree, operations, new)
    for route, _ in targets:
        prove_untouched(Written(before, tree), Written(result, new), route)
    return result


def _operations(tree: Tree, targets: list[Target]) -> list[Operation]:
    data = Reader(tree).data(tree.root)
    found: list[Operation] = []
    for route, new in targets:
        old = data
        for part in route:
            old = old[part]
        found += difference(old, new, route, our_names(App(old)))
    return found


def _removal(canvas: Canvas, operation: Operation) -> list[Edit]:
    if isinstance(operation, Remove):
        node = canvas.find(operation.route)
        index = next(i for i, (key, _) in enumerate(node.entries) if key.value == operation.key)
        if node.flow:
            return flow.remove_entries(canvas, node, {index})
        return [block.remove_entry(canvas, node, index)]
    if isinstance(operation, Items):
        return _removed_items(canvas, operation)
    if isinstance(operation, Replace):
        return _replaced(canvas, operation)
    return []


def _removed_items(canvas: Canvas, operation: Items) -> list[Edit]:
    node = canvas.find(operation.route)
    gone = set(range(len(node.items))) - {item for item in operation.items if not isinstance(item, New)}
    if not gone:
        return []
    if node.flow:
        return flow.remove_entries(canvas, node, gone)
    if len(gone) == len(node.items):
        shown = "" if operation.items else "[]"
        return block.empty(canvas, _key(canvas, operation.route), node, shown)
    return block.items(canvas, node, [item for item in operation.items if not isinstance(item, New)], New)


def _replaced(canvas: Canvas, operation: Replace) -> list[Edit]:
    node = canvas.find(operation.route)
    value = operation.value
    if isinstance(value, str) or (node.kind == SCALAR and node.value):
        return text.replaced(canvas, node, operation, _key(canvas, operation.route))
    if _has_room(node) and value:
        return []  # filled when what comes is put in
    if node.kind in (MAP, SEQ) and not value:
        if not node.flow:
            shown = "" if value is None else "{}" if isinstance(value, dict) else "[]"
            return block.empty(canvas, _key(canvas, operation.route), node, shown)
        if value is not None:
            return flow.remove_entries(canvas, node, set(range(len(node.entries) or len(node.items))))
        key = _key(canvas, operation.route)
        bare = canvas.text[node.end : node.end + 1] not in (",", "}", "]")
        return [Edit(canvas.text.index(":", key.end) + 1, node.end, "" if bare else " null")]
    raise text.no_room(canvas, node, operation)


def _has_room(node: Node) -> bool:
    """Whether the value is nothing at all, or an empty flow collection."""
    if node.kind == SCALAR:
        return node.plain and not node.value and not node.tag and not node.anchor
    return node.kind in (MAP, SEQ) and node.flow and not node.entries and not node.items


def _addition(canvas: Canvas, operation: Operation) -> list[Edit]:
    if isinstance(operation, Add):
        node = canvas.find(operation.route)
        put = flow.add_entry if node.flow else block.add_entry
        return [put(canvas, node, operation.key, operation.value)]
    if isinstance(operation, Items):
        node = canvas.find(operation.route)
        return (flow.add_items if node.flow else block.items)(canvas, node, operation.items, New)
    if isinstance(operation, Replace):
        return [_filled(canvas, operation)]
    raise Trouble("what had to go is still there", route=operation.route)


def _filled(canvas: Canvas, operation: Replace) -> Edit:
    node = canvas.find(operation.route)
    parent = canvas.parent_of(operation.route)
    if isinstance(operation.value, str):
        return text.filled(canvas, _key(canvas, operation.route), operation.value)
    if node.flow and node.kind in (MAP, SEQ):
        return flow.filled(canvas, node, operation.value)
    if parent.flow:
        return flow.fill_empty(canvas, _key(canvas, operation.route), operation.value)
    return block.fill_empty(canvas, parent, node, operation.value)


def _key(canvas: Canvas, route: Route) -> Node:
    parent = canvas.parent_of(route)
    return next(key for key, _ in parent.entries if key.value == route[-1])


def _reread(edited: str) -> Tree:
    try:
        tree = parse(edited)
    except Trouble as trouble:
        raise Trouble(f"the edited document would not be readable: {trouble.message}", cure=REPORT) from None
    if tree is None:
        raise Trouble("the edited document would be empty", cure=REPORT)
    return tree
