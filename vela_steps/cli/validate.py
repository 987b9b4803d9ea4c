"""Check plans offline: form, names, placeholders, and the properties of steps whose type vela-steps knows.

In Applications, the properties of the steps of their workflow are checked, those written by hand included.

examples:
  vela-steps validate plan.yaml
  vela-steps validate --format github deploy/plans/
  vela-steps validate apps/shop.yaml
  vela-steps validate - < plan.yaml

exit status: 0 all good, 2 an error was found
"""

from __future__ import annotations

import argparse
import sys

from vela_steps.cli.options import add_format, plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    parser.add_argument("paths", nargs="+", metavar="PLAN", help="plan or Application file, folder, or - for stdin")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Report everything that is wrong with the plans."""
    from vela_steps.cli.plans import read_plans
    from vela_steps.plan.load import check_file
    from vela_steps.report import Tally, reporter

    report = reporter(args.format, sys.stdout)
    tally = Tally()
    plans = 0
    for outcome, found in read_plans(args.paths, check_file, together=False):
        plans += len(found)
        tally.add(outcome)
        report.outcome(outcome)
    good = f"{plural(plans, 'plan')} in {plural(tally.files, 'file')}: "
    report.end(tally, good + (plural(tally.errors, "error") if tally.errors else "no error found"))
    return 2 if tally.errors else 0
