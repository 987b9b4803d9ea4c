"""Workflows as an SVG picture that looks right in light and dark surroundings and needs nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from vela_steps.explain.graph import CHANGED, NEW, SAME
from vela_steps.explain.layout import HEAD, PAD, Box, Drawing, Line, draw
from vela_steps.explain.picture import Panel, Picture

MARGIN = 24.0
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TITLE, PANEL_HEAD, PANEL_GAP = 34.0, 30.0, 18.0
LEGEND = {NEW: "added", CHANGED: "changed"}

STYLE = """
.ground{fill:#fff}.panel{fill:#f6f8fa;stroke:#d1d9e0}.box{fill:#fff;stroke:#afb8c1}.group{fill:#eef1f4;stroke:#afb8c1}
.new{fill:#dafbe1;stroke:#1a7f37}.changed{fill:#fff8c5;stroke:#9a6700}
.line{fill:none;stroke:#8c959f;stroke-width:1.5}.line.new{fill:none;stroke:#1a7f37}.data{stroke-dasharray:4 4}
.tip{fill:#8c959f;stroke:none}.tip.new{fill:#1a7f37}
text{fill:#1f2328;font:13px ui-sans-serif,system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
.title{font-size:16px;font-weight:600}.name{font-weight:600}.soft{fill:#59636e;font-size:11px}.mid{text-anchor:middle}
@media (prefers-color-scheme:dark){
.ground{fill:#0d1117}.panel{fill:#151b23;stroke:#3d444d}.box{fill:#212830;stroke:#656c76}.group{fill:#1a2129;stroke:#656c76}
.new{fill:#12261e;stroke:#3fb950}.changed{fill:#272115;stroke:#d29922}.line.new{stroke:#3fb950}.tip.new{fill:#3fb950}
text{fill:#f0f6fc}.soft{fill:#9198a1}}
"""


def svg(pictures: Sequence[Picture]) -> str:
    """One picture: Applications below each other, in each its workflows below each other."""
    parts: list[str] = []
    y, width = MARGIN, 320.0
    for picture in pictures:
        drawings = [draw(panel.graph) for panel in picture.panels]
        inner = max((drawing.width for drawing in drawings), default=0.0) + 2 * PAD
        inner = max(inner, *(len(panel.title) * 7.0 + 2 * PAD for panel in picture.panels), 300.0)
        parts.append(_text(MARGIN, y + 16, picture.title, "title"))
        y += TITLE
        for panel, drawing in zip(picture.panels, drawings, strict=True):
            parts += _panel(panel, drawing, MARGIN, y, inner)
            y += PANEL_HEAD + drawing.height + 2 * PAD + PANEL_GAP
        width = max(width, inner + 2 * MARGIN)
    return _whole(width, y - PANEL_GAP + MARGIN, parts, pictures)


def _whole(width: float, height: float, parts: list[str], pictures: Sequence[Picture]) -> str:
    title = _escaped("; ".join(picture.title for picture in pictures))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">\n<title>{title}</title>\n<style>{STYLE}</style>\n'
        f'<rect class="ground" width="100%" height="100%"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _panel(panel: Panel, drawing: Drawing, x: float, y: float, width: float) -> Iterator[str]:
    height = PANEL_HEAD + drawing.height + 2 * PAD
    yield f'<rect class="panel" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="10"/>'
    yield _text(x + PAD, y + 21, panel.title, "soft")
    yield from _drawing(drawing, x + PAD, y + PANEL_HEAD + PAD)


def _drawing(drawing: Drawing, x: float, y: float) -> Iterator[str]:
    for line in drawing.lines:
        yield from _line(line, x, y)
    for box in drawing.boxes:
        yield from _box(box, x + box.x, y + box.y)


def _box(box: Box, x: float, y: float) -> Iterator[str]:
    state = "" if box.node.state == SAME else f" {box.node.state}"
    kind = "group" if box.inner else "box"
    yield f"<g><title>{_escaped(_hint(box))}</title>"
    place = f'x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
    yield f'<rect class="{kind}{state}" {place} rx="7"/>'
    middle = x + box.width / 2
    yield _text(middle, y + 19, box.node.name, "name mid")
    if box.inner:
        left = x + (box.width - box.inner.width) / 2
        yield from _drawing(box.inner, left, y + HEAD)
    else:
        yield _text(middle, y + 35, box.node.type, "soft mid")
    yield "</g>"


def _hint(box: Box) -> str:
    node = box.node
    hint = f"{node.name} ({node.type})"
    hint += f", {LEGEND[node.state]}" if node.state in LEGEND else ""
    return hint + (f", if {node.condition}" if node.condition else "")


def _line(line: Line, x: float, y: float) -> Iterator[str]:
    """A curve that leaves and arrives level, and its tip."""
    points = [(x + px, y + py) for px, py in line.points]
    points[-1] = (points[-1][0] - 7, points[-1][1])
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in pairwise(points):
        middle = (x1 + x2) / 2
        path += f" C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    state = " new" if line.state == NEW else ""
    yield f'<path class="line{state}{" data" if line.data else ""}" d="{path}"/>'
    end, level = points[-1]
    yield f'<path class="tip{state}" d="M{end + 7:.1f} {level:.1f} l-8 -4 v8 z"/>'


def _escaped(text: str) -> str:
    """Text for XML, in ASCII: right in any encoding. What XML has no way to write is shown as �."""
    return escape(_NO_XML.sub("\ufffd", text)).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}">{_escaped(text)}</text>'
