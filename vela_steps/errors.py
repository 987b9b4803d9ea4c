"""The one root of everything that vela-steps raises on purpose.

A failure of one document is a value (see `vela_steps.injection.Problem`), not an exception: other documents go on.
Exceptions are for what ends a command. `cli.main` alone turns them into exit statuses.
"""

from __future__ import annotations


class VelaStepsError(Exception):
    """A failure that the user can act on.

    `str(error)` is one sentence that names the place; `cure` says what to do about it, where that is known.
    """

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        self.cure = cure


class UsageError(VelaStepsError):
    """The command line asks for something that cannot be done."""


class ToolError(VelaStepsError):
    """An external program is missing, failed or did not end in time."""
