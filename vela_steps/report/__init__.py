"""What a command found and did, in the form that its reader wants: a person, a program or GitHub.

A reporter gets one `Outcome` a file, in order, as soon as it is known, then `end`: nothing is collected, so memory
does not grow with the number of files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol, TextIO

from vela_steps.plan.model import ERROR, WARNING, Problem

if TYPE_CHECKING:
    from vela_steps.injection import Change


class Outcome(NamedTuple):
    """One file: whether it changes, what changes in it, what is wrong with it, and the diff if asked for."""

    path: str
    changed: bool = False
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    diff: str = ""

    @property
    def failed(self) -> bool:
        """Whether an error was found, so that the file stays as it is."""
        return any(problem.severity == ERROR for problem in self.problems)


def summed(change: Change) -> str:
    """A change of one Application in a few words: `shop: added purge, updated notify`."""
    parts = (("added", change.added), ("updated", change.updated), ("removed", change.removed))
    said = "; ".join(f"{verb} {', '.join(names)}" for verb, names in parts if names)
    return f"{change.application}: {said or 'updated what vela-steps recorded'}"


class Tally:
    """Counts over all files."""

    def __init__(self) -> None:
        self.files = self.changed = self.failed = self.errors = self.warnings = 0

    def add(self, outcome: Outcome) -> None:
        """Count one more file."""
        self.files += 1
        self.changed += outcome.changed and not outcome.failed
        self.failed += outcome.failed
        self.errors += sum(problem.severity == ERROR for problem in outcome.problems)
        self.warnings += sum(problem.severity == WARNING for problem in outcome.problems)

    def note(self, outcome: Outcome) -> None:
        """Count the problems of something that is no input: a plan, or a file counted before."""
        self.failed += outcome.failed
        self.errors += sum(problem.severity == ERROR for problem in outcome.problems)
        self.warnings += sum(problem.severity == WARNING for problem in outcome.problems)

    def as_dict(self) -> Mapping[str, int]:
        """The counts by name."""
        return {"files": self.files, "changed": self.changed, "failed": self.failed,
                "errors": self.errors, "warnings": self.warnings}  # fmt: skip


class Reporter(Protocol):
    """What a command tells its outcomes to."""

    def outcome(self, outcome: Outcome) -> None:
        """One file is done with."""

    def end(self, tally: Tally, summary: str) -> None:
        """All are; `summary` is the one sentence that a person wants to read."""


def reporter(form: str, out: TextIO, *, list_changed: bool = False) -> Reporter:
    """The reporter for `--format`: text, json or github.

    json and github write to `out`; text writes what other programs read to stdout and what is said to people to
    stderr. With `list_changed`, text prints the bare paths of the files that change, and GitHub marks them as
    errors: that is what `--check` is asked for.
    """
    if form == "json":
        from vela_steps.report.as_json import JsonReporter

        return JsonReporter(out)
    if form == "github":
        from vela_steps.report.github import GitHubReporter

        return GitHubReporter(out, list_changed=list_changed)
    from vela_steps.report.text import TextReporter

    return TextReporter(list_changed=list_changed)
