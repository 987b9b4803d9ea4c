"""The Git repository that Argo CD syncs: a work tree in the sandbox's folder, read by its `file://` address."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vela_steps.errors import ToolError, VelaStepsError
from vela_steps.tools.run import run

BRANCH = "main"
APPS = "apps"  # the folder that Argo CD's Application `apps` follows
_AUTHOR = ("-c", "user.name=vela-steps sandbox", "-c", "user.email=sandbox@example.com", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Repository:
    """One work tree with its branch `main`."""

    path: Path

    @property
    def url(self) -> str:
        """The `repoURL` of an Argo CD Application."""
        return f"file://{self.path}"

    def create(self) -> None:
        """Make the repository with one empty folder `apps`, where there is none yet.

        Raises VelaStepsError where git is missing.
        """
        if (self.path / ".git").exists():
            return
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            self._git("init", "--quiet", f"--initial-branch={BRANCH}")
        except ToolError as error:
            raise VelaStepsError(f"no Git repository can be made: {error}", cure="install git 2.28 or later") from error
        self.commit({f"{APPS}/.gitkeep": ""}, "Start empty")

    def commit(self, files: Mapping[str, str | None], message: str) -> str:
        """Write files (path in the repository → text; None removes it), commit all, and return the commit's id."""
        for name, text in files.items():
            path = self.path / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        self._git("add", "--all")
        self._git(*_AUTHOR, "commit", "--quiet", "--allow-empty", "-m", message)
        return self.head()

    def head(self) -> str:
        """The id of the last commit."""
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *args: str) -> str:
        # Neither hooks and signing keys of the user's nor an enclosing repository have a say here.
        plain = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        env = {**plain, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        return run(["git", "-C", self.path, *args], timeout=60, env=env).stdout
