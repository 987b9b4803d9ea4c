"""A workflow as a graph: which step waits for which.

Rules: in StepByStep a step waits for the one before it; in a DAG for those it names in `dependsOn`, and for those
whose outputs it takes as inputs. The steps of a step-group follow the group's `mode`, else the workflow's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from vela_steps.plan import view
from vela_steps.plan.view import Step

DAG, STEP_BY_STEP = "DAG", "StepByStep"
SAME, NEW, CHANGED = "same", "new", "changed"


class Node(NamedTuple):
    """One step. `after` are names of steps in the same graph that it waits for, `data` those of them by inputs alone.

    What it waits for anyway, because another in `after` does, is not named again.
    `inner` is the graph of a step-group's sub-steps; `state` compares with the workflow before: SAME, NEW or CHANGED.
    """

    name: str
    type: str
    after: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    state: str = SAME
    inner: Graph | None = None
    condition: str = ""


class Graph(NamedTuple):
    """Steps in the order of the file, and how they run: DAG or StepByStep."""

    mode: str
    nodes: tuple[Node, ...]

    def layers(self) -> list[list[Node]]:
        """The nodes by the length of the longest chain of waiting before each; a cycle's nodes come last."""
        rank: dict[str, int] = {}
        left = list(self.nodes)
        while left:
            known = {node.name for node in left}
            ready = [node for node in left if not known.intersection(node.after)] or left
            for node in ready:
                rank[node.name] = 1 + max((rank.get(name, -1) for name in node.after), default=-1)
            left = [node for node in left if node not in ready]
        layers: list[list[Node]] = [[] for _ in range(1 + max(rank.values(), default=-1))]
        for node in self.nodes:
            layers[rank[node.name]].append(node)
        return layers


def graph(mode: str, sub_mode: str, steps: Sequence[Step], before: Sequence[Step] | None = None) -> Graph:
    """The graph of a workflow's steps; `before` are the steps of the workflow that it is compared with."""
    known = None if before is None else _known(before)
    return _direct(Graph(mode, tuple(_nodes(mode, sub_mode, steps, known))))


def _known(steps: Sequence[Step]) -> dict[str, Step]:
    return {_key(step): step for step in steps}


def _key(step: Step) -> str:
    """By what a step is known again; one without a name by all that it says, as its place may be another now."""
    return view.text(step, "name") or repr(step)


def _direct(graph: Graph) -> Graph:
    """The graph without waiting that follows from other waiting; what comes by inputs stays."""
    before: dict[str, frozenset[str]] = {}
    for layer in graph.layers():
        for node in layer:
            earlier = [name for name in node.after if name in before]
            before[node.name] = frozenset(earlier).union(*(before[name] for name in earlier))
    nodes = []
    for node in graph.nodes:
        follows = frozenset[str]().union(*(before[name] for name in node.after)) - frozenset(node.data)
        nodes.append(node._replace(after=tuple(name for name in node.after if name not in follows)))
    return graph._replace(nodes=tuple(nodes))


def _nodes(mode: str, sub_mode: str, steps: Sequence[Step], known: Mapping[str, Step] | None) -> list[Node]:
    names = _names(steps)
    makers = {
        output: name for name, step in zip(names, steps, strict=True) for output in _texts(step, "outputs", "name")
    }
    nodes: list[Node] = []
    for index, (name, step) in enumerate(zip(names, steps, strict=True)):
        waits = names[max(index - 1, 0) : index] if mode == STEP_BY_STEP else _depends_on(step, names)
        data = [makers[item] for item in _texts(step, "inputs", "from") if item in makers and mode == DAG]
        data = [maker for maker in dict.fromkeys(data) if maker not in waits and maker != name]
        inner = _inner(sub_mode, step, known)
        state = _state(step, known)
        nodes.append(
            Node(name, str(step.get("type", "")), (*waits, *data), tuple(data), state, inner, str(step.get("if", "")))
        )
    return nodes


def _inner(sub_mode: str, step: Step, known: Mapping[str, Step] | None) -> Graph | None:
    steps = view.sub_steps(step)
    if not steps:
        return None
    mode = str(step.get("mode") or sub_mode)
    there = None if known is None else _known(view.sub_steps(known.get(_key(step), {})))
    return _direct(Graph(mode, tuple(_nodes(mode, sub_mode, steps, there))))


def _state(step: Step, known: Mapping[str, Step] | None) -> str:
    if known is None:
        return SAME
    if _key(step) not in known:
        return NEW
    return SAME if known[_key(step)] == step else CHANGED


def _names(steps: Sequence[Step]) -> list[str]:
    """A name for each step; pictures tell steps apart by it, so that one that is taken gets a number."""
    names: dict[str, None] = {}
    for index, step in enumerate(steps):
        first = name = str(step.get("name") or f"step-{index + 1}")
        number = 1
        while name in names:
            number += 1
            name = f"{first} ({number})"
        names[name] = None
    return list(names)


def _depends_on(step: Step, names: Sequence[str]) -> list[str]:
    return [name for name in view.names(step.get("dependsOn")) if name in names]


def _texts(step: Step, field: str, key: str) -> list[str]:
    items = step.get(field)
    return [str(item.get(key)) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
