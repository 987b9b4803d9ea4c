"""Standard streams that are closed, full, or of another encoding: never the status of "would change"."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from vela_steps.cli import main
from vela_steps.explain import text

PLAN = """apiVersion: vela-steps.dev/v1alpha1
kind: PostSync
metadata: {name: after-deploy}
spec:
  steps:
  - {name: purge, type: acme-purge}
"""
APP = """apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop}
spec:
  components:
  - {name: web, type: webservice}
"""


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "app.yaml").write_text(APP)
    return tmp_path


def shell(command: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """A command line of vela-steps as a shell runs it, with the shell's redirections."""
    program = f"exec {shlex.quote(sys.executable)} -m vela_steps {command}"
    return subprocess.run(["sh", "-c", program], capture_output=True, check=False, env=os.environ | env)


@pytest.mark.parametrize(
    "command",
    [
        "inject -p plan.yaml app.yaml",
        "inject -p plan.yaml --check app.yaml",
        "inject -p plan.yaml --diff app.yaml",
        "inject -p plan.yaml --check --format json app.yaml",
        "explain -p plan.yaml app.yaml",
        "schema plan",
        "completion bash",
    ],
)
def test_an_output_that_is_full_is_an_error_in_one_sentence(command: str) -> None:
    done = shell(f"{command} >/dev/full")
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-1] == "vela-steps: reading or writing failed: No space left on device"


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
def test_errors_that_nobody_hears_are_errors(redirection: str) -> None:
    assert shell(f"inject -p missing.yaml --check app.yaml {redirection}").returncode == 2


@pytest.mark.parametrize("command", ["inject -p plan.yaml --write app.yaml", "schema plan"])
def test_a_closed_output_is_refused_before_anything_is_written(command: str) -> None:
    done = shell(f"{command} >&-")
    assert done.returncode == 2
    assert done.stderr.startswith(b"vela-steps: standard output is closed\n")
    assert Path("app.yaml").read_text() == APP


@pytest.mark.parametrize("command", ["inject -p plan.yaml -", "validate -", "krm", "post-render -p plan.yaml"])
def test_a_closed_input_is_an_error_in_one_sentence(command: str) -> None:
    done = shell(f"{command} <&-")
    assert done.returncode == 2
    assert b"standard input is closed" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("form", "shown"), [("text", b"\\udcff.yaml\n"), ("json", b'"path": "\\udcff.yaml"'),
                                             ("github", b"file=\\udcff.yaml,")])  # fmt: skip
def test_a_name_that_is_no_text_is_escaped(form: str, shown: bytes) -> None:
    os.rename("app.yaml", b"\xff.yaml")  # noqa: PTH104 - a Path has no bytes
    name = os.fsdecode(b"\xff.yaml")
    done = shell(f"inject -p plan.yaml --check --format {form} {name}", PYTHONIOENCODING="utf-8:strict")
    assert done.returncode == 1
    assert shown in done.stdout
    assert b"Traceback" not in done.stderr


def test_a_picture_is_drawn_in_an_encoding_that_lacks_its_lines() -> None:
    done = shell("explain -p plan.yaml app.yaml", PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"+ purge  (acme-purge)" in done.stdout


def test_data_is_not_written_in_an_encoding_that_lacks_a_letter_of_it() -> None:
    Path("app.yaml").write_text(APP.replace("shop", "“shop”"), encoding="utf-8")
    done = shell("post-render -p plan.yaml <app.yaml", PYTHONIOENCODING="utf-8:strict")
    assert done.returncode == 0
    done = shell("explain -p plan.yaml --format mermaid app.yaml", PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.endswith(b"set PYTHONIOENCODING=utf-8\n")


def test_a_bug_shows_its_traceback_and_has_a_status_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(text, "told", lambda *_, **__: 1 / 0)
    assert main(["explain", "app.yaml"]) == 70
    assert capsys.readouterr().err.rstrip().endswith("ZeroDivisionError: division by zero")
