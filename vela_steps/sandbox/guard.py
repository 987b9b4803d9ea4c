"""Kills a sandbox's processes when its supervisor ends without having done so.

Runs as `python guard.py IDENTITY` with the read end of a pipe as its input. The supervisor holds the other end; when it
ends, however it ends, the kernel closes it. Imports little, because it does nothing all its life.
"""

from __future__ import annotations

import sys

from vela_steps.sandbox.processes import kill_all


def main() -> None:
    """Wait for the end of the input, then kill."""
    identity = sys.argv[1]
    while sys.stdin.buffer.read(1):
        pass
    kill_all(identity)


if __name__ == "__main__":
    main()
