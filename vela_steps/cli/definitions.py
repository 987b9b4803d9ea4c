"""The step definitions: build the shipped files from their sources, and compile them.

examples:
  vela-steps definitions build            write definitions/*.cue from definitions/src
  vela-steps definitions build --check    say which are not up to date (exit status 1)
  vela-steps definitions compile          compile them with each CUE that the sandbox has built
"""

from __future__ import annotations

import argparse
from pathlib import Path

from vela_steps.definitions.build import SHARED, Definition, build, step_folders
from vela_steps.definitions.engine import compile_definition
from vela_steps.errors import UsageError
from vela_steps.sandbox.components import cache
from vela_steps.sandbox.components.recipes import GROUPS, RECIPES
from vela_steps.tools.cue import Cue

ROOT = Path("definitions")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands and their options."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    make = commands.add_parser("build", help="write the shipped files")
    make.add_argument("--check", action="store_true", help="only say what would change")
    make.set_defaults(act=_build)
    check = commands.add_parser("compile", help="compile the shipped files with CUE 0.9.2 and 0.14.1")
    check.set_defaults(act=_compile)
    for command in (make, check):
        command.add_argument("--root", type=Path, default=ROOT, help=f"the folder of definitions (default: {ROOT})")


def run(args: argparse.Namespace) -> int:
    """Run the subcommand."""
    status: int = args.act(args)
    return status


def built(root: Path) -> list[Definition]:
    """Every definition, as its sources make it."""
    sources = root / "src"
    return [build(folder, sources / SHARED) for folder in step_folders(sources)]


def cues() -> list[Cue]:
    """Both versions of CUE, from the sandbox's components."""
    found = [cache.installed(RECIPES[name]) for name in GROUPS["cue"]]
    if None in found:
        raise UsageError("CUE 0.9.2 and 0.14.1 are not both built", cure="vela-steps sandbox build cue")
    return [Cue(component.binary("cue")) for component in found if component]


def _build(args: argparse.Namespace) -> int:
    changed = 0
    for definition in built(args.root):
        file = args.root / f"{definition.name}.cue"
        if file.is_file() and file.read_text(encoding="utf-8") == definition.text:
            continue
        changed += 1
        print(f"{file}: {'not up to date' if args.check else 'written'}")
        if not args.check:
            file.write_text(definition.text, encoding="utf-8")
    return 1 if args.check and changed else 0


def _compile(args: argparse.Namespace) -> int:
    programs = cues()
    for file in sorted(args.root.glob("*.cue")):
        for cue in programs:
            compile_definition(file.read_text(encoding="utf-8"), cue)
            print(f"{file}: compiles with CUE {cue.version()}")
    return 0
