"""Show the workflow that the KubeVela controller would run for an Application, before and after injection.

With --plan: as the file stands, and with the plans' steps. Without: without any injected step, and as the file stands.
Nothing is written.

examples:
  vela-steps explain --plan plan.yaml app.yaml
  vela-steps explain app.yaml                                what was injected
  vela-steps explain -p plan.yaml app.yaml --format mermaid  for a pull request or a README
  vela-steps explain -p plan.yaml app.yaml --format svg > workflow.svg

exit status: 0 done, 2 an error was found
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vela_steps.errors import UsageError
from vela_steps.files.find import find, unread
from vela_steps.files.read import opened
from vela_steps.plan.model import Plan, Problem
from vela_steps.report import Outcome, Tally, reporter
from vela_steps.report.colour import coloured, say

if TYPE_CHECKING:
    from vela_steps.explain.picture import Picture


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    parser.add_argument(
        "--plan", "-p", action="append", default=[], metavar="PLAN", help="plan file or folder; repeatable"
    )
    parser.add_argument("paths", nargs="+", metavar="FILE", help="file, folder, or - for stdin")
    parser.add_argument(
        "--format",
        choices=("text", "mermaid", "svg"),
        default="text",
        help="a tree for the terminal, a Mermaid flowchart, or an SVG picture",
    )


def run(args: argparse.Namespace) -> int:
    """Print the pictures."""
    from vela_steps.cli.plans import plans_of

    plans, _ = plans_of(args.plan)
    pictures, failed = _pictures(args.paths, plans)
    if not pictures and not failed:
        raise UsageError(f"{', '.join(args.paths)}: no KubeVela Application found")
    drawn = _drawn(args.format, pictures)
    if args.format == "text":
        say(sys.stdout, drawn)
    else:
        sys.stdout.write(drawn)
    return 2 if failed else 0


def _pictures(paths: Sequence[str], plans: Sequence[Plan]) -> tuple[list[Picture], bool]:
    from vela_steps.explain.applications import compared

    pictures: list[Picture] = []
    tally = Tally()
    report = reporter("text", sys.stdout)
    for found in find(paths):
        problems: tuple[Problem, ...] = (found.problem,) if found.problem else ()
        if not problems:
            try:
                with opened(found.path) as file:
                    new, problems = compared(file.read(), plans, found.path)
                pictures += new
            except OSError as error:
                problems = (unread(found.path, error),)
        outcome = Outcome(found.path, problems=problems)
        tally.add(outcome)
        report.outcome(outcome)
    return pictures, tally.errors > 0


def _drawn(form: str, pictures: list[Picture]) -> str:
    if form == "svg":
        from vela_steps.explain.svg import svg

        return svg(pictures)
    if form == "mermaid":
        from vela_steps.explain.mermaid import mermaid

        return mermaid(pictures)
    from vela_steps.explain.text import told

    return told(pictures, colour=coloured(sys.stdout))
