"""What is drawn: Applications and the workflows that they have, before and after."""

from __future__ import annotations

from typing import NamedTuple

from vela_steps.explain.graph import Graph


class Panel(NamedTuple):
    """One workflow with a heading."""

    title: str
    graph: Graph


class Picture(NamedTuple):
    """One Application."""

    title: str
    panels: tuple[Panel, ...]
