"""`make chaos`: run it in a sandbox of its own, print the table, and fail where a promise was broken."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import fields
from pathlib import Path

from tests.chaos.report import dump, lines
from tests.chaos.run import Options, Run
from vela_steps.errors import VelaStepsError
from vela_steps.sandbox.client import Sandbox

SANDBOX = "chaos"
HELP = {
    "apps": "Applications",
    "each": "effect steps in each",
    "kills": "times that vela-core is killed (kill -9)",
    "apis": "times that the API server is killed",
    "receivers": "times that the receiver is killed or out of reach",
    "seed": "the same Applications, faults and order of blows for the same seed",
    "at_once": "Applications under way at a time",
    "patience": "seconds that a step waits for the end of a run, a purge or a health check",
}


def say(text: str) -> None:
    """A line with the time."""
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    for one in fields(Options):
        name = "--" + one.name.replace("_", "-")
        parser.add_argument(name, type=int, default=one.default, help=f"{HELP[one.name]} (%(default)s)")
    parser.add_argument("--sandbox", default=SANDBOX, help="its name; one that runs is used and left (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="leave the sandbox running")
    parser.add_argument("--dump", type=Path, help="write every request, note and state into this folder")
    return parser.parse_args(arguments)


def main() -> int:
    """Exit status 1 where a promise was broken."""
    args = parse()
    options = Options(**{one.name: getattr(args, one.name) for one in fields(Options)})
    sandbox = Sandbox(args.sandbox)
    ran = sandbox.is_running()
    try:
        sandbox.up(tell=say)
        run = Run(sandbox, options, say)
        result = run()
        if args.dump:
            dump(result, args.dump)
    except VelaStepsError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        if not (ran or args.keep):
            sandbox.down()
    print("\n".join(lines(result, options)))
    return 1 if result.broken or result.unended or result.missing(options) else 0


if __name__ == "__main__":
    sys.exit(main())
