"""Check plans offline: form, names, placeholders, and the properties of steps whose type vela-steps knows.

In Applications, the properties of the steps of their workflow are checked, those written by hand included.
Where CUE (the command cue) is installed, the steps' own checks are made, too, as they will be in the cluster: which
parameters exclude each other, what a provider takes, how an address looks.

examples:
  vela-steps validate plan.yaml
  vela-steps validate --format github deploy/plans/
  vela-steps validate apps/shop.yaml
  vela-steps validate - < plan.yaml
  vela-steps validate --cue ~/go/bin/cue plan.yaml

exit status: 0 all good, 2 an error was found
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from vela_steps.cli.options import add_format, plural

if TYPE_CHECKING:
    from vela_steps.plan.properties import Judge


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    parser.add_argument("paths", nargs="+", metavar="PLAN", help="plan or Application file, folder, or - for stdin")
    cue = parser.add_mutually_exclusive_group()
    cue.add_argument("--cue", metavar="PROGRAM", help="the command cue, 0.9.2 or later (default: that of PATH, if any)")
    cue.add_argument("--no-cue", action="store_true", help="check by the schemas alone")
    add_format(parser)


def _judge(args: argparse.Namespace) -> Judge | None:
    """The steps' own checks by `cue`; None where there is no `cue`, or none is wanted."""
    from shutil import which

    from vela_steps.errors import UsageError

    if args.no_cue:
        return None
    program = which(args.cue or "cue")
    if program is None:
        if args.cue:
            raise UsageError(f"{args.cue}: there is no such program", cure="install CUE, or leave --cue out")
        return None
    from vela_steps.definitions.exact import judge
    from vela_steps.tools.cue import Cue

    return judge(Cue(program))


def run(args: argparse.Namespace) -> int:
    """Report everything that is wrong with the plans."""
    from vela_steps.cli.plans import read_plans
    from vela_steps.errors import UsageError
    from vela_steps.plan.load import Loaded, check_file
    from vela_steps.report import Tally, reporter

    report = reporter(args.format, sys.stdout)
    tally = Tally()
    judge = _judge(args)
    plans = applications = 0

    def load(text: bytes, path: str) -> Loaded:
        nonlocal applications
        checked = check_file(text, path, judge, empty=path not in args.paths)
        applications += checked.applications
        return Loaded(checked.plans, checked.problems)

    for outcome, found in read_plans(args.paths, load, together=False):
        plans += len(found)
        tally.add(outcome)
        report.outcome(outcome)
    if not plans and not applications and not tally.errors:
        raise UsageError(f"{', '.join(args.paths)}: no plan and no KubeVela Application found")
    report.end(tally, _summary(plans, applications, tally.files, tally.errors))
    return 2 if tally.errors else 0


def _summary(plans: int, applications: int, files: int, errors: int) -> str:
    """`1 plan, 2 Applications in 3 files: no error found`."""
    counts = [plural(plans, "plan")] if plans or not applications else []
    counts += [plural(applications, "Application")] if applications else []
    result = plural(errors, "error") if errors else "no error found"
    return f"{', '.join(counts)} in {plural(files, 'file')}: {result}"
