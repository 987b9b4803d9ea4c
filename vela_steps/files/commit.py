"""Write what was staged: the one place where files of the user change."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from vela_steps.files.stage import Stage, Target
from vela_steps.files.write import led_to, write_atomic
from vela_steps.plan.model import ERROR, Position, Problem
from vela_steps.report import Outcome


def commit(stage: Stage, *, keep_going: bool) -> Iterator[Outcome]:
    """Write each result in its turn and yield the failures; without `keep_going` the first one ends the writing."""
    for to, pieces in stage.results():
        try:
            _write(to, pieces)
        except OSError as error:
            message = f"cannot be written: {error.strerror or error}"
            yield Outcome(to.path, problems=(Problem(Position(to.path), ERROR, message),))
            if not keep_going:
                return
        else:
            yield Outcome(to.path, changed=True)


def unwritable(to: Target) -> str:
    """Why replacing the source would fail, as far as can be known before any file is written; "" where it would not."""
    real = led_to(to.path)
    if not stat.S_ISREG(os.stat(real).st_mode):  # noqa: PTH116
        return "it is not a regular file"
    if not os.access(real, os.W_OK):
        return "it is read-only"
    if not os.access(os.path.dirname(real) or ".", os.W_OK | os.X_OK):  # noqa: PTH120
        return "its folder is read-only"
    return ""


def _write(to: Target, pieces: Iterator[bytes]) -> None:
    if to.path == to.source:
        _check_unchanged(to)
    else:
        os.makedirs(os.path.dirname(to.path) or ".", exist_ok=True)  # noqa: PTH103, PTH120
    write_atomic(to.path, pieces, mode=to.mode, owner=to.owner)


def _check_unchanged(to: Target) -> None:
    """Somebody else's edit between planning and writing must not be lost."""
    status = os.stat(to.path)  # noqa: PTH116
    if (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns) != to.identity:
        raise OSError("it was changed by another program in the meantime; run again")
