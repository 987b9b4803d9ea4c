"""A sandbox's state folder: where everything of one sandbox lies, and what its state file says."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vela_steps.errors import UsageError

DEFAULT_NAME = "default"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


def states_root() -> Path:
    """`$XDG_STATE_HOME/vela-steps/sandboxes`, by default below `~/.local/state` (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_STATE_HOME", "")
    home = Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "state"
    return home / "vela-steps" / "sandboxes"


def chosen_name(name: str | None) -> str:
    """A sandbox's name: given, from $VELA_STEPS_SANDBOX, or 'default'.

    Raises UsageError where it is none that a folder and a cluster can have.
    """
    chosen = name or os.environ.get("VELA_STEPS_SANDBOX") or DEFAULT_NAME
    if not _NAME.fullmatch(chosen):
        raise UsageError(
            f"{chosen!r}: not a name for a sandbox", cure="use up to 40 lower-case letters, digits and '-' inside"
        )
    return chosen


@dataclass(frozen=True)
class Folder:
    """The paths of one sandbox."""

    path: Path

    @classmethod
    def of(cls, name: str) -> Folder:
        """The folder of a sandbox by its name; it need not exist."""
        return cls(states_root() / name)

    @property
    def name(self) -> str:
        """The sandbox's name."""
        return self.path.name

    @property
    def state_file(self) -> Path:
        """What the supervisor says of itself and its processes."""
        return self.path / "state.json"

    @property
    def request_file(self) -> Path:
        """What `up` asked for: options and ports, written before the supervisor starts."""
        return self.path / "request.json"

    @property
    def socket(self) -> Path:
        """The supervisor's control socket."""
        return self.path / "control.sock"

    @property
    def lock_file(self) -> Path:
        """Held by the supervisor as long as it lives."""
        return self.path / "supervisor.lock"

    @property
    def webhook(self) -> Path:
        """Certificates of vela-core's admission webhook."""
        return self.path / "webhook"

    @property
    def logs(self) -> Path:
        """One log a process."""
        return self.path / "logs"

    @property
    def bin(self) -> Path:
        """The real `vela`, `kubectl`, `cue`, for the user's PATH."""
        return self.path / "bin"

    @property
    def kubeconfig(self) -> Path:
        """The way into the cluster."""
        return self.path / "kubeconfig"

    @property
    def member_kubeconfig(self) -> Path:
        """The way into the second cluster of a sandbox with several."""
        return self.path / "member.kubeconfig"

    @property
    def gateway(self) -> Path:
        """cluster-gateway's certificate."""
        return self.path / "cluster-gateway"

    @property
    def home(self) -> Path:
        """The HOME of the `vela` command."""
        return self.path / "home"

    @property
    def receiver(self) -> Path:
        """The receiver's state: its CA, ports and record."""
        return self.path / "receiver"

    @property
    def kwok(self) -> Path:
        """kwokctl's own state (KWOK_WORKDIR)."""
        return self.path / "kwok"

    @property
    def argocd(self) -> Path:
        """Argo CD's files."""
        return self.path / "argocd"

    @property
    def git(self) -> Path:
        """The Git repository that Argo CD syncs."""
        return self.path / "git"

    def identity(self) -> str | None:
        """The value that every process of this sandbox carries in its environment; None where there is no sandbox."""
        return (read_json(self.request_file) or {}).get("id")

    def remove(self) -> None:
        """Remove the folder with everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def new_identity() -> str:
    """A fresh random value for the processes of one sandbox."""
    return secrets.token_hex(16)


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object from a file, or None where there is no such file or no whole object in it."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Replace a file in one step: a reader sees the old or the new object, whole."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


@contextmanager
def lock(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a lock file; yields whether it is held. The kernel drops it when its holder dies.

    The holder may remove the file: whoever waited for it then takes the one that is there by now.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("a", encoding="utf-8") as file:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            if _is_at(file.fileno(), path):
                yield True
                return


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file is still the one at a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock."""
    if not path.exists():
        return False
    with lock(path, wait=False) as held:
        return not held
