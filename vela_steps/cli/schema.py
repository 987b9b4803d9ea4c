"""Print a JSON Schema, for editors and other tools.

examples:
  vela-steps schema plan > plan.schema.json
  vela-steps schema application > application.schema.json
  vela-steps schema --list

An editor with yaml-language-server takes it from the first line of a plan, or of an Application:
  # yaml-language-server: $schema=plan.schema.json
"""

from __future__ import annotations

import argparse
import sys

from vela_steps.schema import published, text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("name", nargs="?", choices=published(), help="the schema to print")
    what.add_argument("--list", action="store_true", help="print the names of the schemas")


def run(args: argparse.Namespace) -> int:
    """Print the schema, or the names."""
    sys.stdout.write("".join(f"{name}\n" for name in published()) if args.list else text(args.name))
    return 0
