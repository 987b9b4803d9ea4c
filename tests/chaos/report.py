"""What a run prints, and what it leaves for whoever looks for a culprit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tests.chaos.run import Options, Result
from tests.chaos.table import causes, culprits, failures, table


def counted(title: str, what: Counter[str]) -> Iterator[str]:
    """A heading and a line for each, the most frequent first."""
    if what:
        yield f"\n{title}:"
        yield from (f"  {number:4} x {name}" for name, number in what.most_common())


def lines(result: Result, options: Options) -> Iterator[str]:
    """The whole report."""
    struck = Counter(blow.what for blow in result.history.blows)
    requests = result.history.seen["request"]
    yield f"{options.apps} Applications, seed {options.seed}: {result.seconds:.0f} s, {requests} requests arrived"
    yield from counted("struck", struck)
    yield ""
    yield table(result.fates)
    yield from counted("sent again, because", causes(result.fates))
    yield from counted("steps that say what went wrong", failures(result.fates))
    yield from counted("breaches of a vendor's rules", Counter(result.problems))
    if result.unended:
        yield f"\nwithout an end: {', '.join(result.unended)}"
    if result.missing(options):
        yield f"\n{result.missing(options)}"
    broken = list(culprits(result.fates))
    yield f"\n{len(result.broken)} broken promises" + (":" if broken else "")
    yield from broken


def dump(result: Result, folder: Path) -> None:
    """Everything that was seen, as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "apps.json").write_text(json.dumps(result.history.apps, indent=1), encoding="utf-8")
    (folder / "notes.json").write_text(json.dumps([asdict(note) for note in result.history.notes]), encoding="utf-8")
    (folder / "blows.json").write_text(json.dumps([asdict(blow) for blow in result.history.blows]), encoding="utf-8")
    seen = [{**asdict(fate), "broken": fate.broken, "times": fate.times} for fate in result.fates]
    (folder / "fates.json").write_text(json.dumps(seen, default=dict), encoding="utf-8")
