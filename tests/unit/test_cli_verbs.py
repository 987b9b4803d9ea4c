"""The other verbs of the command line: validate, schema, explain, completion, and help for all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from vela_steps.cli import VERBS, main, verb_parser

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOP = (str(EXAMPLES / "shop/plan.yaml"), str(EXAMPLES / "shop/deploy/shop.yaml"))
OURS = ("inject", "remove", "explain", "validate", "schema", "completion")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.parametrize("verb", OURS)
def test_every_verb_has_help_with_examples(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    with pytest.raises(SystemExit) as left:
        main([verb, "--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert f"examples:\n  vela-steps {verb} " in said
    for action in verb_parser(verb)._actions:
        assert action.help, f"{verb}: {action.dest} has no help"


def test_help_lists_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    said = capsys.readouterr().out
    assert all(f"  {verb}" in said for verb in VERBS)


@pytest.mark.parametrize(
    "arguments", [["inject"], ["nothing"], ["schema", "x"], ["inject", "-p", "x", "--write", "--check"]]
)
def test_a_wrong_command_line_is_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["injct"], 'did you mean "inject"?'),
        (["inject", "--plna", "x", "y"], 'there is no option --plna; did you mean "--plan"?'),
        (["inject", "-p", "x", "--keep-goin", "y"], 'did you mean "--keep-going"?'),
        (["inject", "-p", "x", "--format=jsn", "y"], 'did you mean "json"?'),
        (["sandbox", "upp"], 'did you mean "up"?'),
        (["inject", "-p", "x", "--", "--chekc"], ""),
    ],
)
def test_what_was_probably_meant_is_named(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    if hint:
        with pytest.raises(SystemExit, match="2"):
            main(arguments)
    else:
        assert main(arguments) == 2
    said = capsys.readouterr().err
    assert hint in said
    assert ("did you mean" in said) == bool(hint)


def test_validate_passes_over_other_kinds_in_a_folder_but_not_when_they_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = EXAMPLES / "shop"
    assert main(["validate", "--no-cue", str(folder)]) == 0
    assert "2 plans, 2 Applications in 4 files: no error found" in capsys.readouterr().err
    assert main(["validate", "--no-cue", str(folder / "deploy/argocd.yaml")]) == 2
    assert "argocd.yaml: error: holds no plan and no KubeVela Application" in capsys.readouterr().err


def test_validate_of_a_folder_without_anything_to_check_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.yaml").write_text("kind: Deployment\n")
    assert main(["validate", str(tmp_path)]) == 2
    assert "no plan and no KubeVela Application found" in capsys.readouterr().err


def test_a_step_type_that_is_nearly_ours_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.yaml"
    head = "apiVersion: vela-steps.dev/v1alpha1\nkind: PostSync\nmetadata: {name: x}\nspec:\n  steps:\n"
    plan.write_text(head + "  - {name: a, type: notfy}\n  - {name: b, type: notify2}\n  - {name: c, type: webhook}\n")
    assert main(["validate", str(plan)]) == 0
    said = capsys.readouterr().err
    assert f'{plan}:6:21: warning: spec.steps[0].type: "notfy" is no type' in said
    assert 'did you mean "notify"?' in said
    assert said.count("warning") == 1


def test_all_plans_of_the_examples_are_valid(capsys: pytest.CaptureFixture[str]) -> None:
    plans = [str(path) for path in EXAMPLES.glob("*/plan.yaml")] + [str(EXAMPLES / "several-plans/plans")]
    assert main(["validate", *plans]) == 0
    assert "no error found" in capsys.readouterr().err


def test_validate_reports_in_every_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("kind: PostSync\nsteps: []\n")
    assert main(["validate", "--format", "json", str(plan)]) == 2
    said = json.loads(capsys.readouterr().out)
    assert {problem["message"] for problem in said["files"][0]["problems"]} >= {"metadata: is missing"}
    assert main(["validate", "--format", "github", str(plan)]) == 2
    assert capsys.readouterr().out.startswith(
        f"::error file={plan},line=1,col=1,title=vela-steps::apiVersion: is missing\n"
    )


def test_plans_of_one_name_cannot_be_used_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.yaml", "b.yaml"):
        shutil.copy(EXAMPLES / "after-step/plan.yaml", tmp_path / name)
    assert main(["validate", str(tmp_path)]) == 0  # one for prod and one for staging, say
    assert main(["inject", "-p", str(tmp_path), str(EXAMPLES / "after-step/app.yaml")]) == 2
    assert f'there is another plan "canary-check" at {tmp_path}/a.yaml:5:18' in capsys.readouterr().err


def test_schema_prints_what_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "plan"]) == 0
    assert json.loads(capsys.readouterr().out)["title"].startswith("PostSync plan")
    assert main(["schema", "--list"]) == 0
    assert "plan" in capsys.readouterr().out.split()


def test_explain_draws_the_workflow_before_and_after(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--plan", *SHOP]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "shop/shop",
        "before: each step as soon as it may (DAG), generated by KubeVela",
        "  └─ database  (apply-component)",
        "     └─ backend  (apply-component)",
        "        └─ frontend  (apply-component)",
        "after: each step as soon as it may (DAG)",
        "  └─ database  (apply-component)",
        "     └─ backend  (apply-component)",
        "        └─ frontend  (apply-component)",
        "           ├─ + purge-cdn  (cdn-purge)",
        "           └─ + e2e  (github-dispatch)",
        "              └─ + tell-the-team  (notify; if always)",
    ]


def test_explain_without_a_plan_shows_what_was_injected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(EXAMPLES / "parallel/after.yaml")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "game",
        "before: one step after the other",
        "  1. lobby  (apply-component)",
        "after: one step after the other",
        "  1. lobby  (apply-component)",
        "  2. + spread-the-word  (step-group; all at once but for dependsOn)",
        "     ├─ + tell-slack  (notify)",
        "     ├─ + mark-dashboards  (notify)",
        "     └─ + tell-discord  (notify)",
    ]


def test_explain_shows_an_application_that_no_plan_selects_once(capsys: pytest.CaptureFixture[str]) -> None:
    plan, file = EXAMPLES / "select-by-name/plan.yaml", EXAMPLES / "select-by-name/app.yaml"
    assert main(["explain", "-p", str(plan), str(file)]) == 0
    last = capsys.readouterr().out.split("\n\n")[1]
    assert last.splitlines()[:2] == ["workshop", "unchanged: each step as soon as it may (DAG), generated by KubeVela"]


def test_explain_without_any_application_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text("kind: Service\n")
    assert main(["explain", str(tmp_path)]) == 2
    assert "no KubeVela Application found" in capsys.readouterr().err


def test_explain_names_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: core.oam.dev/v1beta1\nkind: Application\nspec: [\n")
    assert main(["explain", str(tmp_path)]) == 2
    assert f"{tmp_path}/a.yaml:4:1: error: not valid YAML" in capsys.readouterr().err


@pytest.mark.parametrize("plans", [(), ("-p", SHOP[0])])
@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("spec:\n  workflow:\n    steps:\n    -\n", "7:6: error: a list item that is no mapping"),
        ("spec:\n  workflow: [x]\n", "5:13: error: `workflow` is no mapping"),
        ("spec: {workflow: {mode: x}}\n", "4:25: error: `mode` is no mapping"),
        ("spec: 'x'\n", "4:7: error: `spec` is no mapping"),
        ("spec: {policies: x}\n", "4:18: error: `policies` is no list"),
    ],
)
def test_explain_names_an_application_that_it_cannot_draw_and_draws_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spec: str, says: str, plans: tuple[str, ...]
) -> None:
    head = "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: odd, namespace: shop}\n"
    (tmp_path / "odd.yaml").write_text(head + spec)
    assert main(["explain", *plans, str(tmp_path), SHOP[1]]) == 2
    out, err = capsys.readouterr()
    assert err == f"{tmp_path}/odd.yaml:{says}\n"
    assert out.startswith("shop/shop\n")


def test_explain_draws_steps_with_fields_of_other_kinds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "odd.yaml"
    steps = "[{name: a, subSteps: [{name: b}], dependsOn: 5}, {name: c, dependsOn: [[a], a], inputs: 3}]"
    head = "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: odd}\n"
    file.write_text(f"{head}spec: {{workflow: {{mode: {{steps: DAG}}, steps: {steps}}}}}\n")
    assert main(["explain", str(file)]) == 0
    out = capsys.readouterr().out
    assert all(f"─ {name}  (" in out for name in "abc")
    file.write_text(file.read_text().replace("[{name: b}]", "[x, {name: b}]"))
    assert main(["explain", str(file)]) == 2
    assert "`subSteps` of step 'a' is no list of mappings" in capsys.readouterr().err


def test_explain_writes_an_svg_with_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "-p", *SHOP, "--format", "svg"]) == 0
    root = ElementTree.fromstring(capsys.readouterr().out)  # noqa: S314 - our own
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [texts.count(name) for name in ("database", "purge-cdn", "e2e", "tell-the-team")] == [2, 1, 1, 1]


def test_explain_writes_mermaid(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "-p", *SHOP, "--format", "mermaid"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "flowchart LR"
    assert 'a0p1s1["purge-cdn<br/>cdn-purge"]' in lines
    assert "class a0p1s1 new" in lines
    assert "a0p1s0 --> a0p1s1" in lines
    assert sum(line.startswith("subgraph") for line in lines) == lines.count("end") == 3


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_verbs_and_options(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(verb in script for verb in VERBS)
    assert "keep-going" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


COMPLETE = """source ./script
words=({words})
COMP_WORDS=("${{words[@]}}" "{last}") COMP_CWORD=${{#words[@]}} COMPREPLY=()
_shtab_vela_steps vela-steps "{last}" "${{words[-1]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")
@pytest.mark.parametrize(
    ("words", "last", "offered"),
    [
        ("vela-steps", "in", {"inject"}),
        ("vela-steps inject", "--ke", {"--keep-going"}),
        ("vela-steps inject --format", "", {"text", "json", "github"}),
        ("vela-steps inject --plan", "ap", {"apps", "apple.yaml"}),
        ("vela-steps inject --plan apple.yaml -o", "ap", {"apps"}),
        ("vela-steps inject --plan apple.yaml", "apps/", {"apps/a.yaml"}),
        ("vela-steps post-render --plan", "apps/", {"apps/a.yaml"}),
        ("vela-steps sandbox", "u", {"up"}),
    ],
)
def test_bash_completes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: str, last: str, offered: set[str]
) -> None:
    assert main(["completion", "bash"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out)
    (tmp_path / "apple.yaml").touch()
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps/a.yaml").touch()
    asked = COMPLETE.format(words=words, last=last)
    done = subprocess.run(["bash"], input=asked, text=True, capture_output=True, check=True, cwd=tmp_path)
    assert set(done.stdout.split()) == offered


def test_the_module_runs_as_a_command() -> None:
    done = subprocess.run([sys.executable, "-m", "vela_steps", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("vela-steps ")
