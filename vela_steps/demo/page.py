"""The demo as one HTML page that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from vela_steps.demo import show
from vela_steps.demo.timeline import Event


class Round(NamedTuple):
    """One commit and what came of it."""

    title: str
    summary: str
    diff: str
    events: Sequence[Event]


def html(workflow: str, rounds: Sequence[Round]) -> str:
    """The page: the workflow before and after (an SVG), then each round with its change and its timeline."""
    parts = ["<h2>The workflow, before and after</h2>", _figure(workflow)]
    for one in rounds:
        parts += [f"<h2>{escape(one.title)}</h2>", f"<p>{escape(one.summary)}</p>"]
        parts += [f"<details><summary>The commit</summary><pre>{_painted(one.diff)}</pre></details>"]
        parts += [f'<div class="wide">{_figure(show.svg(one.title, one.events))}</div>', _listed(one.events)]
    return _PAGE.replace("<!--parts-->", "\n".join(parts))


def _figure(svg: str) -> str:
    return f"<figure>{svg}</figure>"


def _listed(events: Sequence[Event]) -> str:
    """The same as a list, for screens on which the picture would have to be pushed around."""
    ordered = sorted(events, key=lambda event: event.at)
    rows = [
        f'<tr class="{"" if event.good else "del"}"><td>{event.at - ordered[0].at:.1f} s</td>'
        f"<td><b>{escape(event.lane)}</b> {show.linked(event.text)}</td></tr>"
        for event in ordered
    ]
    return f'<table class="narrow">{"".join(rows)}</table>'


def _painted(diff: str) -> str:
    kinds = {"+": "add", "-": "del", "@": "at"}
    lines = diff.splitlines()
    return "\n".join(f'<span class="{kinds.get(line[:1], "")}">{escape(line)}</span>' for line in lines)


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>vela-steps: from a commit to its effects</title>
<style>
:root{color-scheme:light dark}
body{font:16px/1.5 ui-sans-serif,system-ui,"Segoe UI","DejaVu Sans",sans-serif;max-width:84rem;
margin:2rem auto;padding:0 1rem}
figure{margin:1rem 0;overflow-x:auto}
pre{overflow-x:auto;padding:1rem;border:1px solid #8884;border-radius:8px;font-size:13px}
.narrow{display:none}.narrow td{vertical-align:top;padding:.2rem .6rem .2rem 0}
.narrow td:first-child{white-space:nowrap}
@media (max-width:64rem){.wide{display:none}.narrow{display:table}}
.add{color:#1a7f37}.del{color:#cf222e}.at{color:#0969da}
@media (prefers-color-scheme:dark){.add{color:#3fb950}.del{color:#f85149}.at{color:#4493f8}}
</style></head><body>
<h1>vela-steps: from a commit to its effects</h1>
<p>Everything below happened on this machine: a real Argo CD synced a Git repository, a real KubeVela deployed the shop
(on simulated nodes) and ran its workflow, and stand-ins for Fastly, GitHub and Slack recorded what reached them.</p>
<!--parts-->
</body></html>
"""
