"""Small questions to a process: does it answer?"""

from __future__ import annotations

import socket
import urllib.request

_TIMEOUT = 2.0  # seconds
# Probes go to loopback: never through a proxy of the user's.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(url: str) -> bool:
    """Whether an HTTP address answers with 2xx. Raises OSError where nothing listens."""
    with _OPENER.open(url, timeout=_TIMEOUT) as answer:
        return bool(200 <= answer.status < 300)


def accepts(port: int) -> bool:
    """Whether something accepts connections on a port of loopback. Raises OSError where nothing does."""
    with socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT):
        return True
