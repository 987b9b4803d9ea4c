"""Where each step of a graph is drawn: columns by order of running, lines that go around what they pass.

The layered method (Sugiyama): longest-path layers, a place in every layer that lines of one step cross, order within a
layer by the mean of the neighbours. Workflows have tens of steps, so that no library is needed.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from vela_steps.explain.graph import Graph, Node

HEIGHT = 46.0
GAP_X, GAP_Y = 48.0, 16.0
PAD, HEAD = 14.0, 30.0  # around the steps of a group, and for its name
LANE = 10.0  # height that a passing line takes
NAME_WIDTH, TYPE_WIDTH = 7.7, 6.4  # mean width of a letter, a little more than most fonts take
SWEEPS = 4


class Box(NamedTuple):
    """One step at its place; `inner` are the boxes and lines of a group, from the box's own corner."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    inner: Drawing | None = None


class Line(NamedTuple):
    """A line through points (x, y); the first is the right edge of one step, the last the left edge of another."""

    points: tuple[tuple[float, float], ...]
    data: bool
    state: str


class Drawing(NamedTuple):
    """A graph at its place, its corner at 0, 0."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


class _Spot:
    """A place in a layer: of a step, or (node None) of a line that passes."""

    def __init__(self, node: Node | None, layer: int) -> None:
        self.node = node
        self.layer = layer
        self.inner = draw(node.inner) if node and node.inner else None
        self.width, self.height = _size(node, self.inner)
        self.x = self.y = 0.0
        self.before: list[_Spot] = []
        self.behind: list[_Spot] = []

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def draw(graph: Graph) -> Drawing:
    """The drawing of a graph."""
    layers = [[_Spot(node, index) for node in layer] for index, layer in enumerate(graph.layers())]
    spots = {spot.node.name: spot for layer in layers for spot in layer if spot.node}
    lanes: dict[tuple[str, bool, str], list[_Spot]] = {}
    chains = [
        (_chain(layers, spots[name], spots[node.name], lanes.setdefault(look, [])), *look[1:])
        for node in graph.nodes
        for name in node.after
        if spots[name].layer < spots[node.name].layer
        for look in [(name, name in node.data, node.state)]
    ]
    _order(layers)
    _columns(layers)
    height = _rows(layers)
    width = max((spot.x + spot.width for spot in spots.values()), default=0.0)
    lines = tuple(Line(_points(chain), data, state) for chain, data, state in chains)
    return Drawing(width, height, tuple(_box(spot) for spot in spots.values()), lines)


def _size(node: Node | None, inner: Drawing | None) -> tuple[float, float]:
    if node is None:
        return 0.0, LANE
    width = max(len(node.name) * NAME_WIDTH, len(node.type) * TYPE_WIDTH) + 2 * PAD
    if inner:
        return max(width, inner.width + 2 * PAD), inner.height + HEAD + PAD
    return width, HEIGHT


def _chain(layers: list[list[_Spot]], first: _Spot, last: _Spot, lane: list[_Spot]) -> list[_Spot]:
    """The spots of a line. Lines of one step that look alike pass the layers between in one `lane`, made as needed."""
    between = range(first.layer + 1, last.layer)
    for index in between[len(lane) :]:
        lane.append(_Spot(None, index))
        layers[index].append(lane[-1])
    chain = [first, *lane[: len(between)], last]
    for left, right in pairwise(chain):
        if right not in left.behind:
            left.behind.append(right)
            right.before.append(left)
    return chain


def _order(layers: list[list[_Spot]]) -> None:
    """Sort each layer by the mean place of the neighbours, sweeping to the right and back."""
    for sweep in range(SWEEPS):
        to_right = sweep % 2 == 0
        for layer in layers if to_right else reversed(layers):
            places = {id(spot): index for other in layers for index, spot in enumerate(other)}
            layer.sort(key=lambda spot: _mean(spot, places, to_right))


def _mean(spot: _Spot, places: dict[int, int], to_right: bool) -> float:
    near = [places[id(other)] for other in (spot.before if to_right else spot.behind)]
    return sum(near) / len(near) if near else float(places[id(spot)])


def _columns(layers: list[list[_Spot]]) -> None:
    x = 0.0
    for layer in layers:
        width = max(spot.width for spot in layer)
        for spot in layer:
            spot.x, spot.width = x, spot.width if spot.node else width
        x += width + GAP_X


def _rows(layers: list[list[_Spot]]) -> float:
    """Put every layer's spots near their neighbours without overlap; returns the height of it all."""
    for layer in layers:
        _stack(layer, [0.0] * len(layer))
    for sweep in range(SWEEPS):
        to_right = sweep % 2 == 0
        for layer in layers if to_right else reversed(layers):
            _stack(layer, [_wish(spot, to_right) for spot in layer])
    spots = [spot for layer in layers for spot in layer]
    top = min((spot.y for spot in spots), default=0.0)
    for spot in spots:
        spot.y -= top
    return max((spot.y + spot.height for spot in spots), default=0.0)


def _wish(spot: _Spot, to_right: bool) -> float:
    near = (spot.before if to_right else spot.behind) or spot.before or spot.behind
    return sum(other.middle for other in near) / len(near) - spot.height / 2 if near else spot.y


def _stack(layer: list[_Spot], wishes: list[float]) -> None:
    """Place spots from the top as near to their wishes as their order allows, then move all by the mean error."""
    bottom = float("-inf")
    for spot, wish in zip(layer, wishes, strict=True):
        spot.y = max(wish, bottom)
        bottom = spot.y + spot.height + GAP_Y
    error = sum(wish - spot.y for spot, wish in zip(layer, wishes, strict=True)) / max(len(layer), 1)
    for spot in layer:
        spot.y += error


def _points(chain: list[_Spot]) -> tuple[tuple[float, float], ...]:
    first, *between, last = chain
    points = [(first.x + first.width, first.middle)]
    for spot in between:
        points += [(spot.x, spot.middle), (spot.x + spot.width, spot.middle)]
    return (*points, (last.x, last.middle))


def _box(spot: _Spot) -> Box:
    assert spot.node is not None  # noqa: S101 - boxes are made of steps only
    return Box(spot.node, spot.x, spot.y, spot.width, spot.height, spot.inner)
