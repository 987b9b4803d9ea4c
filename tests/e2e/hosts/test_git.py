"""The real pre-commit, and the script of the CI integrations, in Git repositories."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.e2e.hosts.renderers import ROOT, SCRIPTS, environment, git
from vela_steps.plan.model import KIND
from vela_steps.tools.run import Completed, run

pytestmark = pytest.mark.e2e

PLAN = f"""\
apiVersion: vela-steps.dev/v1alpha1
kind: {KIND}
metadata: {{name: after-deploy}}
spec:
  select: {{names: [shop]}}
  steps:
  - {{name: approve, type: suspend}}
"""
APP = """\
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop} # the shop
spec:
  components:
  - {name: web, type: webservice, properties: {image: "acme/web:1"}}
"""
NOT_IN_GIT = (".git", ".venv", "build", "dist", "__pycache__", ".*_cache", ".hypothesis", "tests")


def repository(folder: Path, **files: str) -> Path:
    """A Git repository with a first commit of some files."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "Start")
    return folder


def steps_of(path: Path) -> list[str]:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))["spec"].get("workflow") or {}
    return [step["name"] for step in workflow.get("steps", [])]


def hooks_repository(folder: Path) -> Path:
    """What pre-commit clones: this project, as it is here."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_IN_GIT))
    return repository(folder)


@pytest.mark.long  # pre-commit installs the hook with what it needs
def test_pre_commit_checks_injects_and_validates(tmp_path: Path) -> None:
    hooks = hooks_repository(tmp_path / "hooks")
    plan = {"args": ["--plan", "plan.yaml"]}
    used = [{"id": "vela-steps-inject", **plan}, {"id": "vela-steps-check", **plan}, {"id": "vela-steps-validate"}]
    config = {"repos": [{"repo": str(hooks), "rev": git(hooks, "rev-parse", "HEAD").strip(), "hooks": used}]}
    files = {"plan__yaml": PLAN, "apps/shop__yaml": APP, "values__json": '{"a": 1}\n'}
    shop = repository(tmp_path / "shop", **files, **{".pre-commit-config__yaml": yaml.safe_dump(config)})

    def hook(name: str) -> Completed:
        argv: list[str | Path] = [SCRIPTS / "pre-commit", "run", name, "--all-files", "--color=never"]
        env = environment(PRE_COMMIT_HOME=str(tmp_path / "home"))
        return run(argv, timeout=300, cwd=shop, env=env, accept=(0, 1))

    refused = hook("vela-steps-check")
    assert refused.status == 1
    assert "apps/shop.yaml" in refused.stdout
    assert "+  - name: approve" in refused.stdout.replace("+    - ", "+  - ")
    assert steps_of(shop / "apps" / "shop.yaml") == []
    written = hook("vela-steps-inject")
    assert (written.status, "files were modified by this hook" in written.stdout) == (1, True)
    assert steps_of(shop / "apps" / "shop.yaml") == ["web", "approve"]
    assert git(shop, "diff", "--name-only").split() == ["apps/shop.yaml"]
    assert [hook(one).status for one in ("vela-steps-inject", "vela-steps-check", "vela-steps-validate")] == [0, 0, 0]
    (shop / "plan.yaml").write_text(PLAN.replace("type: suspend", "typo: suspend"), encoding="utf-8")
    wrong = hook("vela-steps-validate")
    assert wrong.status == 1
    assert "typo" in wrong.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a bare repository with a shop and a plan."""
    origin = repository(tmp_path / "first", **{"plan__yaml": PLAN, "apps/shop__yaml": APP})
    git(tmp_path, "clone", "--quiet", "--bare", str(origin), "origin.git")
    git(tmp_path, "clone", "--quiet", "origin.git", "clone")
    return tmp_path / "clone"


def script(folder: Path, mode: str, **env: str) -> Completed:
    argv: list[str | Path] = [ROOT / "integrations" / "ci" / "inject.sh", mode, "apps\n", "plan.yaml\n"]
    return run(argv, timeout=60, cwd=folder, env=environment(**env), accept=(0, 1, 2))


def test_the_ci_script_annotates_what_is_not_up_to_date(clone: Path) -> None:
    done = script(clone, "check", GITHUB_ACTIONS="true")
    assert done.status == 1
    assert "::error file=apps/shop.yaml" in done.stdout
    assert git(clone, "status", "--porcelain") == ""
    plain = script(clone, "check")
    assert (plain.status, "::" in plain.stdout) == (1, False)
    assert script(clone, "guess").status == 2


def test_the_ci_script_annotates_a_bad_plan_and_commits_nothing(clone: Path) -> None:
    (clone / "plan.yaml").write_text(PLAN.replace("type: suspend", "typo: suspend"), encoding="utf-8")
    done = script(clone, "write", GITHUB_ACTIONS="true")
    assert done.status == 2
    assert "::error file=plan.yaml" in done.stdout
    assert git(clone, "log", "--format=%s") == "Start\n"


def test_the_ci_script_commits_and_pushes_on_a_runner_without_a_name(clone: Path) -> None:
    done = script(clone, "write", GITHUB_ACTIONS="true", COMMIT_MESSAGE="Inject the steps")
    assert done.status == 0, done.stderr
    log = git(clone.parent / "origin.git", "log", "--format=%an: %s", "main").splitlines()
    assert log == ["github-actions[bot]: Inject the steps", "Ann: Start"]
    assert steps_of(clone / "apps" / "shop.yaml") == ["web", "approve"]
    again = script(clone, "write", GITHUB_ACTIONS="true")
    assert (again.status, "nothing to commit" in again.stdout) == (0, True)
    assert script(clone, "check", GITHUB_ACTIONS="true").status == 0


def test_the_ci_script_leaves_alone_what_others_changed(clone: Path) -> None:
    (clone / "plan.yaml").write_text(PLAN + "# touched by an earlier step of the job\n", encoding="utf-8")
    assert script(clone, "write").status == 0
    assert git(clone, "diff", "--name-only").split() == ["plan.yaml"]
    assert git(clone, "show", "--name-only", "--format=").split() == ["apps/shop.yaml"]


def test_the_ci_script_pushes_from_a_checkout_that_is_no_branch_only_where_it_is_told(clone: Path) -> None:
    git(clone, "checkout", "--quiet", "--detach")
    refused = script(clone, "write")
    assert (refused.status, "BRANCH" in refused.stderr) == (2, True)
    assert steps_of(clone / "apps" / "shop.yaml") == []
    assert script(clone, "write", BRANCH="main").status == 0
    assert "Inject post-deploy steps" in git(clone.parent / "origin.git", "log", "--format=%s", "main")
