"""Take injected steps out of KubeVela Applications: the files are byte for byte what they were before.

examples:
  vela-steps remove --write apps/                     take out everything that vela-steps put in
  vela-steps remove --plan plan.yaml --diff apps/     only the steps of this plan; show what would change
  vela-steps remove app.yaml                          print the result

Steps written by hand stay.

exit status: 0 done or nothing to do, 1 --check found changes, 2 an error was found
"""

from __future__ import annotations

import argparse

from vela_steps.cli.edit import add_edit_arguments, run_edit
from vela_steps.files.process import Edit
from vela_steps.plan.model import Plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    plan_help = "take out only this plan's steps (file or folder; repeat for several); default: all plans' steps"
    add_edit_arguments(parser, plan_help=plan_help, plan_required=False)


def run(args: argparse.Namespace) -> int:
    """Remove the plans' steps from the files."""
    return run_edit(args, _edit, "changed")


def _edit(plans: tuple[Plan, ...]) -> Edit:
    from vela_steps.injection import remove

    return lambda text, path: remove(text, plans or None, path=path)
