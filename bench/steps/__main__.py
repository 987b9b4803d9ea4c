"""Load and latency of steps, beside KubeVela's own `request` step, in one sandbox (`make bench-steps`)."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence

from bench.steps import latency, load
from bench.steps.kinds import KINDS, NOTHING, THEIRS
from bench.steps.load import Load
from vela_steps.errors import VelaStepsError
from vela_steps.sandbox.client import Sandbox

PODS = 90  # of a node's 110, so that the scheduler has some room


def say(text: str) -> None:
    """A line of progress."""
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def parse() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m bench.steps", description=__doc__)
    parser.add_argument("--apps", type=int, default=1000, help="Applications at once (%(default)s); 0: no load")
    parser.add_argument(
        "--latency", type=int, default=50, help="Applications one after the other (%(default)s); 0: none"
    )
    ours = [kind for kind in KINDS if kind not in (NOTHING, THEIRS)]
    parser.add_argument("--kinds", nargs="+", choices=ours, default=["github-dispatch"], help="steps to compare")
    parser.add_argument("--requests", action="store_true", help="tell the API server's requests by kind")
    parser.add_argument("--sandbox", default="bench", help="its name; one that runs is used and left (%(default)s)")
    return parser.parse_args()


def show_loads(loads: Sequence[Load]) -> None:
    """A line for each kind, per Application; `own` is the step's share: what is left without that of the component."""
    base, theirs = loads[0], loads[1]

    def own(one: Load) -> tuple[float, float]:
        return (one.used.cpu - base.used.cpu) / one.apps, (one.used.own - base.used.own) / one.apps

    print(f"\n{base.apps} Applications at once, {os.cpu_count()} processors; per Application, and beside `{THEIRS}`")
    head = (
        "step",
        "wall s",
        "cpu s",
        "API reqs",
        "own cpu s",
        "own reqs",
        "wall x",
        "own cpu x",
        "own reqs x",
        "p95 s",
    )
    print("| " + " | ".join(f"{name:>15}" for name in head) + " |\n|" + "|".join("-" * 16 + ":" for _ in head) + "|")
    for one in loads:
        cpu, asked = own(one)
        figures = (one.wall / one.apps, one.used.cpu / one.apps, one.used.own / one.apps, cpu, asked)
        beside = (one.wall / theirs.wall, cpu / own(theirs)[0], asked / own(theirs)[1])
        cells = [f"{one.kind:>15}", *[f"{number:15.2f}" for number in (*figures, *beside)]]
        print("| " + " | ".join([*cells, f"{one.late[int(0.95 * len(one.late))]:15.0f}"]) + " |", flush=True)


def show_requests(loads: Sequence[Load]) -> None:
    """What the API server was asked for, per Application."""
    kinds = sorted({name for one in loads for name in one.used.all}, key=lambda name: -loads[-1].used.all[name])
    print("\nrequests to the API server per Application, whoever made them")
    print(f"{'':50}" + "".join(f"{one.kind:>16}" for one in loads))
    for name in kinds[:25]:
        print(f"{name:50}" + "".join(f"{one.used.all[name] / one.apps:16.2f}" for one in loads))


def show_latency(kind: str, moments: Sequence[latency.Moments]) -> None:
    """Percentiles of one kind's moments."""

    def told(values: Sequence[float]) -> str:
        ordered = sorted(values)
        return f"p50 {statistics.median(ordered):5.2f} s, p95 {ordered[int(0.95 * len(ordered))]:5.2f} s"

    print(f"\n{kind}: from … to the request at the receiver, {len(moments)} Applications one after the other")
    print(f"  apply of the Application         {told([one.sent - one.applied for one in moments])}")
    print(f"  component up                     {told([one.sent - one.up for one in moments])}")
    print(f"  end of the apply step, as seen   {told([one.sent - one.ended for one in moments])}", flush=True)


def main() -> int:
    """Run both and print the tables."""
    args = parse()
    sandbox = Sandbox(args.sandbox)
    ran = sandbox.is_running()
    try:
        sandbox.up(nodes=max(5, args.apps // PODS + 2), tell=say)
        for kind in (THEIRS, *args.kinds) if args.latency else ():
            say(f"latency: {kind}")
            show_latency(kind, latency.measure(sandbox, kind, args.latency))
        loads: list[Load] = []
        for kind in (NOTHING, THEIRS, *args.kinds) if args.apps else ():
            say(f"load: {kind}")
            loads.append(load.run(sandbox, kind, args.apps))
            # A later kind may fail, and this one took minutes.
            say(f"load: {kind} took {loads[-1].wall:.0f} s, {loads[-1].effects} requests arrived")
        if loads:
            show_loads(loads)
        if args.requests:
            show_requests(loads)
    except VelaStepsError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        if not ran:
            sandbox.down()
    return 0


if __name__ == "__main__":
    sys.exit(main())
