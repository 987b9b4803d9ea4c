"""Outcomes for a person at a terminal or in a log."""

from __future__ import annotations

import sys

from vela_steps.plan.model import ERROR, WARNING, Problem
from vela_steps.report import Outcome, Tally, summed
from vela_steps.report.colour import BOLD, CYAN, DIM, RED, YELLOW, coloured, paint, paint_diff, say
from vela_steps.report.fold import folded, width_of


class TextReporter:
    """Problems and the summary to stderr; diffs, and with `list_changed` the paths that change, to stdout.

    The streams are looked up each time: a progress bar stands in for them while it is shown.
    """

    def __init__(self, *, list_changed: bool) -> None:
        self.list_changed = list_changed
        self.colour_out = coloured(sys.stdout)
        self.colour_err = coloured(sys.stderr)
        self.width = width_of(sys.stderr)

    def outcome(self, outcome: Outcome) -> None:
        """Say what is wrong with a file, or what changes in it."""
        for problem in outcome.problems:
            sys.stderr.write(problem_text(problem, colour=self.colour_err, width=self.width))
        if outcome.failed or not outcome.changed:
            return
        if outcome.diff:
            sys.stdout.write(paint_diff(outcome.diff) if self.colour_out else outcome.diff)
        if self.list_changed:
            say(sys.stdout, f"{outcome.path}\n")
        elif not outcome.diff:
            sys.stderr.write("".join([f"{change.position}: {summed(change)}\n" for change in outcome.changes]))

    def end(self, tally: Tally, summary: str) -> None:
        """Close with the summary."""
        sys.stdout.flush()
        if summary:
            colour = self.colour_err and (RED if tally.errors else BOLD)
            sys.stderr.write(f"{paint(summary, colour) if colour else summary}\n")


def problem_text(problem: Problem, *, colour: bool, width: int = 0) -> str:
    """A problem in one or two lines: place, severity, what is wrong; below it the cure. Folded at `width`, if any."""
    shade = {ERROR: RED, WARNING: YELLOW}.get(problem.severity, CYAN)
    severity = paint(problem.severity, shade) if colour else problem.severity
    position = paint(str(problem.position), BOLD) if colour else str(problem.position)
    taken = len(f"{problem.position}: {problem.severity}: ")
    message = folded(problem.message, width, taken=taken, indent="    ")
    cure = folded(problem.cure, width, taken=2, indent="  ")
    cure = f"  {paint(cure, DIM) if colour else cure}\n" if cure else ""
    return f"{position}: {severity}: {message}\n{cure}"
