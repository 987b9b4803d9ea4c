"""The `cue` command."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vela_steps.tools.run import Completed, run

# Go's collector takes a third of a run that is over in a moment; with this it runs less often, for little more memory.
COLLECTOR = {"GOGC": "400"}


@dataclass(frozen=True)
class Cue:
    """One version of CUE; `program` is a path, or a name that PATH resolves."""

    program: str | Path = "cue"

    def __call__(
        self,
        *args: str | Path,
        cwd: Path | None = None,
        stdin: str | None = None,
        timeout: float = 60,
        accept: Sequence[int] = (0,),
    ) -> Completed:
        """Run `cue ARGS…`, `timeout` in seconds; raises ToolError as `tools.run.run` does."""
        env = COLLECTOR | os.environ
        return run([self.program, *args], cwd=cwd, env=env, stdin=stdin, timeout=timeout, accept=accept)

    def version(self) -> str:
        """'0.9.2': the version of CUE that the program was built from."""
        first = self("version").stdout.splitlines()[0]
        return first.split()[-1].removeprefix("v")
