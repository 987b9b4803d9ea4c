"""A write is whole or has not happened, whatever goes wrong in between."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from vela_steps.files.commit import commit, unwritable
from vela_steps.files.stage import Stage, target
from vela_steps.files.write import write_atomic

OLD, NEW = b"old\n" * 1000, b"new\n" * 2000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app.yaml"
    path.write_bytes(OLD)
    path.chmod(0o640)
    return path


def untouched(file: Path) -> bool:
    return file.read_bytes() == OLD and [path.name for path in file.parent.iterdir()] == [file.name]


def test_the_new_content_keeps_the_mode(file: Path) -> None:
    write_atomic(str(file), [NEW[:100], NEW[100:]], mode=file.stat().st_mode)
    assert file.read_bytes() == NEW
    assert file.stat().st_mode & 0o7777 == 0o640


def test_a_link_stays_and_what_it_leads_to_is_replaced(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(file.name)
    write_atomic(str(link), [NEW], mode=0o600)
    assert link.is_symlink()
    assert file.read_bytes() == NEW


def test_a_full_disk_leaves_the_old_file(file: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(OLD), hard))
    try:
        with pytest.raises(OSError, match="too large"):
            write_atomic(str(file), [NEW], mode=0o644)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert untouched(file)


@pytest.mark.parametrize("step", ["replace", "fchmod"])
def test_a_refusal_by_the_system_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, step, refuse)
    with pytest.raises(PermissionError):
        write_atomic(str(file), [NEW], mode=0o644)
    assert untouched(file)


def test_an_interrupt_in_the_middle_leaves_the_old_file(file: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield NEW[:100]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomic(str(file), pieces(), mode=0o644)
    assert untouched(file)


def test_a_killed_process_leaves_the_old_file(file: Path) -> None:
    child = os.fork()
    if child == 0:  # pragma: no cover - the child is killed here

        def pieces() -> Iterator[bytes]:
            yield NEW[:100]
            os.kill(os.getpid(), signal.SIGKILL)

        write_atomic(str(file), pieces(), mode=0o644)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert file.read_bytes() == OLD
    write_atomic(str(file), [NEW], mode=0o644)  # what it left behind is not in the way
    assert file.read_bytes() == NEW


def staged(*files: Path) -> Stage:
    stage = Stage()
    for file in files:
        stage.begin(target(str(file), str(file), file.stat()))
        stage.add(NEW)
        stage.keep()
    return stage


def test_an_edit_by_somebody_else_in_the_meantime_is_not_overwritten(file: Path) -> None:
    stage = staged(file)
    file.write_bytes(b"theirs\n")
    (outcome,) = commit(stage, keep_going=False)
    assert [problem.message for problem in outcome.problems] == [
        "cannot be written: it was changed by another program in the meantime; run again"
    ]
    assert file.read_bytes() == b"theirs\n"


@pytest.mark.parametrize(("keep_going", "written"), [(False, 0), (True, 1)])
def test_after_a_failure_the_rest_is_written_only_if_asked_for(file: Path, keep_going: bool, written: int) -> None:
    gone, good = file.with_name("gone.yaml"), file
    gone.write_bytes(OLD)
    stage = staged(gone, good)
    gone.unlink()
    outcomes = list(commit(stage, keep_going=keep_going))
    assert outcomes[0].failed
    assert sum(outcome.changed for outcome in outcomes) == written
    assert (good.read_bytes() == NEW) == bool(written)


def test_files_that_cannot_be_replaced_are_known_beforehand(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to = target(str(file), str(file), file.stat())
    assert unwritable(to) == ""
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).is_dir())
    assert unwritable(to) == "it is read-only"
    monkeypatch.setattr(os, "access", lambda path, _: not Path(path).is_dir())
    assert unwritable(to) == "its folder is read-only"
    assert unwritable(to._replace(path=os.devnull, source=os.devnull)) == "it is not a regular file"
