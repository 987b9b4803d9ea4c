"""`python -m vela_steps` and the `vela-steps` command."""

from __future__ import annotations

import sys

from vela_steps.cli import main as run_command


def main() -> None:
    """Run the command line and leave with its exit status."""
    sys.exit(run_command(sys.argv[1:]))


def krm() -> None:
    """`vela-steps-krm`: the KRM function under a name that needs no argument, as kustomize calls it."""
    sys.exit(run_command(["krm"]))


if __name__ == "__main__":
    main()
