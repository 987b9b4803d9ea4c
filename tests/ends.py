"""Waiting for processes that are no children of the test."""

from __future__ import annotations

import os
import select
from collections.abc import Iterable

WITHIN = 60.0  # seconds


def wait_for_ends(pids: Iterable[int], within: float = WITHIN) -> None:
    """Wait until each of these has ended; AssertionError names one that does not within so many seconds."""
    for pid in pids:
        try:
            end = os.pidfd_open(pid)
        except ProcessLookupError:  # nobody has to fetch its status any more
            continue
        try:
            assert select.select([end], [], [], within)[0], f"process {pid} has not ended within {within:g} s"
        finally:
            os.close(end)
