"""`inject` and `remove` as they are called: real command lines over real files."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vela_steps.cli import main
from vela_steps.files import read

PLAN = """apiVersion: vela-steps.dev/v1alpha1
kind: PostSync
metadata: {name: after-deploy}
spec:
  steps:
  - {name: purge, type: acme-purge}
"""
APP = """# the shop
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata:
  name: %s
spec:
  components:
  - {name: web, type: webservice}   # first
"""
BROKEN = "apiVersion: core.oam.dev/v1beta1\nkind: Application\nspec: {components: [\n"
NAMES = ["apps/a.yaml", "apps/sub/b.yml"]


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "apps/sub").mkdir(parents=True)
    for name in NAMES:
        (tmp_path / name).write_text(APP % Path(name).stem)
    (tmp_path / "apps/service.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: a}\n")
    return tmp_path


def contents(folder: str = "apps") -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()}


def inject(*arguments: str) -> int:
    return main(["inject", "--plan", "plan.yaml", *arguments])


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_one_file_goes_to_stdout_and_stays_as_it_is(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    before = contents()
    assert inject("apps/a.yaml") == 0
    out, err = capfdbinary.readouterr()
    assert out.startswith(before["apps/a.yaml"].split(b"spec:")[0].rstrip(b"\n"))
    assert b"type: acme-purge" in out
    assert b"apps/a.yaml:2:1: a: added purge\n" in err
    assert contents() == before


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_stdin_goes_to_stdout(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], newline: str
) -> None:
    feed(monkeypatch, (APP % "piped").replace("\n", newline).encode())
    assert inject("-") == 0
    out = capfdbinary.readouterr().out.decode()
    assert "name: purge" in out
    assert out.count("\n") == out.count(newline)


def test_a_file_without_anything_to_do_goes_to_stdout_unchanged(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert inject("apps/service.yaml") == 0
    note = b"apps/service.yaml: note: holds no KubeVela Application\n"
    assert capfdbinary.readouterr() == (contents()["apps/service.yaml"], note)


def test_several_files_need_to_be_told_where_to(capfd: pytest.CaptureFixture[str]) -> None:
    assert inject("apps") == 2
    assert inject("apps/a.yaml", "apps/sub/b.yml") == 2
    assert "several files cannot go to stdout\n  choose --write, --check, --diff or -o DIR" in capfd.readouterr().err


def test_write_changes_the_files_and_a_second_run_does_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    before = contents()
    assert inject("--write", "apps") == 0
    assert "2 files written, 1 unchanged" in capfd.readouterr().err
    after = contents()
    assert [name for name in before if before[name] != after[name]] == NAMES
    assert inject("--write", "apps") == 0
    assert "0 files written, 3 unchanged" in capfd.readouterr().err
    assert inject("--check", "apps") == 0
    assert main(["remove", "--write", "apps"]) == 0
    assert contents() == before


def test_check_lists_the_files_that_would_change_and_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    before = contents()
    assert inject("--check", "apps") == 1
    out, err = capfd.readouterr()
    assert out.splitlines() == NAMES
    assert err == "2 files would change, 1 unchanged\n"
    assert contents() == before


def test_diff_shows_what_would_change_and_can_be_applied(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert inject("--diff", "apps") == 0
    patch = capfdbinary.readouterr().out
    subprocess.run(["git", "apply", "-"], input=patch, check=True)
    assert inject("--check", "--diff", "apps") == 0
    assert capfdbinary.readouterr().out == b""


def test_check_and_diff_go_together(capfd: pytest.CaptureFixture[str]) -> None:
    assert inject("--check", "--diff", "apps/a.yaml") == 1
    out = capfd.readouterr().out
    assert out.startswith("--- a/apps/a.yaml\n")
    assert out.endswith("apps/a.yaml\n")


def test_an_output_folder_gets_every_file_under_its_path(capfd: pytest.CaptureFixture[str]) -> None:
    before = contents()
    Path("apps/a.yaml").chmod(0o600)
    assert inject("-o", "out/deep", "apps") == 0
    assert contents() == before
    written = contents("out/deep")
    assert list(written) == ["out/deep/a.yaml", "out/deep/service.yaml", "out/deep/sub/b.yml"]
    assert written["out/deep/service.yaml"] == before["apps/service.yaml"]
    assert b"acme-purge" in written["out/deep/a.yaml"]
    assert Path("out/deep/a.yaml").stat().st_mode & 0o777 == 0o600
    assert "3 files written, 2 files injected, 1 unchanged" in capfd.readouterr().err


def test_an_output_folder_that_would_be_read_or_written_twice_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert inject("-o", "apps/out", "apps") == 2
    assert "lies in apps" in capfd.readouterr().err
    assert inject("-o", "plan.yaml", "apps") == 2
    assert "is not a folder" in capfd.readouterr().err
    Path("other").mkdir()
    Path("other/a.yaml").write_text(APP % "other")
    assert inject("-o", "out", "apps", "other") == 2
    assert "would both be written to out/a.yaml" in capfd.readouterr().err
    assert not Path("out").exists()


def test_nothing_is_written_where_one_file_has_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    Path("apps/z.yaml").write_text(BROKEN)
    before = contents()
    assert inject("--write", "apps") == 2
    assert contents() == before
    err = capfd.readouterr().err
    assert "apps/z.yaml:4:1: error: not valid YAML" in err
    assert "nothing written, 1 unchanged, 1 error in 1 file" in err


def test_keep_going_writes_the_good_files(capfd: pytest.CaptureFixture[str]) -> None:
    Path("apps/0.yaml").write_text(BROKEN)
    before = contents()
    assert inject("--write", "--keep-going", "apps") == 2
    after = contents()
    assert [name for name in before if before[name] != after[name]] == NAMES
    assert "2 files written, 1 unchanged, 1 error in 1 file" in capfd.readouterr().err


def test_a_file_with_one_bad_document_stays_whole_even_when_going_on() -> None:
    text = APP % "good" + "---\n" + BROKEN
    Path("apps/mixed.yaml").write_text(text)
    assert inject("--write", "--keep-going", "apps/mixed.yaml") == 2
    assert Path("apps/mixed.yaml").read_text() == text


def test_the_bytes_beside_the_steps_stay_line_ends_and_byte_order_mark_included() -> None:
    path = Path("apps/windows.yaml")
    before = "\ufeff".encode() + (APP % "w").replace("\n", "\r\n").removesuffix("\r\n").encode()
    path.write_bytes(before)
    assert inject("--write", "apps/windows.yaml") == 0
    after = path.read_bytes()
    assert after.startswith("\ufeff".encode())
    assert after.count(b"\n") == after.count(b"\r\n")
    assert main(["remove", "-w", "apps"]) == 0
    assert path.read_bytes() == before


def test_a_link_and_the_mode_survive() -> None:
    Path("apps/a.yaml").rename("real.yaml")
    Path("apps/a.yaml").symlink_to("../real.yaml")
    Path("real.yaml").chmod(0o740)
    assert inject("--write", "apps") == 0
    assert Path("apps/a.yaml").is_symlink()
    assert b"acme-purge" in Path("real.yaml").read_bytes()
    assert Path("real.yaml").stat().st_mode & 0o777 == 0o740


def test_a_huge_file_of_many_documents_is_worked_on_piece_by_piece(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    text = "---\n".join(APP % f"app-{number}" for number in range(40))
    Path("apps/many.yaml").write_text(text)
    whole = subprocess.run(
        [sys.executable, "-m", "vela_steps", "inject", "-p", "plan.yaml", "apps/many.yaml"],
        capture_output=True,
        check=True,
    )
    monkeypatch.setattr(read, "PIECE", 1000)
    assert inject("--write", "apps/many.yaml") == 0
    assert Path("apps/many.yaml").read_bytes() == whole.stdout
    assert capfd.readouterr().err.startswith(whole.stderr.decode())
    Path("apps/many.yaml").write_text(text + "---\n" + BROKEN)
    assert inject("--check", "apps/many.yaml") == 2
    assert f"apps/many.yaml:{text.count(chr(10)) + 5}:1: error" in capfd.readouterr().err


def test_json_says_everything_to_a_program(capfd: pytest.CaptureFixture[str]) -> None:
    Path("apps/z.yaml").write_text(BROKEN)
    assert inject("--check", "--diff", "--format", "json", "apps") == 2
    said = json.loads(capfd.readouterr().out)
    files = {file["path"]: file for file in said["files"]}
    assert [name for name, file in files.items() if file["changed"]] == NAMES
    (change,) = files["apps/a.yaml"]["changes"]
    assert change["application"] == "a"
    assert "purge" in change["added"]
    assert files["apps/a.yaml"]["diff"].startswith("--- a/apps/a.yaml")
    (problem,) = files["apps/z.yaml"]["problems"]
    assert (problem["severity"], problem["line"], problem["column"]) == ("error", 4, 1)
    counts = {"files": 4, "changed": 2, "failed": 1, "errors": 1, "warnings": 0}
    assert counts.items() <= said["summary"].items()


def test_github_annotates_what_is_wrong_and_what_is_not_up_to_date(capfd: pytest.CaptureFixture[str]) -> None:
    Path("apps/50%,z.yaml").write_text(BROKEN)
    assert inject("--check", "--format", "github", "./apps") == 2  # GitHub knows no path that begins with ./
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("::error file=apps/50%25%2Cz.yaml,line=4,col=1,title=vela-steps::not valid YAML")
    assert lines[1] == (
        "::error file=apps/a.yaml,line=2,col=1,title=vela-steps::"
        "is not up to date: a: added purge%0Arun with --write and commit"
    )


def test_a_wrong_plan_ends_the_run_with_all_that_is_wrong(capfd: pytest.CaptureFixture[str]) -> None:
    Path("plan.yaml").write_text(PLAN.replace("spec:", "spek:").replace("after-deploy", "After"))
    before = contents()
    assert inject("--write", "apps") == 2
    err = capfd.readouterr().err
    assert "plan.yaml:3:18: error: metadata.name" in err
    assert (
        'plan.yaml:4:1: error: spek: no such field; allowed: apiVersion, kind, metadata, spec\n  did you mean "spec"?'
        in err
    )
    assert err.splitlines()[-1] == "3 errors in 1 file"
    assert contents() == before


def test_plans_come_from_several_files_and_folders_and_their_order_does_not_matter() -> None:
    Path("plans").mkdir()
    Path("plans/one.yaml").write_text(PLAN.replace("after-deploy", "one"))
    Path("plans/two.yaml").write_text(PLAN.replace("after-deploy", "two").replace("purge", "tell"))
    assert main(["inject", "-p", "plans", "-w", "apps"]) == 0
    first = contents()
    assert main(["remove", "-p", "plans/one.yaml", "-p", "plans/two.yaml", "-w", "apps"]) == 0
    assert main(["inject", "-p", "plans/two.yaml", "-p", "plans/one.yaml", "-w", "apps"]) == 0
    assert contents() == first
    assert main(["remove", "-p", "plans/one.yaml", "-w", "apps"]) == 0
    assert b"acme-tell" in Path("apps/a.yaml").read_bytes()
    assert b"acme-purge" not in Path("apps/a.yaml").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--write", "-"), "standard input cannot be written in place"),
        (("-p", "-", "-"), "standard input can be read only once"),
        (("--check", "nowhere"), "nowhere: error: cannot be read: No such file or directory"),
        (("-p", "apps/sub/nothing.yaml", "--check", "apps"), "cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_asked_for_is_said(
    capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert inject(*arguments) == 2
    assert says in capfd.readouterr().err


def test_an_output_that_cannot_be_written_is_counted_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    Path("out/a.yaml").mkdir(parents=True)  # stands in the way
    assert inject("-o", "out", "apps/a.yaml") == 2
    assert capfd.readouterr().err.splitlines()[-1] == "nothing written, 0 unchanged, 1 error in 1 file"
    assert inject("-o", "out", "--keep-going", "apps") == 2
    assert capfd.readouterr().err.splitlines()[-1] == "2 files written, 1 unchanged, 1 error in 1 file"


def test_a_folder_without_files_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert inject("--check", "empty") == 0
    assert capfd.readouterr().err == "no .yaml, .yml or .json file found\n"


def test_a_folder_without_plans_is_no_plan(capfd: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert main(["inject", "-p", "empty", "--check", "apps"]) == 2
    assert "empty: no plan found" in capfd.readouterr().err


def test_a_reader_that_has_had_enough_ends_the_command_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "vela_steps", "inject", "-p", "plan.yaml", "apps/a.yaml"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert done.returncode == 141
    assert done.stderr == "apps/a.yaml:2:1: a: added purge\n"


def on_a_terminal(*arguments: str) -> str:
    """What a command writes to a terminal that is its standard output and error."""
    controller, terminal = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")} | {
        "TERM": "xterm"
    }
    command = [sys.executable, "-m", "vela_steps", "inject", "-p", "plan.yaml", *arguments]
    with subprocess.Popen(command, stdout=terminal, stderr=terminal, env=env):
        os.close(terminal)
        shown = b""
        while chunk := _read(controller):
            shown += chunk
    os.close(controller)
    return shown.decode()


def _read(controller: int) -> bytes:
    try:
        return os.read(controller, 65536)
    except OSError:  # the terminal was closed: all has been read
        return b""


def test_a_diff_is_coloured_on_a_real_terminal_and_not_in_a_pipe() -> None:
    shown = on_a_terminal("--diff", "apps/a.yaml")
    assert "\x1b[1m+++ b/apps/a.yaml\x1b[0m\r\n" in shown
    assert "\x1b[32m+  workflow:\x1b[0m\r\n" in shown
    assert "\x1b[36m@@ " in shown
    command = [sys.executable, "-m", "vela_steps", "inject", "-p", "plan.yaml", "--diff", "apps/a.yaml"]
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")} | {
        "TERM": "xterm"
    }
    piped = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    assert "+  workflow:\n" in piped.stdout
    assert "\x1b" not in piped.stdout + piped.stderr


def test_long_messages_are_folded_between_words_on_a_terminal_and_stay_whole_in_a_pipe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    Path("plan.yaml").write_text(PLAN.replace("type: acme-purge", "type: cdn-purge, properties: {provider: fasty}"))
    lines = on_a_terminal("--check", "apps").splitlines()
    assert len(lines) > 3
    plain = [re.sub(r"\x1b\[\d+m", "", line) for line in lines]
    assert all(len(line) <= 60 for line in plain)
    assert plain[0].startswith("plan.yaml:6:59: error: spec.steps[0]")
    assert plain[1].startswith("    ")
    command = [sys.executable, "-m", "vela_steps", "inject", "-p", "plan.yaml", "--check", "apps"]
    piped = subprocess.run(command, capture_output=True, text=True, check=False)
    first, second, _ = piped.stderr.splitlines()
    assert " ".join(" ".join(plain).split()).startswith(" ".join(f"{first} {second}".split()))


def test_colours_are_for_terminals(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert inject("--diff", "apps/a.yaml") == 0
    assert "\x1b" not in capfd.readouterr().out
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert inject("--diff", "apps/a.yaml") == 0
    assert "\x1b[32m+  workflow:\x1b[0m\n" in capfd.readouterr().out
