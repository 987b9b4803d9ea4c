"""How a command ends that an exception has ended: what is said, and its exit status, which never is 0 or 1.

1 says that something would change or was found: what went wrong must not be taken for it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from vela_steps.cli import BUG, ERROR, PIPE_CLOSED
from vela_steps.errors import VelaStepsError
from vela_steps.report.fold import folded, width_of


def ended(error: Exception) -> int:
    """Say what ended the command and return its exit status."""
    if isinstance(error, BrokenPipeError):  # `vela-steps … | head`: whoever read the output has had enough
        _drop_output()
        return PIPE_CLOSED
    status = ERROR
    with suppress(OSError):  # standard error may be full as well
        known = _known(error)
        if known:
            _tell(known)
        else:
            status = BUG
            sys.excepthook(type(error), error, error.__traceback__)
    _flush()
    return status


def _known(error: Exception) -> VelaStepsError | None:
    """The error as one that a user can act on; None for a bug of ours."""
    if isinstance(error, VelaStepsError):
        return error
    if isinstance(error, UnicodeEncodeError):
        return VelaStepsError(f"the output cannot be written: {error}", cure="set PYTHONIOENCODING=utf-8")
    if isinstance(error, OSError):
        return VelaStepsError(f"{error.filename or 'reading or writing failed'}: {error.strerror or error}")
    return None


def _tell(error: VelaStepsError) -> None:
    width = width_of(sys.stderr)
    print(folded(f"vela-steps: {error}", width, indent="  "), file=sys.stderr)
    if error.cure:
        print(folded(f"  {error.cure}", width, indent="  "), file=sys.stderr)


def _flush() -> None:
    """Write what was printed before, if that can be: Python tries it again at the end, with a status of its own."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        _drop_output()


def _drop_output() -> None:
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
