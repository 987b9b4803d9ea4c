"""The diffs that are shown are the diffs that `patch` and `git apply` understand."""

from __future__ import annotations

import difflib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vela_steps.files.diff import Diff

BEFORE = "# start\na: 1\nb: 2\n---\nc: 3\nc: 4\nc: 5\n---\nd: 4\ne: 5"
AFTER = "# start\na: 1\nb: 2\nx: y\n---\nc: 3\nc: 4\nc: 5\n---\nd: 4\ne: 6\nf: 7"
LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "---\n"]), max_size=30)


def test_the_changes_of_all_documents_make_one_diff_with_line_numbers_of_the_file() -> None:
    assert Diff("/apps/a.yaml").piece(BEFORE, AFTER).splitlines() == [
        "--- a/apps/a.yaml",
        "+++ b/apps/a.yaml",
        "@@ -1,10 +1,12 @@",
        *(" # start", " a: 1", " b: 2", "+x: y", " ---", " c: 3", " c: 4", " c: 5", " ---", " d: 4"),
        *("-e: 5", "\\ No newline at end of file", "+e: 6", "+f: 7", "\\ No newline at end of file"),
    ]


def test_line_numbers_go_on_from_piece_to_piece() -> None:
    diff = Diff("a.yaml")
    assert diff.piece("a\n" * 10, "a\n" * 10 + "b\n").splitlines()[2] == "@@ -8,3 +8,4 @@"
    assert diff.piece("---\nc\n", "---\nd\n").splitlines() == ["@@ -11,2 +12,2 @@", " ---", "-c", "+d"]


def test_no_difference_is_no_text() -> None:
    assert Diff("a.yaml").piece(BEFORE, BEFORE) == ""


@given(LINES, LINES)
def test_a_text_of_one_document_has_the_diff_that_difflib_makes(before: list[str], after: list[str]) -> None:
    old, new = [[line for line in lines if line != "---\n"] for lines in (before, after)]
    expected = "".join(difflib.unified_diff(old, new, "a/f", "b/f"))
    assert Diff("f").piece("".join(old), "".join(new)) == expected


@given(LINES, LINES)
def test_a_diff_turns_the_text_before_into_the_text_after(before: list[str], after: list[str]) -> None:
    assert patched("".join(before), Diff("f").piece("".join(before), "".join(after))) == "".join(after)


def patched(text: str, diff: str) -> str:
    """What a strict patch program makes of a text, every context line compared."""
    lines, result, at = text.splitlines(keepends=True), "", 0
    for line in diff.splitlines(keepends=True)[2:]:
        if line.startswith("@@"):
            start, _, length = line.split()[1].removeprefix("-").partition(",")
            first = int(start) - (length != "0")
            result += "".join(lines[at:first])
            at = first
        elif line[0] == "+":
            result += line[1:]
        else:
            assert lines[at] == line[1:]
            result += line[1:] if line[0] == " " else ""
            at += 1
    return result + "".join(lines[at:])


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(
    ("newline", "path"), [("\n", "a.yaml"), ("\r\n", "a.yaml"), ("\n", "./a.yaml"), ("\n", ".//a.yaml")]
)
def test_git_applies_a_diff(tmp_path: Path, newline: str, path: str) -> None:
    before, after = BEFORE.replace("\n", newline), AFTER.replace("\n", newline)
    file = tmp_path / "a.yaml"
    file.write_bytes(before.encode())
    patch = Diff(path).piece(before, after).encode()
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch, check=True)
    assert file.read_bytes() == after.encode()
