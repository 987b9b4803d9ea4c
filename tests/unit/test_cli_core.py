"""The command line where nothing is installed but what the package itself declares."""

from __future__ import annotations

import subprocess
import sys

import pytest

from vela_steps.cli import VERBS, main
from vela_steps.receiver.installed import MODULES
from vela_steps.sandbox.client import Sandbox

ABSENT = (*MODULES, "kubernetes", "urllib3", "cryptography")
RUN = f"""import sys
sys.modules.update(dict.fromkeys({ABSENT!r}))  # None: any import of it fails
from vela_steps.cli import main
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", RUN + code, *arguments], capture_output=True, text=True, check=False)


def test_every_verb_has_help() -> None:
    done = run(
        "from vela_steps.cli import verb_parser\nfor verb in sys.argv[1:]: verb_parser(verb).print_help()", *VERBS
    )
    assert done.returncode == 0, done.stderr
    assert all(f"usage: vela-steps {verb} " in done.stdout for verb in VERBS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed(shell: str) -> None:
    done = run("sys.exit(main(sys.argv[1:]))", "completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(verb in done.stdout for verb in VERBS)


@pytest.mark.parametrize(
    "arguments",
    [("receiver", "requests"), ("receiver", "heal"), ("demo",), ("doctor",), ("status",)],
)
def test_what_needs_more_says_what_to_install(arguments: tuple[str, ...]) -> None:
    done = run("sys.exit(main(sys.argv[1:]))", *arguments)
    assert done.returncode == 2
    extra = "cluster" if arguments[0] in ("doctor", "status") else "sandbox"
    assert done.stderr.splitlines()[-1] == f"  pip install 'vela-steps[{extra}]'"


def test_a_sandbox_says_what_to_install_before_it_builds_anything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.setattr(Sandbox, "up", lambda *_, **__: pytest.fail("it was started"))
    assert main(["sandbox", "up"]) == 2
    assert capsys.readouterr().err == "vela-steps: this needs aiohttp\n  pip install 'vela-steps[sandbox]'\n"
