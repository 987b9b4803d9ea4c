"""Print a script that completes vela-steps in your shell.

examples:
  vela-steps completion bash > ~/.local/share/bash-completion/completions/vela-steps
  vela-steps completion zsh > "${fpath[1]}/_vela-steps"
  vela-steps completion fish > ~/.config/fish/completions/vela-steps.fish
"""

from __future__ import annotations

import argparse
import sys

from vela_steps.cli import VERBS, verb_arguments

SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    parser.add_argument("shell", choices=SHELLS, help="the shell to print the script for")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    sys.stdout.write(shtab.complete(_whole_parser(), shell=args.shell))
    return 0


def _whole_parser() -> argparse.ArgumentParser:
    """All verbs in one parser, as shtab wants it; a run builds the parser of its own verb alone."""
    parser = argparse.ArgumentParser(prog="vela-steps")
    parser.add_argument("--version", action="store_true", help="print the version")
    verbs = parser.add_subparsers()
    for verb, line in VERBS.items():
        one = verbs.add_parser(verb, help=line, description=line)
        verb_arguments(verb, one)
        _complete_paths(one)
    return parser


def _complete_paths(parser: argparse.ArgumentParser) -> None:
    """Mark what takes files or folders, in the commands of a verb, too."""
    import shtab

    for action in parser._actions:
        shown = action.metavar or action.dest.upper()
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _complete_paths(command)
        elif shown in ("PATH", "PLAN", "FILE", "CASE"):
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif shown == "DIR":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
