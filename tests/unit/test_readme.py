"""What README.md shows is what happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vela_steps import Plan
from vela_steps.cli import VERBS, main

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
APP = """apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop-de}
spec:
  components:
  - {name: backend, type: webservice}
  - {name: frontend, type: webservice, dependsOn: [backend]}
"""


def plan_text() -> str:
    (found,) = [text for language, text in BLOCKS if language == "yaml" and "kind: PostSync" in text]
    return str(found)


def test_the_quick_start_shows_what_explain_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "plan.yaml").write_text(plan_text())
    (tmp_path / "app.yaml").write_text(APP)
    assert main(["explain", "--plan", str(tmp_path / "plan.yaml"), str(tmp_path / "app.yaml")]) == 0
    assert capsys.readouterr().out in README


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = [text for language, text in BLOCKS if language == "python"]
    exec(code, {"manifest": APP, "plan_text": plan_text()})  # noqa: S102 - our own documentation
    assert "cdn-purge" in capsys.readouterr().out


def test_the_commands_for_editors_run_in_a_fresh_repository(tmp_path: Path) -> None:
    (block,) = [text for language, text in BLOCKS if language == "console" and "schema plan" in text]
    commands = "\n".join(line.removeprefix("$ ") for line in block.splitlines())
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["sh", "-e", "-c", commands], cwd=tmp_path, env=env, check=True)
    assert (tmp_path / ".vela-steps/plan.schema.json").stat().st_size


def test_every_verb_and_file_that_is_named_is_there() -> None:
    assert Plan.load(plan_text())
    for verb in re.findall(r"vela-steps ([a-z][a-z-]+)", " ".join(text for kind, text in BLOCKS if kind == "console")):
        assert verb in VERBS
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (Path(__file__).parents[2] / target).exists(), target


def test_the_library_offers_functions_whatever_was_imported_before() -> None:
    import vela_steps.injection
    from vela_steps import inject, remove

    assert inject is vela_steps.injection.inject
    assert remove is vela_steps.injection.remove
