"""Workflows as a Mermaid flowchart (https://mermaid.js.org), which GitHub and GitLab draw in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vela_steps.explain.graph import Graph, Node
from vela_steps.explain.picture import Picture

STYLES = (
    "classDef new fill:#dafbe1,stroke:#1a7f37,color:#116329",
    "classDef changed fill:#fff8c5,stroke:#9a6700,color:#7d4e00",
)


def mermaid(pictures: Sequence[Picture]) -> str:
    """One flowchart: a frame for each Application, in it one for each of its workflows."""
    lines = ["flowchart LR"]
    for index, picture in enumerate(pictures):
        lines.append(f"  subgraph app{index}[{_quoted(picture.title)}]")
        for number, panel in enumerate(picture.panels):
            prefix = f"a{index}p{number}"
            lines.append(f"    subgraph {prefix}[{_quoted(panel.title)}]")
            lines += [f"      {line}" for line in _graph(panel.graph, prefix)]
            lines.append("    end")
        lines.append("  end")
    return "".join(f"{line}\n" for line in [*lines, *(f"  {style}" for style in STYLES)])


def _graph(graph: Graph, prefix: str) -> Iterator[str]:
    ids = {node.name: f"{prefix}s{index}" for index, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        yield from _node(node, ids[node.name])
    for node in graph.nodes:
        for name in node.after:
            arrow = "-.->" if name in node.data else "-->"
            yield f"{ids[name]} {arrow} {ids[node.name]}"


def _node(node: Node, name: str) -> Iterator[str]:
    if node.inner:
        yield f"subgraph {name}[{_quoted(node.name)}]"
        for line in _graph(node.inner, name):
            yield f"  {line}"
        yield "end"
    else:
        yield f"{name}[{_quoted(node.name, node.type)}]"
    if node.state != "same":
        yield f"class {name} {node.state}"


def _quoted(*lines: str) -> str:
    escaped = (line.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;") for line in lines)
    return f'"{"<br/>".join(escaped)}"'
