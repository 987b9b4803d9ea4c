"""Outcomes for a program: one JSON object, written piece by piece.

{"files": [{"path", "changed", "changes", "problems": [...], "diff"?}, …], "summary": {"files": 2, …}}
In ASCII, which every encoding has, whatever the names of files are.
"""

from __future__ import annotations

import json
from typing import Any, TextIO

from vela_steps.injection import Change
from vela_steps.plan.model import Problem
from vela_steps.report import Outcome, Tally


class JsonReporter:
    """Writes to one stream; the object is closed by `end`."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.before = '{"files": [\n'

    def outcome(self, outcome: Outcome) -> None:
        """Write one file's object."""
        self.out.write(self.before + json.dumps(as_dict(outcome)))
        self.before = ",\n"

    def end(self, tally: Tally, summary: str) -> None:
        """Close the list, add the counts."""
        start = self.before if self.before.startswith("{") else "\n"
        counts = json.dumps({**tally.as_dict(), "message": summary})
        self.out.write(f'{start}], "summary": {counts}}}\n')
        self.out.flush()


def as_dict(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON data."""
    data: dict[str, Any] = {
        "path": outcome.path,
        "changed": outcome.changed and not outcome.failed,
        "changes": [change_dict(change) for change in outcome.changes],
        "problems": [problem_dict(problem) for problem in outcome.problems],
    }
    return {**data, "diff": outcome.diff} if outcome.diff else data


def change_dict(change: Change) -> dict[str, Any]:
    """What becomes of one Application as JSON data."""
    return {
        "application": change.application,
        "namespace": change.namespace,
        "line": change.position.line,
        "added": list(change.added),
        "updated": list(change.updated),
        "removed": list(change.removed),
        "createdWorkflow": change.created_workflow,
    }


def problem_dict(problem: Problem) -> dict[str, Any]:
    """A problem as JSON data; `line` and `column` count from 1 and are 0 where the whole file is meant."""
    return {
        "path": problem.position.path,
        "line": problem.position.line,
        "column": problem.position.column,
        "severity": problem.severity,
        "message": problem.message,
        "route": list(problem.route),
        "cure": problem.cure,
    }
