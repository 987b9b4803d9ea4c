"""States of steps as text for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from vela_steps.fleet.steps import StepState

STYLES = {"succeeded": "green", "failed": "red", "running": "cyan", "suspending": "yellow"}
MARKS = {"succeeded": "✔", "failed": "✘", "running": "…", "suspending": "‖", "skipped": "-"}


def as_json(states: Sequence[StepState]) -> str:
    """A JSON list, one object a step, with the fields of StepState."""
    return json.dumps([state._asdict() for state in states], indent=2, ensure_ascii=False)


def table(states: Sequence[StepState], now: datetime) -> Any:
    """A rich table, Applications in blocks."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("APPLICATION", "STEP", "TYPE", "STATE", "SINCE", "SENT"):
        shown.add_column(column, no_wrap=True)
    shown.add_column("", overflow="fold")
    before = None
    for state in states:
        name = f"{state.namespace}/{state.application}"
        mark = Text(f"{MARKS.get(state.state, '·')} {state.state}", style=STYLES.get(state.state, "dim"))
        sent = str(state.attempts) if state.attempts else ""
        cells = (state.step, state.type, mark, age(state.since, now), sent, state.message)
        shown.add_row("" if name == before else name, *cells)
        before = name
    return shown


def age(since: str, now: datetime) -> str:
    """How long ago an RFC 3339 time was: `42s`, `12m`, `5h`, `3d`; "" for no time."""
    if not since:
        return ""
    then = datetime.fromisoformat(since.replace("Z", "+00:00"))
    seconds = max(0, int((now - then).total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(timezone.utc)
