"""Put a plan's steps into KubeVela Applications, without touching any other byte of the files.

examples:
  vela-steps inject --plan plan.yaml app.yaml            print the result
  vela-steps inject --plan plan.yaml --diff apps/        show what would change
  vela-steps inject --plan plan.yaml --write apps/       change the files
  vela-steps inject --plan plan.yaml --check apps/       in CI: exit 1 where files are not up to date
  vela-steps inject -p a.yaml -p b.yaml -o rendered apps/
  kustomize build prod | vela-steps inject -p plan.yaml - | kubectl apply -f -

Running it again changes nothing; a changed plan changes its own steps only. Nothing is written where any file has
an error, unless --keep-going is given.

exit status: 0 done or nothing to do, 1 --check found changes, 2 an error was found
"""

from __future__ import annotations

import argparse

from vela_steps.cli.edit import add_edit_arguments, run_edit
from vela_steps.files.process import Edit
from vela_steps.plan.model import Plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    plan_help = "plan file, or folder of plan files; repeat for several, their order does not matter"
    add_edit_arguments(parser, plan_help=plan_help, plan_required=True)


def run(args: argparse.Namespace) -> int:
    """Inject the plans into the files."""
    return run_edit(args, _edit, "injected", selecting=True)


def _edit(plans: tuple[Plan, ...]) -> Edit:
    from vela_steps.injection import inject

    return lambda text, path: inject(text, plans, path=path)
