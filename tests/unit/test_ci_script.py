"""The script of the CI integrations, in a Git repository of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_cli_streams import APP, PLAN

SCRIPT = Path(__file__).parents[2] / "integrations/ci/inject.sh"

pytestmark = pytest.mark.skipif(not (shutil.which("git") and shutil.which("bash")), reason="there is no git or bash")


@pytest.fixture
def git_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of whoever runs the tests, and the program that belongs to this Python."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def git(folder: Path, *arguments: str) -> str:
    named = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    return subprocess.run(["git", *named, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.mark.usefixtures("git_alone")
def test_files_that_git_does_not_know_keep_no_others_from_being_committed(tmp_path: Path) -> None:
    remote, work = tmp_path / "remote.git", tmp_path / "work"
    git(tmp_path, "init", "--quiet", "--bare", str(remote))
    git(tmp_path, "clone", "--quiet", str(remote), str(work))
    for name in ("apps/[a].yaml", "apps/a.yaml", "other.yaml"):
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_text(APP)
    (work / "plan.yaml").write_text(PLAN)
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "-m", "Start")
    (work / "new").mkdir()
    (work / "new/app.yaml").write_text(APP)
    (work / "other.yaml").write_text("# of another step of the job\n" + APP)
    env = os.environ | {"BRANCH": "main"}
    done = subprocess.run(
        [SCRIPT, "write", "apps\nnew", "plan.yaml"], cwd=work, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert git(remote, "show", "--name-only", "--format=", "main").splitlines() == ["apps/[a].yaml", "apps/a.yaml"]
    assert git(work, "status", "--short").splitlines() == [" M other.yaml", "?? new/"]
