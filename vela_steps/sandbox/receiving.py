"""The receiver as a process of the sandbox."""

from __future__ import annotations

import sys
from typing import Any

from vela_steps.sandbox.folder import Folder, read_json
from vela_steps.sandbox.kwok import marked_environment
from vela_steps.sandbox.program import Program
from vela_steps.sandbox.request import Request

READY = "receiver.json"


def description(folder: Folder) -> dict[str, Any] | None:
    """What the receiver says of itself (ports, CA, record) once all its ports are open; None before."""
    return read_json(folder.receiver / READY)


def receiver(folder: Folder, request: Request) -> Program:
    """The receiver; it chooses free ports, and the same ones when it is started again."""
    # What a killed receiver left behind says nothing of the one that starts now.
    (folder.receiver / READY).unlink(missing_ok=True)
    return Program(
        name="receiver",
        argv=(sys.executable, "-m", "vela_steps.receiver", "--state", str(folder.receiver)),
        env=marked_environment(request),
        log=folder.logs / "receiver.log",
        ready=lambda: description(folder) is not None,
    )
