"""Free ports, handed out so that sandboxes that start at the same time don't take each other's."""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence
from pathlib import Path

from vela_steps.errors import VelaStepsError
from vela_steps.sandbox.folder import read_json

# Below the ports that the kernel gives to outgoing connections (32768 on Linux): those would come and go in between.
LOWEST, HIGHEST = 20000, 32000


def taken_by_sandboxes(root: Path) -> set[int]:
    """The ports that sandboxes below `root` were given, running or about to start."""
    taken: set[int] = set()
    for request in root.glob("*/request.json"):
        taken.update((read_json(request) or {}).get("ports", {}).values())
    return taken


def is_free(port: int) -> bool:
    """Whether nothing listens on a port, on loopback or on all addresses."""
    for address in ("127.0.0.1", ""):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def choose(names: Sequence[str], taken: set[int]) -> dict[str, int]:
    """A free port for each name, none of `taken`. The caller holds the lock under which ports are chosen."""
    start = random.randrange(LOWEST, HIGHEST)  # noqa: S311 - spreads sandboxes out; nothing secret
    found: list[int] = []
    for step in range(HIGHEST - LOWEST):
        if len(found) == len(names):
            return dict(zip(names, found, strict=True))
        port = LOWEST + (start - LOWEST + step) % (HIGHEST - LOWEST)
        if port not in taken and is_free(port):
            found.append(port)
    raise VelaStepsError(f"no {len(names)} free ports between {LOWEST} and {HIGHEST}")
