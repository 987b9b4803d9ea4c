"""Which files a command line means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vela_steps.files.find import Found, find
from vela_steps.plan.model import ERROR, WARNING


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "a.yaml",
        "b.yml",
        "c.JSON",
        "readme.md",
        "sub/d.yaml",
        "sub/deep/e.yaml",
        ".git/f.yaml",
        ".github/g.yml",
    ):
        path = tmp_path / "apps" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def paths(*arguments: str) -> list[str]:
    found = list(find(arguments))
    assert not any(one.problem for one in found), found
    return [one.path for one in found]


def only_problem(*arguments: str) -> Found:
    (found,) = [one for one in find(arguments) if one.problem]
    return found


@pytest.mark.usefixtures("tree")
def test_a_folder_means_all_yaml_and_json_below_it_but_not_the_repository_of_git() -> None:
    assert paths("apps") == [
        "apps/.github/g.yml", "apps/a.yaml", "apps/b.yml", "apps/c.JSON", "apps/sub/d.yaml", "apps/sub/deep/e.yaml",
    ]  # fmt: skip


@pytest.mark.usefixtures("tree")
def test_the_path_below_the_argument_is_kept_for_output_folders() -> None:
    assert [one.relative for one in find(["apps/sub", "apps/a.yaml", "-"])] == [
        "d.yaml", "deep/e.yaml", "a.yaml", "stdin.yaml",
    ]  # fmt: skip


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    "arguments",
    [
        ("apps", "apps"),
        ("apps", "apps/sub"),
        ("apps/sub", "apps"),
        ("apps/a.yaml", "apps", "apps/sub/../a.yaml"),
        ("apps/",),
    ],
)
def test_every_file_comes_once_however_often_it_is_named(arguments: tuple[str, ...]) -> None:
    found = [os.path.realpath(path) for path in paths(*arguments)]
    assert len(found) == len(set(found)) == 6


@pytest.mark.usefixtures("tree")
def test_a_named_file_may_have_any_name() -> None:
    assert paths("apps/readme.md") == ["apps/readme.md"]


def test_a_link_to_a_file_outside_is_followed_and_one_to_a_file_inside_is_not(tree: Path) -> None:
    (tree / "other.yaml").write_text("{}")
    (tree / "apps/sub/outside.yaml").symlink_to(tree / "other.yaml")
    (tree / "apps/sub/again.yaml").symlink_to(tree / "other.yaml")
    (tree / "apps/sub/inside.yaml").symlink_to(tree / "apps/a.yaml")
    assert paths("apps/sub") == [
        "apps/sub/again.yaml",
        "apps/sub/d.yaml",
        "apps/sub/deep/e.yaml",
        "apps/sub/inside.yaml",
    ]
    assert "apps/sub/inside.yaml" not in paths("apps")


def test_a_link_to_a_folder_is_not_followed_and_said_so(tree: Path) -> None:
    (tree / "elsewhere").mkdir()
    (tree / "apps/linked").symlink_to(tree / "elsewhere")
    (tree / "apps/loop").symlink_to(tree / "apps")
    problem = only_problem("apps").problem
    assert problem
    assert (str(problem.position), problem.severity) == ("apps/linked", WARNING)


def test_what_cannot_be_looked_at_is_an_error(tree: Path) -> None:
    (tree / "apps/sub/broken.yaml").symlink_to(tree / "nowhere")
    os.mkfifo(tree / "apps/sub/pipe.yaml")
    told = {one.path: one.problem for one in find(["apps/sub", "missing.yaml"]) if one.problem}
    assert {path: (problem.severity, problem.message) for path, problem in told.items()} == {
        "apps/sub/broken.yaml": (ERROR, "cannot be read: No such file or directory"),
        "apps/sub/pipe.yaml": (ERROR, "is not a regular file"),
        "missing.yaml": (ERROR, "cannot be read: No such file or directory"),
    }


def test_hard_links_are_files_each(tree: Path) -> None:
    os.link("apps/a.yaml", "apps/z.yaml")
    assert paths("apps/a.yaml", "apps/z.yaml") == ["apps/a.yaml", "apps/z.yaml"]
    assert {"apps/a.yaml", "apps/z.yaml"} <= set(paths("apps/a.yaml", "apps"))
    (tree / "link.yaml").symlink_to("apps/z.yaml")
    assert paths("apps/a.yaml", "link.yaml", "apps/z.yaml") == ["apps/a.yaml", "link.yaml"]


def test_links_that_lead_to_each_other_are_errors_and_the_walk_goes_on(tree: Path) -> None:
    (tree / "apps/a").symlink_to("b.yaml")
    (tree / "apps/b.yaml").symlink_to("a")
    found = list(find(["apps"]))
    told = {one.path: one.problem.message for one in found if one.problem}
    assert told == dict.fromkeys(("apps/a", "apps/b.yaml"), "cannot be read: Too many levels of symbolic links")
    assert found[-1].path == "apps/sub/deep/e.yaml"


@pytest.mark.usefixtures("tree")
def test_a_folder_that_cannot_be_listed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path == "apps/sub":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    problem = only_problem("apps").problem
    assert problem
    assert str(problem) == "apps/sub: error: cannot be read: Permission denied"
