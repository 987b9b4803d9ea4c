"""A sandbox of the real components: KubeVela and a Kubernetes API on this machine, without a container engine.

examples:
  vela-steps sandbox build cue          build both CUE versions only (under a minute)
  vela-steps sandbox build              build everything that `up` needs
"""

from __future__ import annotations

import argparse
import json

from vela_steps.sandbox.components import build, cache
from vela_steps.sandbox.components.recipes import GROUPS, RECIPES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands and their options."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    known = ", ".join([*GROUPS, *RECIPES])
    builder = commands.add_parser("build", help="build components into the cache", description=f"known: {known}")
    builder.add_argument(
        "names", nargs="*", default=["base"], metavar="NAME", help="component or group (default: base)"
    )
    builder.set_defaults(act=_build)
    lister = commands.add_parser("components", help="where each component lies in the cache")
    lister.add_argument("-o", "--output", choices=["text", "json"], default="text")
    lister.set_defaults(act=_components)


def run(args: argparse.Namespace) -> int:
    """Run one subcommand."""
    status: int = args.act(args)
    return status


def _build(args: argparse.Namespace) -> int:
    for component in build.ensure(args.names).values():
        print(f"{component.name} {component.folder / 'bin'}")
    return 0


def _components(args: argparse.Namespace) -> int:
    found = {name: cache.installed(recipe) for name, recipe in RECIPES.items()}
    if args.output == "json":
        print(json.dumps({name: each and str(each.folder) for name, each in found.items()}, indent=2))
    else:
        for name, each in found.items():
            print(f"{name:<12} {each.folder / 'bin' if each else 'not built'}")
    return 0
