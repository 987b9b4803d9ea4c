"""Building for real, in a cache of its own: killed in the middle, and by two at the same time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vela_steps.sandbox.components import cache
from vela_steps.sandbox.components.recipes import RECIPES
from vela_steps.tools.cue import Cue

pytestmark = [pytest.mark.e2e, pytest.mark.long]

COMPONENT = "cue-0.14.1"
COMMAND = [sys.executable, "-m", "vela_steps", "sandbox", "build", COMPONENT]


def builders(root: Path) -> list[str]:
    """The processes that work in a cache."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if str(link.readlink()).startswith(str(root)):
                found.append(link.parent.name)
        except OSError:
            continue
    return found


def test_a_killed_build_leaves_nothing_and_two_at_once_build_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    root = tmp_path / "vela-steps"
    compiled = root / "build" / "gocache"
    with subprocess.Popen(COMMAND, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as killed:
        deadline = time.monotonic() + 300
        while not any(compiled.glob("??/*-d")):
            assert killed.poll() is None, "the build ended before it compiled anything"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        killed.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while builders(root):
        assert time.monotonic() < deadline, "the compiler outlives its build"
        time.sleep(0.05)
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
