"""Run an external program: with a time-out, and an error that says what was run and what it printed."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from vela_steps.errors import ToolError

PRINTED = 4000  # characters of a failed program's output that an error repeats: the end, where the cause stands


class Completed(NamedTuple):
    """What a program that ended with an accepted status left behind (text, decoded as UTF-8)."""

    status: int
    stdout: str
    stderr: str


def run(
    argv: Sequence[str | Path],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    accept: Sequence[int] = (0,),
) -> Completed:
    """Run `argv` to its end and return what it printed.

    `timeout` is in seconds; `env` replaces the environment; `accept` lists the exit statuses that are no error.
    Raises ToolError where the program is missing, exceeds the time-out or ends with another status.
    """
    command = [str(part) for part in argv]
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=None if env is None else dict(env),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise ToolError(f"{command[0]}: no such program") from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{shlex.join(command)}: no end after {timeout:g} s") from error
    if done.returncode not in accept:
        printed = (done.stderr.strip() or done.stdout.strip())[-PRINTED:]
        raise ToolError(f"{shlex.join(command)}: exit status {done.returncode}\n{printed}")
    return Completed(done.returncode, done.stdout, done.stderr)
