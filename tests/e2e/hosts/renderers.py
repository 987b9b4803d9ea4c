"""Each host as a function: a folder of its own, manifests, and a plan or "" in; what the host renders out."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from vela_steps.sandbox.client import program_of
from vela_steps.tools.run import run

ROOT = Path(__file__).parents[3]
SCRIPTS = Path(sys.executable).parent  # vela-steps and vela-steps-krm
FUNCTION = SCRIPTS / "vela-steps-krm"
TIMEOUT = 60.0  # seconds

Render = Callable[[Path, str, str], str]


class Host(NamedTuple):
    """A place where the helper plugs in. `keeps_bytes`: it hands a file on as it is, but for the steps;
    `mute`: it does not show what the helper says."""

    name: str
    render: Render
    keeps_bytes: bool = False
    mute: bool = False
    missing: Callable[[], str] = lambda: ""  # why it cannot be run here; empty where it can


def environment(**more: str) -> dict[str, str]:
    """Without the user's Git, and with the vela-steps of these tests first in PATH."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "GITHUB_"))}
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": path, **more}


def git(folder: Path, *args: str) -> str:
    """`git` in a folder, as Ann."""
    author = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    return run(["git", "-C", folder, *author, *args], timeout=TIMEOUT, env=environment()).stdout


def write(folder: Path, **files: str) -> Path:
    """Files of a new folder, byte by byte; `.` is written as `__` in a name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def read(path: Path) -> str:
    """A file's text, byte by byte."""
    return path.read_bytes().decode()


def command(folder: Path, manifests: str, plan: str) -> str:
    """`vela-steps inject --write`."""
    write(folder, app__yaml=manifests, plan__yaml=plan)
    if plan:
        argv: list[str | Path] = [SCRIPTS / "vela-steps", "inject", "--write", "--plan", "plan.yaml", "app.yaml"]
        run(argv, timeout=TIMEOUT, cwd=folder)
    return read(folder / "app.yaml")


