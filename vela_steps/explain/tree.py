"""A workflow as a tree of text."""

from __future__ import annotations

from collections.abc import Iterator

from vela_steps.explain.graph import CHANGED, NEW, STEP_BY_STEP, Graph, Node
from vela_steps.report.colour import DIM, GREEN, YELLOW, paint

MARKS = {NEW: ("+ ", GREEN), CHANGED: ("~ ", YELLOW)}
MOST = 4  # names of other steps beside a step
ORDER = {STEP_BY_STEP: "one after the other"}


def tree(graph: Graph, *, colour: bool = False) -> str:
    """The steps, a line each: numbered where they run one after the other, below what they wait for in a DAG.

    A step that waits for several stands below the one that comes last; the others are named beside it.
    """
    return "".join(f"{line}\n" for line in _lines(graph, colour))


def _lines(graph: Graph, colour: bool) -> Iterator[str]:
    if graph.mode == STEP_BY_STEP:
        yield from _numbered(graph, colour)
    else:
        yield from _nested(graph, colour)


def _numbered(graph: Graph, colour: bool) -> Iterator[str]:
    width = len(str(len(graph.nodes)))
    for number, node in enumerate(graph.nodes, 1):
        yield f"{number:>{width}}. {_told(node, (), colour)}"
        yield from _inside(node, " " * (width + 2), colour)


def _nested(graph: Graph, colour: bool) -> Iterator[str]:
    rank = {node.name: depth for depth, layer in enumerate(graph.layers()) for node in layer}
    below: dict[str, list[Node]] = {}
    for node in graph.nodes:
        earlier = [name for name in node.after if rank[name] < rank[node.name]]
        parent = max(earlier, key=lambda name: rank[name], default="")
        below.setdefault(parent, []).append(node)
    yield from _branch(below, "", "", colour)


def _branch(below: dict[str, list[Node]], parent: str, indent: str, colour: bool) -> Iterator[str]:
    children = below.get(parent, [])
    for node in children:
        last = node is children[-1]
        others = tuple(name for name in node.after if name != parent)
        yield f"{indent}{'└─ ' if last else '├─ '}{_told(node, others, colour)}"
        deeper = indent + ("   " if last else "│  ")
        yield from _inside(node, deeper + ("│  " if node.name in below else "   "), colour)
        yield from _branch(below, node.name, deeper, colour)


def _inside(node: Node, indent: str, colour: bool) -> Iterator[str]:
    if node.inner:
        for line in _lines(node.inner, colour):
            yield f"{indent}{line}"


def _told(node: Node, others: tuple[str, ...], colour: bool) -> str:
    mark, shade = MARKS.get(node.state, ("", ""))
    name = f"{mark}{node.name}"
    notes = [node.type]
    if node.inner:
        notes.append(ORDER.get(node.inner.mode, "all at once but for dependsOn"))
    if others:
        notes.append(f"{'also ' if len(node.after) > len(others) else ''}after {_listed(others)}")
    if node.condition:
        notes.append(f"if {node.condition}")
    said = f"({'; '.join(notes)})"
    if not colour:
        return f"{name}  {said}"
    return f"{paint(name, shade) if shade else name}  {paint(said, DIM)}"


def _listed(names: tuple[str, ...]) -> str:
    """Names, the first few where they are many."""
    shown = names if len(names) <= MOST else names[: MOST - 1]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
