"""KubeVela's `vela` command, against one cluster."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vela_steps.tools.run import Completed, run


@dataclass(frozen=True)
class Vela:
    """`program` is a path or a name in PATH; `kubeconfig` is the cluster's, or None for the user's own.

    `home` keeps what the command writes below HOME (addon registries, caches) apart from the user's; it exists.
    """

    program: str | Path = "vela"
    kubeconfig: Path | None = None
    home: Path | None = None

    def __call__(
        self,
        *args: str | Path,
        cwd: Path | None = None,
        stdin: str | None = None,
        timeout: float = 120,
        accept: Sequence[int] = (0,),
    ) -> Completed:
        """Run `vela ARGS…`, `timeout` in seconds; raises ToolError as `tools.run.run` does."""
        env = dict(os.environ)
        if self.kubeconfig is not None:
            env["KUBECONFIG"] = str(self.kubeconfig)
        if self.home is not None:
            env["HOME"] = str(self.home)
        return run([self.program, *args], cwd=cwd, stdin=stdin, timeout=timeout, accept=accept, env=env)

    def enable_addon(self, folder: Path, *options: str, timeout: float = 300) -> Completed:
        """Enable an addon from a folder on disk; `options` as for `vela addon enable`, such as KEY=VALUE.

        Without --yes, which makes the CLI override definitions that are somebody else's.
        """
        return self("addon", "enable", str(folder), *options, timeout=timeout)

    def disable_addon(self, name: str, *options: str, timeout: float = 300) -> Completed:
        """Disable an addon by its name."""
        return self("addon", "disable", name, "--yes", *options, timeout=timeout)
