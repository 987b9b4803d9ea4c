"""The `kubectl` command, against one cluster."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vela_steps.errors import ToolError
from vela_steps.tools.run import Completed, run

NOT_FOUND = "Error from server (NotFound)"


@dataclass(frozen=True)
class Kubectl:
    """`program` is a path or a name in PATH; `kubeconfig` is the cluster's, or None for the user's own."""

    program: str | Path = "kubectl"
    kubeconfig: Path | None = None

    def __call__(
        self,
        *args: str | Path,
        stdin: str | None = None,
        timeout: float = 60,
        accept: Sequence[int] = (0,),
    ) -> Completed:
        """Run `kubectl ARGS…`, `timeout` in seconds; raises ToolError as `tools.run.run` does."""
        command = [self.program, *args]
        if self.kubeconfig is None:
            return run(command, stdin=stdin, timeout=timeout, accept=accept)
        env = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        return run(command, stdin=stdin, timeout=timeout, accept=accept, env=env)

    def apply(self, manifests: str, *, namespace: str = "", timeout: float = 60, validate: bool = True) -> Completed:
        """Apply YAML or JSON text, server-side, so that fields of other writers are kept.

        `validate=False` spares the API server to describe all its resource types: for manifests that are known to fit.
        """
        options = ["--namespace", namespace] if namespace else []
        options += [] if validate else ["--validate=false"]
        return self(
            "apply", "--server-side", "--force-conflicts", *options, "-f", "-", stdin=manifests, timeout=timeout
        )

    def get(self, kind: str, name: str, *, namespace: str = "default") -> dict[str, Any] | None:
        """One object, or None where the cluster has no such object."""
        try:
            done = self("get", kind, name, "--namespace", namespace, "--output", "json")
        except ToolError as error:
            if NOT_FOUND in str(error):
                return None
            raise
        found: dict[str, Any] = json.loads(done.stdout)
        return found
