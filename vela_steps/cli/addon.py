"""Build and package the KubeVela addon.

vela-steps addon build                      write addon/vela-steps from definitions/
vela-steps addon build --check              say what is not up to date (exit status 1)
vela-steps addon build -o DIR               write it anywhere: DIR is named vela-steps
"""

from __future__ import annotations

import argparse
from pathlib import Path

from vela_steps.addon import folder
from vela_steps.addon.texts import NAME

ROOT = Path("definitions")
HERE = Path("addon")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands and their options."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="write the addon's folder")
    build.add_argument("-o", "--output", type=Path, default=HERE, help=f"where {NAME}/ is written (default: {HERE})")
    build.add_argument("--check", action="store_true", help="only say what would change")
    build.set_defaults(act=_build)
    for command in (build,):
        command.add_argument("--root", type=Path, default=ROOT, help=f"the folder of definitions (default: {ROOT})")


def run(args: argparse.Namespace) -> int:
    """Run the subcommand."""
    status: int = args.act(args)
    return status


def _build(args: argparse.Namespace) -> int:
    made = folder.files(args.root, HERE / "src" / "examples")
    place = args.output / NAME
    changes = folder.drift(made, place)
    if args.check:
        print("\n".join([*changes, "make it so: vela-steps addon build"] if changes else []), end="")
        return 1 if changes else 0
    if changes:
        folder.write(made, place)
    print(f"{place}: {'written' if changes else 'up to date'}")
    return 0
