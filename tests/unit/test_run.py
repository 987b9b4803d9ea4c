"""Running external programs."""

from __future__ import annotations

import sys

import pytest

from vela_steps.errors import ToolError
from vela_steps.tools.run import run


def test_a_program_returns_what_it_printed() -> None:
    done = run([sys.executable, "-c", "import sys; print(sys.stdin.read())"], timeout=30, stdin="hello")
    assert done.stdout == "hello\n"


def test_a_failure_says_what_was_run_and_what_it_printed() -> None:
    with pytest.raises(ToolError, match=r"(?s)sys\.exit.*exit status 1.*no luck"):
        run([sys.executable, "-c", "import sys; sys.exit('no luck')"], timeout=30)


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ToolError, match="no-such-program-here"):
        run(["no-such-program-here"], timeout=30)


def test_a_program_that_does_not_end_is_stopped_and_named() -> None:
    with pytest.raises(ToolError, match="no end after"):
        run([sys.executable, "-c", "import time; time.sleep(600)"], timeout=0.2)
