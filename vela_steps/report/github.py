"""Outcomes as annotations of a GitHub Actions run.

Format: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import os
from typing import TextIO

from vela_steps.plan.model import ERROR, NOTE, WARNING, Problem
from vela_steps.report import Outcome, Tally, summed
from vela_steps.report.colour import say

COMMANDS = {ERROR: "error", WARNING: "warning", NOTE: "notice"}


class GitHubReporter:
    """Writes workflow commands; with `list_changed`, a file that would change is an error of the check."""

    def __init__(self, out: TextIO, *, list_changed: bool) -> None:
        self.out = out
        self.list_changed = list_changed

    def outcome(self, outcome: Outcome) -> None:
        """One annotation a problem, and one for a file that should have been changed."""
        for problem in outcome.problems:
            say(self.out, annotation(problem))
        if outcome.changed and not outcome.failed and self.list_changed:
            for change in outcome.changes:
                message = f"is not up to date: {summed(change)}"
                say(self.out, annotation(Problem(change.position, ERROR, message, cure="run with --write and commit")))

    def end(self, tally: Tally, summary: str) -> None:
        """The summary, as a plain line of the log."""
        del tally
        if summary:
            self.out.write(f"{summary}\n")
        self.out.flush()


def annotation(problem: Problem) -> str:
    """The workflow command for a problem."""
    position = problem.position
    # GitHub knows files by their paths in the repository: ./a.yaml is none of them
    file = position.path and os.path.normpath(position.path)
    place = {"file": file, "line": position.line, "col": position.column, "title": "vela-steps"}
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items() if value)
    message = f"{problem.message}\n{problem.cure}" if problem.cure else problem.message
    return f"::{COMMANDS[problem.severity]} {properties}::{_escaped(message)}\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
