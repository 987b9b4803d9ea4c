"""`vela-steps receiver`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from vela_steps.cli import main
from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.folder import Folder


@pytest.fixture
def named(receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """The receiver as that of a sandbox `one`."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("VELA_STEPS_SANDBOX", "one")
    folder = Folder.of("one").receiver
    folder.mkdir(parents=True)
    (folder / "receiver.json").write_text(json.dumps(dict(receiver.state)))
    return receiver


def test_requests_are_shown_in_lines_and_as_json(named: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    path = unique()
    requests.get(f"{named.http}/{path}/read", timeout=10)
    requests.post(f"{named.http}/{path}/write", json={"type": "deployed"}, timeout=10)
    assert main(["receiver", "requests", "--path", path]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].endswith(f"webhook    200 POST 127.0.0.1/{path}/write deployed")
    main(["receiver", "requests", "--contains", path, "--effects", "-o", "json"])
    assert json.loads(capsys.readouterr().out)["path"] == f"/{path}/write"


def test_a_fault_is_set_and_healed_by_its_number(named: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    path = unique()
    main(["receiver", "fault", "--path", path, "--status", "429", "--retry-after", "3", "--body", "slow down"])
    number = capsys.readouterr().out.strip()
    said = requests.post(f"{named.http}/{path}", timeout=10)
    assert (said.status_code, said.headers["retry-after"], said.text) == (429, "3", "slow down")
    main(["receiver", "heal", number])
    assert requests.post(f"{named.http}/{path}", timeout=10).status_code == 200


def test_without_a_sandbox_the_cure_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert main(["receiver", "requests"]) == 2
    assert "vela-steps sandbox up" in capsys.readouterr().err


def test_what_comes_next_is_waited_for(receiver: Receiver) -> None:
    path = unique()
    assert receiver.next(0, timeout=0.01, path=path) == []
    requests.post(f"{receiver.http}/{path}", timeout=10)
    [record] = receiver.next(0, timeout=10, path=path)
    assert receiver.next(record.seq, timeout=0.01, path=path) == []
