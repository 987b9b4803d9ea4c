"""What `inject` and `validate` say where there is nothing for them: plans that select nothing, files of other kinds."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from vela_steps.cli import main
from vela_steps.cli.unmatched import ENOUGH
from vela_steps.errors import ToolError
from vela_steps.fleet.git import file_steps

PLAN = """apiVersion: vela-steps.dev/v1alpha1
kind: PostSync
metadata: {name: %s}
spec:
  select: {%s}
  steps:
  - {name: purge-%s, type: acme-purge}
"""
APP = """apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: %s, namespace: prod, labels: {team: web}}
spec:
  components:
  - {name: web, type: webservice}
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "apps").mkdir()
    for name in ("shop-de", "shop-fr", "cart"):
        (tmp_path / f"apps/{name}.yaml").write_text(APP % name)
    (tmp_path / "service.yaml").write_text(SERVICE)
    return tmp_path


def plan(select: str, name: str = "after-deploy") -> str:
    Path(f"{name}.yaml").write_text(PLAN % (name, select, name))
    return f"{name}.yaml"


def said(capfd: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """What a command line says on stderr."""
    assert main(list(arguments)) == status
    return capfd.readouterr().err


@pytest.mark.parametrize(
    ("select", "wants", "guess"),
    [
        ('names: ["shop-dee"]', "names shop-dee", 'did you mean "shop-de"?'),
        ("namespaces: [pord]", "namespaces pord", 'did you mean "prod"?'),
        ("componentTypes: [webservcie]", "componentTypes webservcie", 'did you mean "webservice"?'),
        ('names: ["pay-*", "shop-*"], labels: {team: pay}', "names pay-*, shop-*; labels team=pay", ""),
        ("matchExpressions: [{key: tier, operator: In, values: [a, b]}]", "matchExpressions tier In a b", ""),
    ],
)
def test_a_plan_that_selects_nothing_says_what_it_wants_and_what_there_is(
    capfd: pytest.CaptureFixture[str], select: str, wants: str, guess: str
) -> None:
    err = said(capfd, "inject", "--plan", plan(select), "--write", "apps")
    first, second, summary = err.splitlines()
    assert first.startswith("after-deploy.yaml:")
    assert first.endswith(f": warning: plan after-deploy selects none of 3 Applications: it wants {wants}")
    assert second == "  there are prod/cart, prod/shop-de, prod/shop-fr" + (f"; {guess}" if guess else "")
    assert summary == "0 files written, 3 unchanged"


def test_only_the_plan_that_selects_nothing_is_told_of_and_only_while_it_does(
    capfd: pytest.CaptureFixture[str],
) -> None:
    plans = ["--plan", plan("names: [cart]", "good"), "--plan", plan("names: [card]", "bad")]
    assert "plan bad selects none" in said(capfd, "inject", *plans, "--write", "apps")
    again = said(capfd, "inject", *plans, "--check", "apps")  # the steps of `good` are there already
    assert "plan bad selects none" in again
    assert "plan good" not in again
    plan("names: [cart]", "bad")
    assert said(capfd, "inject", *plans, "--write", "apps").startswith("apps/cart.yaml:1:1: cart: added purge-bad")


def test_where_files_are_named_a_plan_that_selects_none_of_them_is_a_note(capfd: pytest.CaptureFixture[str]) -> None:
    err = said(capfd, "inject", "--plan", plan("names: [pay]"), "--check", "apps/cart.yaml")
    assert ": note: plan after-deploy selects none of 1 Application" in err


def test_programs_and_github_are_told_as_well(capfd: pytest.CaptureFixture[str]) -> None:
    name = plan("names: [pay]")
    assert main(["inject", "--plan", name, "--check", "--format", "json", "apps"]) == 0
    found = json.loads(capfd.readouterr().out)
    (problem,) = found["files"][-1]["problems"]
    assert (problem["path"], problem["severity"]) == (name, "warning")
    assert found["summary"]["warnings"] == 1
    assert main(["inject", "--plan", name, "--check", "--format", "github", "apps"]) == 0
    assert "::warning file=after-deploy.yaml," in capfd.readouterr().out


def test_a_plan_that_selects_the_last_of_many_applications_is_not_called_unmatched(
    capfd: pytest.CaptureFixture[str],
) -> None:
    Path("apps/many.yaml").write_text("---\n".join(APP % f"app-{number}" for number in range(ENOUGH + 1)))
    Path("apps/z.yaml").write_text(APP % "last")
    assert "selects none" not in said(capfd, "inject", "--plan", plan("names: [last]"), "--check", "apps", status=1)
    plan("names: [lost]")
    assert f"selects none of more than {ENOUGH} Applications" in said(
        capfd, "inject", "--plan", "after-deploy.yaml", "--check", "apps"
    )


def test_with_an_error_nothing_is_said_of_plans(capfd: pytest.CaptureFixture[str]) -> None:
    Path("apps/broken.yaml").write_text("apiVersion: core.oam.dev/v1beta1\nkind: Application\nspec: {components: [\n")
    assert "selects" not in said(capfd, "inject", "--plan", plan("names: [pay]"), "--check", "apps", status=2)


def test_a_folder_and_a_file_without_an_application_are_said(capfd: pytest.CaptureFixture[str]) -> None:
    name = plan("")
    Path("other").mkdir()
    Path("other/service.yaml").write_text(SERVICE)
    assert said(capfd, "inject", "--plan", name, "--check", "other").startswith("other: warning: holds no KubeVela App")
    err = said(capfd, "inject", "--plan", name, "--check", "service.yaml", "apps/cart.yaml", status=1)
    assert err.startswith("service.yaml: note: holds no KubeVela Application\n")
    # a definition speaks of core.oam.dev, too
    Path("service.yaml").write_text("apiVersion: core.oam.dev/v1beta1\nkind: TraitDefinition\nmetadata: {name: a}\n")
    assert "service.yaml: note: holds no" in said(capfd, "remove", "--check", "service.yaml")
    assert "holds no" not in said(capfd, "remove", "--check", "apps/cart.yaml", "apps")


def test_of_many_files_named_those_without_an_application_are_told_in_one_line(
    capfd: pytest.CaptureFixture[str],
) -> None:
    names = [f"s{number}.yaml" for number in range(9)]
    for name in names:
        Path(name).write_text(SERVICE)
    err = said(capfd, "inject", "--plan", plan(""), "--check", *names, "apps/cart.yaml", status=1)
    assert err.splitlines()[0] == "s0.yaml: note: holds no KubeVela Application, nor do 8 others of those named"
    assert err.count("holds no") == 1


@pytest.mark.parametrize("options", [("--check",), ("-o", "out"), ()])
@pytest.mark.parametrize(
    ("data", "says"),
    [(b"\x7fELF\x02\x00\x00", "is a binary file"), ("Zürich: 1\n".encode("latin-1"), "is no text in UTF-8")],
)
def test_a_file_that_is_no_text_is_an_error_where_it_is_named(
    capfd: pytest.CaptureFixture[str], data: bytes, says: str, options: tuple[str, ...]
) -> None:
    Path("odd").write_bytes(data)
    assert f"odd: error: {says}" in said(capfd, "inject", "--plan", plan(""), *options, "odd", status=2)


def test_what_cannot_be_read_is_an_error_that_names_it(capfd: pytest.CaptureFixture[str]) -> None:
    name = plan("")
    Path("apps/dangling.yaml").symlink_to("nowhere.yaml")
    os.mkfifo("apps/pipe.yaml")
    err = said(capfd, "inject", "--plan", name, "--check", "apps", status=2)
    assert "apps/dangling.yaml: error: cannot be read: No such file or directory" in err
    assert "apps/pipe.yaml: error: is not a regular file" in err
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.yaml")
        assert "socket.yaml: error: is not a regular file" in said(
            capfd, "inject", "--plan", name, "--check", "socket.yaml", status=2
        )
    Path("folder.yaml").mkdir()
    assert said(capfd, "inject", "--plan", name, "--check", "folder.yaml") == "no .yaml, .yml or .json file found\n"
    assert "folder.yaml: no plan found" in said(capfd, "inject", "--plan", "folder.yaml", "--check", "apps", status=2)


@pytest.mark.parametrize(
    "command", [("inject", "-p", "after-deploy.yaml", "--check"), ("explain", "-p", "after-deploy.yaml"), ("validate",)]
)
def test_a_file_that_breaks_off_while_it_is_read_is_an_error_that_names_it(
    capfd: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    plan("")
    assert main([*command, "/proc/self/mem"]) == 2
    out, err = capfd.readouterr()
    assert "/proc/self/mem: error: cannot be read: Input/output error" in out + err


def test_doctor_names_a_file_that_breaks_off_while_it_is_read() -> None:
    with pytest.raises(ToolError, match=r"^/proc/self/mem: error: cannot be read: Input/output error"):
        list(file_steps(["/proc/self/mem"]))


def test_helm_charts_and_lists_in_a_folder_are_not_taken_for_plans(capfd: pytest.CaptureFixture[str]) -> None:
    Path("chart/templates").mkdir(parents=True)
    Path("chart/values.yaml").write_text("image: nginx\nmetadata: {}\nreplicas: 0777\n")
    Path("chart/templates/web.yaml").write_text("kind: Service\n{{- if .Values.on }}\nspec: {}\n{{- end }}\n")
    Path("list.yaml").write_text("- one\n- two\n")
    Path("apps/odd.yaml").write_text("apiVersion: vela-steps.dev/v1alpha1\nmetadata: {name: kindless}\n")
    plan("names: [cart]")
    assert main(["validate", "--no-cue", "."]) == 2
    out, err = capfd.readouterr()
    assert [
        line for line in (out + err).splitlines() if "error:" in line and not line.startswith("./apps/odd.yaml")
    ] == []
    assert "apps/odd.yaml:1:1: error: kind: is missing" in out + err
    Path("apps/odd.yaml").unlink()
    assert main(["validate", "--no-cue", "."]) == 0
