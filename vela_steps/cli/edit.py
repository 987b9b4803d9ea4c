"""What `inject` and `remove` share: their options, and the way from inputs to what is printed or written."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO

from vela_steps.cli.options import add_format, plural
from vela_steps.errors import UsageError
from vela_steps.files.commit import commit
from vela_steps.files.find import STDIN, Found, find, one_input
from vela_steps.files.process import NO_APPLICATION, Edit, Work, process
from vela_steps.files.stage import Stage
from vela_steps.plan.model import NOTE, Plan, Position, Problem
from vela_steps.report import Outcome, Reporter, Tally, reporter

FEW = 5  # files that are named one by one


def add_edit_arguments(parser: argparse.ArgumentParser, *, plan_help: str, plan_required: bool) -> None:
    """Declare the options that both verbs have."""
    parser.add_argument(
        "--plan", "-p", action="append", default=[], required=plan_required, metavar="PLAN", help=plan_help
    )
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="file, folder (all .yaml, .yml and .json in it), or - for stdin"
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--write", "-w", action="store_true", help="change the files in place")
    mode.add_argument(
        "--check", action="store_true", help="write nothing, list the files that would change, exit 1 if any"
    )
    mode.add_argument("--output", "-o", metavar="DIR", help="write all results below this folder, changed or not")
    parser.add_argument("--diff", action="store_true", help="show what changes as a unified diff")
    parser.add_argument("--keep-going", action="store_true", help="write the good files even if others have errors")
    add_format(parser)


def run_edit(
    args: argparse.Namespace, edit: Callable[[tuple[Plan, ...]], Edit], did: str, *, selecting: bool = False
) -> int:
    """Run the verb; `edit` makes the edit from the plans, `did` is what it does to a file ("injected").

    `selecting`: each plan is for some Application, and it is said where it selects none.
    """
    _check_usage(args)
    gc.freeze()  # what was imported stays
    gc.set_threshold(100_000)  # documents leave no cycles behind; looking for some after every 700 values costs a sixth
    with Stage() as stage:
        return _Run(args, did, stage, selecting).run(edit)


def _check_usage(args: argparse.Namespace) -> None:
    if STDIN in args.paths and args.write:
        raise UsageError(
            "standard input cannot be written in place", cure="leave --write out: the result goes to stdout"
        )
    if args.plan.count(STDIN) + args.paths.count(STDIN) > 1:
        raise UsageError("standard input can be read only once", cure="name a file for the others")
    if _to_stdout(args) and not one_input(args.paths):
        what = "several files" if len(args.paths) > 1 else "the files of a folder"
        raise UsageError(f"{what} cannot go to stdout", cure="choose --write, --check, --diff or -o DIR (see --help)")
    if args.output:
        _check_output(args)


def _check_output(args: argparse.Namespace) -> None:
    out = os.path.realpath(args.output)
    if os.path.lexists(out) and not os.path.isdir(out):  # noqa: PTH112
        raise UsageError(f"{args.output}: is not a folder")
    for path in args.paths:
        if os.path.isdir(path) and out.startswith(os.path.realpath(path).rstrip("/") + "/"):  # noqa: PTH112
            raise UsageError(
                f"{args.output}: lies in {path}, so that the next run would read it", cure="choose another"
            )


def _to_stdout(args: argparse.Namespace) -> bool:
    return not (args.write or args.check or args.diff or args.output)


class _Run:
    def __init__(self, args: argparse.Namespace, did: str, stage: Stage, selecting: bool) -> None:
        self.args = args
        self.did = did
        self.to_stdout = _to_stdout(args)
        self.stage = stage
        self.selecting = selecting
        self.bare: list[str] = []  # files that were named and hold no Application, where they are told together
        self.tally = Tally()
        self.written = 0
        self.unchanged = 0
        self.placed: dict[str, str] = {}  # output → input, only where several arguments might meet

    def run(self, edit: Callable[[tuple[Plan, ...]], Edit]) -> int:
        out = sys.stderr if self.to_stdout else sys.stdout
        report = reporter(self.args.format, out, list_changed=self.args.check)
        plans = self._plans(report)
        if plans is not None:
            self._all(edit(plans), plans, report)
            # before anything is written: what then cannot be is no less changed
            self.unchanged = self.tally.files - self.tally.changed - self.tally.failed
            if not self.tally.errors or self.args.keep_going:
                self._write(report)
        report.end(self.tally, self._summary())
        if self.tally.errors:
            return 2
        return 1 if self.args.check and self.tally.changed else 0

    def _plans(self, report: Reporter) -> tuple[Plan, ...] | None:
        """The plans, or None where one has an error."""
        from vela_steps.cli.plans import read_plans  # `remove` without plans needs no YAML loader

        plans: tuple[Plan, ...] = ()
        for outcome, found in read_plans(self.args.plan):
            plans += found
            if outcome.problems:
                self.tally.note(outcome)
                report.outcome(outcome)
        if self.args.plan and not plans and not self.tally.errors:
            raise UsageError(f"{', '.join(self.args.plan)}: no plan found", cure="plans are .yaml, .yml or .json files")
        return None if self.tally.errors else plans

    def _all(self, edit: Edit, plans: tuple[Plan, ...], report: Reporter) -> None:
        if not self.selecting:
            self._plan_all(edit, report)
            return
        from vela_steps.cli.unmatched import Unmatched, watched

        unmatched = Unmatched(plans)
        self._plan_all(watched(edit, unmatched), report)
        if self.tally.files and not self.tally.errors:  # else what is broken may be what was to be selected
            for problem in unmatched.problems(self.args.paths):
                outcome = Outcome(problem.position.path, problems=(problem,))
                self.tally.note(outcome)
                report.outcome(outcome)

    def _plan_all(self, edit: Edit, report: Reporter) -> None:
        every = self.to_stdout or bool(self.args.output)
        work = Work(edit, self.stage, self._place, every=every, replaces=self.args.write, diff=self.args.diff)
        for found in self._progress(find(self.args.paths)):
            outcome = self._few(process(found, work))
            self.tally.add(outcome)
            report.outcome(outcome)
        if self.bare:
            others = f", nor do {plural(len(self.bare) - 1, 'other')} of those named" if len(self.bare) > 1 else ""
            first = Problem(Position(self.bare[0]), NOTE, NO_APPLICATION + others)
            report.outcome(Outcome(self.bare[0], problems=(first,)))

    def _few(self, outcome: Outcome) -> Outcome:
        """The outcome; of many files that were named, as by pre-commit, one line says that they hold nothing."""
        if self.args.format != "text" or len(self.args.paths) <= FEW:
            return outcome
        rest = tuple(problem for problem in outcome.problems if problem.message != NO_APPLICATION)
        if len(rest) < len(outcome.problems):
            self.bare.append(outcome.path)
        return outcome._replace(problems=rest)

    def _place(self, found: Found) -> str | None:
        if self.args.output:
            return self._output(found)
        return found.path if self.args.write or self.to_stdout else None

    def _output(self, found: Found) -> str:
        path = os.path.join(self.args.output, found.relative)  # noqa: PTH118
        if len(self.args.paths) > 1:
            other = self.placed.setdefault(path, found.path)
            if other != found.path:
                raise UsageError(f"{found.path} and {other} would both be written to {path}", cure="run once for each")
        return path

    def _progress(self, files: Iterator[Found]) -> Iterator[Found]:
        if self.args.format != "text" or self.args.diff or not sys.stderr.isatty():
            return files
        from vela_steps.cli.progress import progress

        return progress(files, lambda: find(self.args.paths))

    def _write(self, report: Reporter) -> None:
        if self.to_stdout:
            _print(self.stage, sys.stdout.buffer)
            return
        for outcome in commit(self.stage, keep_going=self.args.keep_going):
            if outcome.failed:
                self.tally.note(outcome)
                report.outcome(outcome)
            else:
                self.written += 1

    def _summary(self) -> str:
        """What a person wants to know at the end; nothing where the result itself is all there is to say."""
        tally = self.tally
        errors = f"{plural(tally.errors, 'error')} in {plural(tally.failed, 'file')}" if tally.errors else ""
        if self.to_stdout:
            return errors
        if not tally.files:
            return errors or "no .yaml, .yml or .json file found"
        if self.args.write or self.args.output:
            done = f"{plural(self.written, 'file')} written" if self.written or not tally.errors else "nothing written"
            if self.args.output and self.written == self.stage.kept:
                done += f", {plural(tally.changed, 'file')} {self.did}"
        else:
            done = f"{plural(tally.changed, 'file')} would change"
        rest = f"{self.unchanged:,} unchanged"
        return ", ".join(part for part in (done, rest, errors) if part)


def _print(stage: Stage, out: BinaryIO) -> None:
    for _, pieces in stage.results():
        for piece in pieces:
            out.write(piece)
    out.flush()
