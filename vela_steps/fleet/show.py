"""States of steps as text for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from vela_steps.fleet.steps import StepState

STYLES = {"succeeded": "green", "failed": "red", "running": "cyan", "suspending": "yellow"}
STEP, TYPE, STATE = (StepState._fields.index(name) for name in ("step", "type", "state"))
MARKS = {"succeeded": "✔", "failed": "✘", "running": "…", "suspending": "‖", "skipped": "-"}


def as_json(states: Sequence[StepState]) -> str:
    """A JSON list, one object a step, with the fields of StepState."""
    return json.dumps([state._asdict() for state in states], indent=2, ensure_ascii=False)


def lines(states: Sequence[StepState], now: datetime) -> Any:
    """A rich Text: a line for each step, and below it what the step says, whole."""
    from rich.text import Text

    shown = Text()
    widths = [max((len(str(state[place])) for state in states), default=0) for place in (STEP, TYPE, STATE)]
    before = None
    for state in states:
        name = f"{state.namespace}/{state.application}"
        if name != before:
            shown.append(f"{name}\n", style="bold")
        before = name
        shown.append(f"  {MARKS.get(state.state, '·')} ", style=STYLES.get(state.state, "dim"))
        shown.append(f"{state.step:<{widths[0]}}  {state.type:<{widths[1]}}  ")
        shown.append(f"{state.state:<{widths[2]}}", style=STYLES.get(state.state, "dim"))
        shown.append(f"  {age(state.since, now):>5}{_sent(state)}".rstrip() + "\n")
        if state.message:
            shown.append(f"      {state.message}\n", style="red" if state.state == "failed" else "dim")
    shown.rstrip()
    return shown


def _sent(state: StepState) -> str:
    return f"  {state.attempts} {'request' if state.attempts == 1 else 'requests'} sent" if state.attempts else ""


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
