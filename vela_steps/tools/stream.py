"""Run an external program and hand its output on line by line: for what takes long, and shows its progress."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vela_steps.errors import ToolError
from vela_steps.tools.prctl import die_with_parent

KEPT = 40  # last lines of output that an error repeats


def stream(
    argv: Sequence[str | Path],
    on_line: Callable[[str], None],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run `argv` to its end and call `on_line` with each line of its output (both streams, in order, no newline).

    The program gets a process group of its own, killed whole if this process is interrupted or `on_line` raises.
    Raises ToolError where the program is missing or ends with another status than 0.
    """
    command = [str(part) for part in argv]
    last: deque[str] = deque(maxlen=KEPT)
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent,  # where this process is killed, so that it cannot kill the group itself
        )
    except FileNotFoundError as error:
        raise ToolError(f"{command[0]}: no such program") from error
    with process:
        try:
            assert process.stdout is not None  # noqa: S101 - PIPE was asked for
            for line in process.stdout:
                last.append(line.rstrip("\n"))
                on_line(last[-1])
            status = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if status != 0:
        printed = "\n".join(last)
        raise ToolError(f"{shlex.join(command)}: exit status {status}\n{printed}")
