"""Building for real, in a cache of its own: killed in the middle, and by two at the same time."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ends import wait_for_ends
from vela_steps.sandbox.components import cache
from vela_steps.sandbox.components.recipes import RECIPES
from vela_steps.tools.cue import Cue

pytestmark = [pytest.mark.e2e, pytest.mark.long]

COMPONENT = "cue-0.14.1"
WITHIN = 300.0
COMMAND = [sys.executable, "-m", "vela_steps", "sandbox", "build", COMPONENT]


def builders(root: Path) -> list[int]:
    """The processes that work in a cache."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if str(link.readlink()).startswith(str(root)):
                found.append(int(link.parent.name))
        except OSError:
            continue
    return found


def read_until(terminal: int, wanted: str) -> None:
    """Read what a process shows on its terminal, until this is among it."""
    deadline, shown = time.monotonic() + WITHIN, ""
    while not re.search(wanted, shown):
        assert select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0], shown
        shown += os.read(terminal, 4096).decode("utf-8", "replace")


def test_a_killed_build_leaves_nothing_and_two_at_once_build_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    root = tmp_path / "vela-steps"
    ours, its = pty.openpty()
    with subprocess.Popen(COMMAND, stderr=its, stdout=subprocess.DEVNULL) as killed:
        os.close(its)
        read_until(ours, r"[1-9]\d* of \d+ packages")
        assert killed.poll() is None, "the build ended as soon as it had compiled something"
        killed.send_signal(signal.SIGKILL)
    os.close(ours)
    while working := builders(root):  # a compiler that ends may have started another one before
        wait_for_ends(working)
    assert cache.installed(RECIPES[COMPONENT]) is None

    both = [subprocess.Popen(COMMAND, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [each.communicate()[1] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    assert "".join(said).count(f"built {COMPONENT}") == 1
    component = cache.installed(RECIPES[COMPONENT])
    assert component is not None
    assert Cue(component.binary("cue")).version() == "0.14.1"
    left = {path.name for path in root.rglob("*") if path.is_dir() and path.parent in (root, root / "components")}
    assert left == {"build", "components", component.folder.name}
    assert not any((root / "build").iterdir()), "sources and compiler cache stay behind"
    assert [path.name for path in (component.folder / "bin").iterdir()] == ["cue"]
