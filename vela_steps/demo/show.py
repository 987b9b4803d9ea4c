"""The timeline on a terminal while it grows, and as an SVG picture."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from vela_steps.demo.timeline import LANES, Event
from vela_steps.report.colour import BOLD, CYAN, DIM, GREEN, RED, YELLOW, paint
from vela_steps.report.fold import folded

COLOURS = dict(zip(LANES, (BOLD, YELLOW, CYAN, GREEN), strict=True))
LONGEST = 84  # letters of a text in the picture
INDENT = 21  # columns before what happened
LINE, TOP, LEFT, SCALE = 26, 34, 4, 560  # pixels


def line(event: Event, start: float, *, colour: bool, width: int = 0) -> str:
    """One event as a line: seconds since the commit, who, what; in a `width` (0: any) with its own indent."""
    when, lane, text = f"{event.at - start:6.1f} s", f"{event.lane:<9}", event.text
    if width > 2 * INDENT:
        text = folded(text, width - INDENT).replace("\n", f"\n{' ' * INDENT}")
    if not colour:
        return f"{when}  {lane}  {text}"
    shade = COLOURS[event.lane] if event.good else RED
    return f"{paint(when, DIM)}  {paint(lane, shade)}  {paint(text, RED) if not event.good else text}"


def svg(title: str, events: Sequence[Event]) -> str:
    """The events below each other, each at its time on a common axis that begins with the first."""
    ordered = sorted(events, key=lambda event: event.at)
    start = ordered[0].at
    span = max(ordered[-1].at - start, 1.0)
    height = TOP + LINE * len(ordered) + 20
    rows = [_row(event, index, (event.at - start) / span, event.at - start) for index, event in enumerate(ordered)]
    ticks = [_tick(seconds, seconds / span, height) for seconds in _round_seconds(span)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1280 {height}" width="1280" height="{height}" '
        f'role="img"><title>{escape(title)}</title>\n<style>{_STYLE}</style>\n'
        + "\n".join([*ticks, *rows])
        + "\n</svg>\n"
    )


def _row(event: Event, index: int, share: float, seconds: float) -> str:
    y = TOP + LINE * index + 14
    x = LEFT + 60 + share * (SCALE - 60)
    kind = f"lane{LANES.index(event.lane)}" if event.good else "bad"
    return (
        f'<text class="soft" x="{LEFT}" y="{y + 4}">{seconds:.1f} s</text>'
        f'<line class="thread" x1="{x:.1f}" x2="{SCALE + 40}" y1="{y}" y2="{y}"/>'
        f'<circle class="{kind}" cx="{x:.1f}" cy="{y}" r="6"/>'
        f'<text x="{SCALE + 50}" y="{y + 4}"><tspan class="{kind} who">{event.lane}</tspan> '
        f"{linked(event.text, LONGEST)}</text>"
    )


def _tick(seconds: float, share: float, height: int) -> str:
    x = LEFT + 60 + share * (SCALE - 60)
    return (
        f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{height - 12}"/>'
        f'<text class="soft mid" x="{x:.1f}" y="{TOP - 14}">{seconds:.0f} s</text>'
    )


def _round_seconds(span: float) -> list[int]:
    """Times for the axis: at most seven, each a multiple of a number that people count in."""
    step = next((step for step in (1, 2, 5, 10, 20, 30, 60) if span / step < 7), 120)
    return list(range(0, int(span) + 1, step))


def linked(text: str, longest: int = 0) -> str:
    """What happened, as HTML (and SVG); an address at its end becomes a link of what is said before."""
    said, _, address = text.partition(": https://")
    short = said if not longest or len(said) <= longest else said[: longest - 1] + "…"
    return f'<a href="https://{escape(address)}">{escape(short)}</a>' if address else escape(short)


_STYLE = """
text{fill:#1f2328;font:13px ui-sans-serif,system-ui,"Segoe UI","DejaVu Sans",sans-serif}
text a{fill:#0969da;text-decoration:underline}
.soft{fill:#59636e;font-size:11px}.mid{text-anchor:middle}.who{font-weight:600}
.tick{stroke:#d1d9e0}.thread{stroke:#d1d9e0;stroke-dasharray:2 4}
.lane0{fill:#59636e}.lane1{fill:#bc4c00}.lane2{fill:#0969da}.lane3{fill:#1a7f37}.bad{fill:#cf222e}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}text a{fill:#4493f8}
.soft{fill:#9198a1}.tick,.thread{stroke:#3d444d}
.lane0{fill:#9198a1}.lane1{fill:#f0883e}.lane2{fill:#4493f8}.lane3{fill:#3fb950}.bad{fill:#f85149}}
"""
