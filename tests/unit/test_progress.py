"""The progress bar shows itself on a terminal, once work takes long, and stays out of the way of what is printed."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from vela_steps.cli import progress

SCRIPT = """
import sys
from vela_steps.cli import progress
progress.PATIENCE = -1.0
for item in progress.progress(iter(range(5)), lambda: range(5)):
    sys.stderr.write(f"item {item}\\n")
"""


@pytest.mark.parametrize("patience", [-1.0, 60.0])
def test_every_item_comes_through_in_order(monkeypatch: pytest.MonkeyPatch, patience: float) -> None:
    monkeypatch.setattr(progress, "PATIENCE", patience)
    assert list(progress.progress(iter(range(5)), lambda: range(5))) == [0, 1, 2, 3, 4]


def test_on_a_terminal_the_bar_counts_and_what_is_printed_stays_readable(tmp_path: Path) -> None:
    controller, terminal = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    subprocess.run([sys.executable, "-c", SCRIPT], stdout=terminal, stderr=terminal, cwd=tmp_path, env=env, check=True)
    os.close(terminal)
    shown = b""
    while True:
        try:
            chunk = os.read(controller, 65536)
        except OSError:  # the terminal was closed: all has been read
            break
        shown += chunk
    os.close(controller)
    text = shown.decode()
    assert "5/5" in text
    assert all(f"item {number}\r\n" in text for number in range(5))