def pre_commit(folder: Path, manifests: str, plan: str) -> str:
    """The real pre-commit, with the hook as the manifest describes it."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    shipped = next(hook for hook in hooks if hook["id"] == "vela-steps-inject")
    hook = {**shipped, "language": "system", "args": ["--plan", "plan.yaml"], "files": r"^app\.yaml$"}
    config = yaml.safe_dump({"repos": [{"repo": "local", "hooks": [hook]}]})
    write(folder, **{"app__yaml": manifests, "plan__yaml": plan, "__pre-commit-config__yaml": config})
    if plan:
        git(folder, "init", "--quiet", "--initial-branch=main")
        git(folder, "add", "--all")
        env = environment(PRE_COMMIT_HOME=str(folder / "home"))
        done = run([SCRIPTS / "pre-commit", "run", "--all-files"], timeout=TIMEOUT, cwd=folder, env=env, accept=(0, 1))
        # It ends with 1 where files were changed, too: then a second run has nothing to do.
        if done.status:
            git(folder, "add", "--all")
            run([SCRIPTS / "pre-commit", "run", "--all-files"], timeout=TIMEOUT, cwd=folder, env=env)
    return read(folder / "app.yaml")


def ci_script(folder: Path, manifests: str, plan: str) -> str:
    """The script of the CI integrations in a clone; what it pushed is what counts."""
    clone = write(folder / "clone", app__yaml=manifests, plan__yaml=plan)
    if not plan:
        return read(clone / "app.yaml")
    git(clone, "init", "--quiet", "--initial-branch=main")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Start")
    git(folder, "clone", "--quiet", "--bare", "clone", "origin.git")
    git(clone, "remote", "add", "origin", str(folder / "origin.git"))
    git(clone, "push", "--quiet", "--set-upstream", "origin", "main")
    argv: list[str | Path] = [ROOT / "integrations" / "ci" / "inject.sh", "write", "app.yaml", "plan.yaml"]
    run(argv, timeout=TIMEOUT, cwd=clone, env=environment())
    git(folder, "clone", "--quiet", "origin.git", "pushed")
    return read(folder / "pushed" / "app.yaml")


def function_config(plan: str, **annotations: str) -> str:
    """The plan as a functionConfig: itself where it is one, else a ConfigMap of plans."""
    documents = [document for document in yaml.safe_load_all(plan) if document]
    data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "plans"}, "data": {"plan.yaml": plan}}
    config: dict[str, Any] = documents[0] if len(documents) == 1 else data
    config["metadata"] = {**config["metadata"], "annotations": annotations}
    return json.dumps(config, indent=2)  # PyYAML writes texts such as 1e3 without quotes, which Go reads as numbers


def kustomize(folder: Path, manifests: str, plan: str) -> str:
    """`kustomize build` with the plan as a KRM function, or without any function."""
    kustomization: dict[str, Any] = {"resources": ["app.yaml"]}
    if plan:
        kustomization["transformers"] = ["plan.yaml"]
        how = json.dumps({"exec": {"path": str(FUNCTION)}})
        plan = function_config(plan, **{"config.kubernetes.io/function": how})
    write(folder, app__yaml=manifests, plan__yaml=plan, kustomization__yaml=yaml.safe_dump(kustomization))
    program = program_of("kustomize", "kustomize")
    return run([program, "build", "--enable-alpha-plugins", "--enable-exec", folder], timeout=TIMEOUT).stdout


def kpt(folder: Path, manifests: str, plan: str) -> str:
    """`kpt fn render` of a package whose pipeline has the function, or none."""
    kptfile: dict[str, Any] = {"apiVersion": "kpt.dev/v1", "kind": "Kptfile", "metadata": {"name": "shop"}}
    if plan:
        kptfile["pipeline"] = {"mutators": [{"exec": str(FUNCTION), "configPath": "plan.yaml"}]}
        local = {"config.kubernetes.io/local-config": "true"}
        write(folder, plan__yaml=function_config(plan, **local))
    write(folder, app__yaml=manifests, Kptfile=yaml.safe_dump(kptfile))
    run(["kpt", "fn", "render", "--allow-exec", folder], timeout=TIMEOUT)
    return read(folder / "app.yaml")


def no_kpt() -> str:
    """kpt is no Go module that can be built by itself, and no part of the sandbox: the machine has it, or not."""
    return "" if shutil.which("kpt") else "kpt is not in PATH"


def helm_3(folder: Path, manifests: str, plan: str) -> str:
    """`helm template` of Helm 3, whose post-renderer is an executable."""
    chart = make_chart(folder, manifests, plan)
    options: list[str | Path] = ["--post-renderer", SCRIPTS / "vela-steps", "--post-renderer-args", "post-render"]
    options += ["--post-renderer-args", f"--plan={folder / 'plan.yaml'}"]
    argv: list[str | Path] = [program_of("helm-3", "helm"), "template", "shop", chart, *(options if plan else [])]
    return run(argv, timeout=TIMEOUT).stdout


def helm_4(folder: Path, manifests: str, plan: str) -> str:
    """`helm template` of Helm 4, whose post-renderer is a plugin."""
    chart = make_chart(folder, manifests, plan)
    plugins = folder / "plugins"
    plugins.mkdir()
    (plugins / "vela-steps").symlink_to(ROOT / "integrations" / "helm")
    env = environment(HELM_PLUGINS=str(plugins))
    options = ["--post-renderer", "vela-steps", "--post-renderer-args", f"--plan={folder / 'plan.yaml'}"]
    argv: list[str | Path] = [program_of("helm-4", "helm"), "template", "shop", chart, *(options if plan else [])]
    return run(argv, timeout=TIMEOUT, env=env).stdout


def make_chart(folder: Path, manifests: str, plan: str) -> Path:
    """A chart that renders to the manifests, which are no template of it."""
    template = '{{ .Files.Get "app.txt" }}\n'
    chart = {"Chart__yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n", "app__txt": manifests}
    write(folder, plan__yaml=plan)
    return write(folder / "chart", **chart, **{"templates/app__yaml": template})


def plugin(folder: Path, manifests: str, plan: str) -> str:
    """What Argo CD's plugin runs in the folder of a source."""
    write(folder, app__yaml=manifests)
    if not plan:
        return manifests
    write(folder, **{"vela-steps__yaml": plan})
    return run([SCRIPTS / "vela-steps", "argocd", "generate"], timeout=TIMEOUT, cwd=folder).stdout


HOSTS = (
    Host("command", command, keeps_bytes=True),
    Host("pre-commit", pre_commit, keeps_bytes=True),
    Host("CI script", ci_script, keeps_bytes=True),
    Host("Argo CD plugin", plugin),
    Host("kustomize", kustomize),
    Host("kpt", kpt, missing=no_kpt),
    Host("Helm 3", helm_3),
    Host("Helm 4", helm_4, mute=True),
)
