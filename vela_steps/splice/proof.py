"""The proof of an edit: the result says what was asked for, and what is not ours stands there as it stood."""

from __future__ import annotations

from typing import Any, NamedTuple

from vela_steps.locate.nodes import ALIAS, MAP, SEQ, Node, Tree
from vela_steps.locate.trouble import Route, Trouble
from vela_steps.locate.values import NULLS, Reader, is_typed
from vela_steps.plan import view
from vela_steps.plan.base import our_names
from vela_steps.plan.view import App
from vela_steps.splice.change import Add, Items, New, Operation, Replace, applied
from vela_steps.splice.render import scalar

REPORT = "this style cannot be edited safely; write this part in block style, or add the steps by hand"
_STEPS = ("spec", "workflow", "steps")


class Written(NamedTuple):
    """A text and what was read of it."""

    text: str
    tree: Tree


def prove_untouched(old: Written, new: Written, route: Route) -> None:
    """Each step of the Application at `route` that is not ours has its lines in the result, byte for byte, in order."""
    there = _node(old.tree, (*route, *_STEPS))
    if there is None or there.kind != SEQ:
        return
    app = App(Reader(old.tree).data(_node(old.tree, route) or old.tree.root))
    ours = our_names(app)
    after = _node(new.tree, (*route, *_STEPS))
    left = iter([] if after is None else [_lines(new.text, after, item) for item in after.items])
    for item, step in zip(there.items, app.steps, strict=True):
        if view.text(step, "name") not in ours and _lines(old.text, there, item) not in left:
            raise Trouble("the edit would change a step that is not ours", offset=item.start, cure=REPORT)


def _node(tree: Tree, route: Route) -> Node | None:
    """What is written out at a route, None where nothing is."""
    node: Node | None = tree.root
    for part in route:
        if node is not None and node.kind == ALIAS:
            node = tree.anchors[id(node)]
        if node is not None:
            node = node.items[part] if isinstance(part, int) else node.get(part)
    return node


def _lines(text: str, sequence: Node, item: Node) -> str:
    """The lines of a block item, comments in them included, or the characters of one in flow style."""
    if sequence.flow:
        return text[item.start : item.end]
    end = text.find("\n", item.end)
    return text[text.rfind("\n", 0, item.start) + 1 : len(text) if end < 0 else end].rstrip("\r")


def prove_said(old: Tree, operations: list[Operation], new: Tree) -> None:
    """The result, read by itself, is the original with the operations carried out, and nothing else."""
    expected: Any = skeleton(old.root)
    for operation in operations:
        expected = applied(expected, _in_skeleton(operation))
    if expected != skeleton(new.root):
        raise Trouble("the edited document would say something else than intended", cure=REPORT)


def skeleton(node: Node) -> Any:
    """A node as plain data that tells quoted from plain scalars and leaves aliases as they are."""
    if node.kind == MAP:
        return {key.value: skeleton(value) for key, value in node.entries}
    if node.kind == SEQ:
        return [skeleton(item) for item in node.items]
    if node.kind == ALIAS:
        return (ALIAS, node.value)
    tag = None if node.tag == "tag:yaml.org,2002:str" else node.tag
    typed = node.plain and tag == node.tag and is_typed(node.value)
    return ("typed" if typed else "string", "" if typed and node.value in NULLS else node.value, tag)


def _in_skeleton(operation: Operation) -> Operation:
    if isinstance(operation, Add):
        return Add(operation.route, operation.key, _value_skeleton(operation.value))
    if isinstance(operation, Replace):
        return Replace(operation.route, _value_skeleton(operation.value))
    if isinstance(operation, Items):
        items = [New(_value_skeleton(item.value)) if isinstance(item, New) else item for item in operation.items]
        return Items(operation.route, items)
    return operation


def _value_skeleton(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _value_skeleton(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_value_skeleton(item) for item in value]
    if isinstance(value, str):
        return ("string", value, None)
    return ("typed", "" if value is None else scalar(value), None)
