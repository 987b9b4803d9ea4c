"""The command line: one module a verb, imported only when its verb is called (start-up time counts in hooks).

A verb's module has `add_arguments(parser)` and `run(args) -> int`, its docstring is the text of `--help`,
and it stands in `VERBS` with the one line that `vela-steps --help` shows.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from vela_steps import __version__
from vela_steps.errors import UsageError

VERBS: dict[str, str] = {
    "inject": "put a plan's steps into Applications",
    "remove": "take injected steps out again",
    "explain": "show the workflow before and after, as a tree or a picture",
    "validate": "check plans offline",
    "schema": "print a JSON Schema for editors",
    "completion": "print a shell's completion script",
    "argocd": "health checks for Argo CD; inject inside Argo CD",
    "krm": "inject as a KRM function of kustomize or kpt",
    "post-render": "inject as a post-renderer of Helm",
    "doctor": "say what in a cluster will keep steps from working, and the cure",
    "status": "show the post-deploy steps of a cluster's Applications",
    "definitions": "build and compile the step definitions",
    "addon": "build and package the KubeVela addon; say who uses its steps",
    "demo": "show the whole chain on this machine",
    "sandbox": "run the real KubeVela, Kubernetes API and Argo CD on this machine",
    "receiver": "see and disturb what reaches a sandbox's stand-ins for GitHub, CDNs and chat",
}

DONE, CHANGES, ERROR, BUG, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 70, 130, 141


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal; argparse's own look at the width imports shutil, 4 ms for each start."""

    def __init__(self, prog: str) -> None:
        try:
            columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size().columns
        except (OSError, ValueError):
            columns = 100
        super().__init__(prog, width=max(columns - 2, 40))


class Parser(argparse.ArgumentParser):
    """argparse's parser that names what was probably meant; options are given in full, none is hit by chance."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **options})
        self.given: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse's; what was given is kept for `error`."""
        self.given = args or ()
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, with the nearest option or choice, and exit with status 2."""
        from vela_steps.cli.meant import meant
        from vela_steps.report.fold import folded, width_of

        hints = meant(message, self.given, self._option_string_actions)
        told = folded(message, width_of(sys.stderr), taken=len(f"{self.prog}: error: "), indent="  ")
        super().error("\n  ".join((told, *hints)))


def verb_parser(verb: str) -> argparse.ArgumentParser:
    """The parser of one verb; imports that verb's module."""
    module = importlib.import_module(f"vela_steps.cli.{verb.replace('-', '_')}")
    parser = Parser(
        prog=f"vela-steps {verb}",
        description=module.__doc__,
        formatter_class=HelpFormatter,
    )
    module.add_arguments(parser)
    parser.set_defaults(run=module.run)
    return parser


def verb_arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """Add one verb's arguments to a parser of somebody else."""
    importlib.import_module(f"vela_steps.cli.{verb.replace('-', '_')}").add_arguments(parser)


def top_parser() -> argparse.ArgumentParser:
    """The parser of everything that stands before the verb."""
    verbs = "\n".join(f"  {verb:<14} {line}" for verb, line in VERBS.items())
    parser = Parser(
        prog="vela-steps",
        description="Post-deploy steps for the KubeVela Applications that Argo CD syncs.",
        epilog=f"verbs:\n{verbs}\n\n`vela-steps VERB --help` shows a verb's options and examples.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"vela-steps {__version__}")
    parser.add_argument("verb", choices=list(VERBS), metavar="VERB")
    return parser


def main(argv: Sequence[str]) -> int:
    """Run one command line and return its exit status: the one place where errors become statuses."""
    try:
        _check_streams()
        status = _run(list(argv))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        from vela_steps.cli.ended import ended

        return ended(error)
    return status


def _run(args: list[str]) -> int:
    if not args or args[0] not in VERBS:
        top_parser().parse_args(args or ["--help"])
    options = verb_parser(args[0]).parse_args(args[1:])
    status: int = options.run(options)
    return status


def _check_streams() -> None:
    """Refuse to work without standard output: the next file that is opened would stand in its place."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - lives as long as the process
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        raise UsageError("standard output is closed", cure="send it to /dev/null if it is not wanted")
