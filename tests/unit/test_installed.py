"""The package as a wheel installs it: away from a checkout, with the definitions inside of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation, laid out as pyproject.toml says."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copytree(CHECKOUT / "vela_steps", folder / "vela_steps", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(CHECKOUT / "definitions", folder / "vela_steps/definitions/steps")
    return folder


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vela_steps", *arguments]
    env = os.environ | {"PYTHONPATH": str(installed)}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_no_compiled_module_stands_beside_its_source() -> None:
    """One that a build left there would be imported, and so tested and measured, in place of the source."""
    assert not list((CHECKOUT / "vela_steps").rglob("*.so")), "`make clean` takes them away"


def test_definitions_are_rendered_as_in_a_checkout(installed: Path, tmp_path: Path) -> None:
    arguments = ("definitions", "render", "--sync-wave", "-10")
    done, here = run(installed, tmp_path, *arguments), run(CHECKOUT, CHECKOUT, *arguments)
    assert (done.returncode, done.stdout) == (0, here.stdout)
    assert "kind: WorkflowStepDefinition" in done.stdout


def test_the_addon_is_built_and_packaged_as_in_a_checkout(installed: Path, tmp_path: Path) -> None:
    assert run(installed, tmp_path, "addon", "build", "-o", ".").returncode == 0
    there, here = tmp_path / "vela-steps", CHECKOUT / "addon/vela-steps"
    files = {path.relative_to(here) for path in here.rglob("*") if path.is_file()}
    assert {path.relative_to(there) for path in there.rglob("*") if path.is_file()} == files
    assert all((there / file).read_bytes() == (here / file).read_bytes() for file in files)
    done = run(installed, tmp_path, "addon", "package")
    assert done.returncode == 0
    assert done.stdout == run(CHECKOUT, CHECKOUT, "addon", "package", "-o", str(tmp_path / "here")).stdout


@pytest.mark.parametrize("command", ["build", "generate"])
def test_what_needs_the_sources_says_so(installed: Path, tmp_path: Path, command: str) -> None:
    done = run(installed, tmp_path, "definitions", command)
    assert done.returncode == 2
    assert done.stderr.startswith("vela-steps: definitions/src: there are no sources of definitions\n")
    assert not list(tmp_path.iterdir())
