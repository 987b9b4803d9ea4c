"""Show the post-deploy steps of the Applications in a cluster.

For each step: its state, since when, how often something was sent, and what it says: what was sent with its link, or
why it waits.

examples:
  vela-steps status                       all namespaces that you may read
  vela-steps status -n prod shop          one Application
  vela-steps status -n prod --watch       live, until every step is through
  vela-steps status -n prod -o json | jq '.[] | select(.state == "failed")'

exit status: 0, 1 where a step failed, 2 where the cluster could not be asked
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from vela_steps.errors import UsageError
from vela_steps.fleet import show
from vela_steps.fleet.cluster import Cluster, RefusedError
from vela_steps.fleet.steps import StepState, markers_by_owner, steps_of

EVERY = 2.0  # seconds between two looks with --watch
UNFINISHED = ("not started", "pending", "running", "suspending")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `vela-steps status`."""
    parser.add_argument("application", nargs="?", metavar="APP", help="one Application; default: all")
    parser.add_argument("-n", "--namespace", default="", metavar="NS", help="one namespace; default: all")
    parser.add_argument("--context", metavar="NAME", help="the context of the kubeconfig")
    parser.add_argument("--watch", "-w", action="store_true", help="show it live until every step is through")
    parser.add_argument("-o", "--output", choices=["text", "json"], default="text", help="default: text")


def run(args: argparse.Namespace) -> int:
    """Look once, or until everything is through."""
    if args.watch and args.output == "json":
        raise UsageError("--watch shows text", cure="leave one of --watch and -o json out")
    cluster = Cluster(args.context)
    states = _watch(cluster, args) if args.watch else _look(cluster, args)
    if args.output == "json":
        print(show.as_json(states))
    elif not args.watch:
        _print(states)
    return 1 if any(state.state == "failed" for state in states) else 0


def _look(cluster: Cluster, args: argparse.Namespace, *, again: bool = False) -> list[StepState]:
    applications = list(cluster.applications(args.namespace))
    markers = _markers(cluster, args.namespace, tell=not again)
    states, found = [], False
    for app in applications:
        if args.application in (None, app["metadata"]["name"]):
            found = True
            states += steps_of(app, markers.get(app["metadata"]["uid"], {}))
    if args.application and not found:
        where = f"namespace {args.namespace}" if args.namespace else "any namespace"
        raise UsageError(f"there is no Application {args.application} in {where}")
    return states


def _markers(cluster: Cluster, namespace: str, *, tell: bool) -> dict[str, dict[str, Any]]:
    """What our steps noted, or nothing where the account may not read it: the states do not hang on it."""
    try:
        return dict(markers_by_owner(cluster.markers(namespace)))
    except RefusedError:
        if tell:
            print("you may not list ConfigMaps, so what was sent and what was answered is not shown", file=sys.stderr)
        return {}


def _watch(cluster: Cluster, args: argparse.Namespace) -> list[StepState]:
    from rich.live import Live

    states = _look(cluster, args)
    with Live(show.lines(states, show.now()), auto_refresh=False) as live:
        while any(state.state in UNFINISHED for state in states):
            time.sleep(EVERY)
            states = _look(cluster, args, again=True)
            live.update(show.lines(states, show.now()), refresh=True)
    return states


def _print(states: list[StepState]) -> None:
    from rich.console import Console

    if not states:
        print("no Application here has a post-deploy step")
        return
    # Lines are whole: a link that is folded can be neither clicked nor found.
    Console().print(show.lines(states, show.now()), soft_wrap=True, highlight=False)
