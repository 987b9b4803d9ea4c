"""See and disturb what reaches a sandbox's receiver, the stand-in for GitHub, CDNs and chat services.

examples:
  vela-steps receiver requests                          every recorded request, a line each
  vela-steps receiver requests --effects --follow       what had an effect, as it comes
  vela-steps receiver requests --path shop -o json      whole, as JSON lines
  vela-steps receiver fault --host api.github.com --status 503 --times 2
  vela-steps receiver fault --vendor slack --close after --times 1
  vela-steps receiver heal                              take all faults away
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from vela_steps.receiver.client import Receiver, Record
from vela_steps.receiver.installed import check_installed
from vela_steps.sandbox.folder import Folder, chosen_name

POLL = 60.0  # seconds that one question for new requests stays open


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands and their options."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--name", help="which sandbox (default: $VELA_STEPS_SANDBOX, else 'default')")
    matching = argparse.ArgumentParser(add_help=False)
    matching.add_argument("--vendor", help="of one service: github, fastly, slack, …")
    matching.add_argument("--host", help="to one host; wildcards")
    matching.add_argument("--path", metavar="REGEXP", help="found in the path or its query")
    matching.add_argument("--method", help="GET, POST, …")
    matching.add_argument("--contains", metavar="TEXT", help="found in path, query or body")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    show = commands.add_parser("requests", parents=[common, matching], help="what was recorded")
    show.add_argument("--effects", action="store_true", help="only what had an effect on its service")
    show.add_argument("-f", "--follow", action="store_true", help="go on with what comes, until Ctrl-C")
    show.add_argument("-o", "--output", choices=["text", "json"], default="text", help="default: text")
    show.set_defaults(act=_requests)

    fault = commands.add_parser("fault", parents=[common, matching], help="answer slowly, wrongly or not at all")
    fault.add_argument("--times", type=int, metavar="N", help="for the next N requests (default: until healed)")
    fault.add_argument("--probability", type=float, default=1.0, metavar="P", help="0 to 1 (default: 1)")
    fault.add_argument("--seed", type=int, default=0, help="makes a probability repeatable (default: 0)")
    fault.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="before the answer")
    fault.add_argument("--status", type=int, help="instead of the service's answer")
    fault.add_argument("--retry-after", metavar="SECONDS", help="a header of that answer")
    fault.add_argument("--body", default="", help="of that answer")
    fault.add_argument("--close", choices=["before", "after"], help="drop the connection before or after recording")
    fault.set_defaults(act=_fault)

    heal = commands.add_parser("heal", parents=[common], help="take faults away")
    heal.add_argument("ids", nargs="*", type=int, metavar="ID", help="as `fault` printed them (default: all)")
    heal.set_defaults(act=_heal)


def run(args: argparse.Namespace) -> int:
    """Do what was asked; returns the exit status."""
    check_installed()
    args.act(Receiver.at(Folder.of(chosen_name(args.name)).receiver), args)
    return 0


def _match(args: argparse.Namespace) -> dict[str, Any]:
    names = ("vendor", "host", "path", "method", "contains")
    return {name: value for name in names if (value := getattr(args, name))}


def _requests(receiver: Receiver, args: argparse.Namespace) -> None:
    match = _match(args) | ({"effects": True, "accepted": True} if args.effects else {})
    found = receiver.requests(**match)
    _print(found, args.output)
    while args.follow:
        since = found[-1].seq if found else 0
        new = receiver.next(since, timeout=POLL, **match)
        _print(new, args.output)
        found = new or found


def _print(records: list[Record], output: str) -> None:
    for record in records:
        print(json.dumps(asdict(record), ensure_ascii=False) if output == "json" else record, flush=True)


def _fault(receiver: Receiver, args: argparse.Namespace) -> None:
    headers = {"retry-after": args.retry_after} if args.retry_after else {}
    taken = ("times", "probability", "seed", "delay", "status", "body", "close")
    print(receiver.fault(match=_match(args), headers=headers, **{name: getattr(args, name) for name in taken}))


def _heal(receiver: Receiver, args: argparse.Namespace) -> None:
    receiver.heal(*args.ids)
