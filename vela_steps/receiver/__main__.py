"""Run a receiver until SIGTERM or Ctrl-C.

It writes DIR/receiver.json once every port is open ({pid, address, the ports proxy, http, https, smtp and control, and
where ca and requests lie}), records to DIR/requests.jsonl, and takes receiver.json away at its end. Started again
with the same DIR it has the same CA, the same ports where they are free, and remembers what it recorded.

example: python -m vela_steps.receiver --state /tmp/receiver
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from vela_steps.errors import UsageError, VelaStepsError
from vela_steps.receiver.server import LOOPBACK, Listeners

PORTS = ("proxy", "http", "https", "smtp", "control")
LAST = "ports.json"


def is_free(port: int) -> bool:
    """Whether a port can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def last_ports(folder: Path) -> dict[str, int]:
    """The ports of the receiver that ran in this folder before, as far as they are free."""
    try:
        known = json.loads((folder / LAST).read_text())
    except (OSError, ValueError):
        return {}
    return {name: port for name, port in known.items() if name in PORTS and is_free(port)}


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m vela_steps.receiver",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="where the CA and the record are kept")
    parser.add_argument(
        "--address",
        default=LOOPBACK,
        help="where to listen, control excepted (default: loopback)",
    )
    parser.add_argument("--port", type=int, default=0, help="the proxy's port (default: the last one, or a free one)")
    for name in PORTS[1:]:
        parser.add_argument(f"--{name}-port", type=int, default=0, help=f"the port of {name} (default: likewise)")
    return parser


async def serve(folder: Path, address: str, ports: dict[str, int]) -> None:
    """Run until told to end."""
    loop, end = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    listeners = Listeners(folder, address)
    try:
        await listeners.start(ports)
    except OSError as error:
        raise UsageError(f"cannot listen: {error}", cure="choose other ports, or 0 for free ones") from error
    (folder / LAST).write_text(json.dumps(listeners.ports))
    await end.wait()
    await listeners.stop()


def main(argv: Sequence[str]) -> int:
    """Run a receiver; returns the exit status."""
    options = arguments().parse_args(argv)
    options.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    chosen = {"proxy": options.port, **{name: getattr(options, f"{name}_port") for name in PORTS[1:]}}
    ports = last_ports(options.state) | {name: port for name, port in chosen.items() if port}
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(options.state, options.address, ports))
    except VelaStepsError as error:
        print(f"receiver: {error}\n  {error.cure}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
