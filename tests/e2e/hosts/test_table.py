"""The case folders through the real hosts: each renders with the plan what it renders of the expected result."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from vela_steps.errors import ToolError
from vela_steps.plan.ownership import ANNOTATION
from vela_steps.sandbox.client import program_of
from vela_steps.tools.run import run

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[1] / "cases"
SCRIPTS = Path(sys.executable).parent  # vela-steps and vela-steps-krm


class Case(NamedTuple):
    name: str
    before: str
    after: str
    plan: str


def cases() -> list[Case]:
    found = []
    for folder in sorted(ROOT.iterdir()):
        for suffix in (".yaml", ".json"):
            before, after, plan = (folder / name for name in (f"before{suffix}", f"after{suffix}", "plan.yaml"))
            if before.exists() and after.exists() and plan.exists():
                texts = [path.read_bytes().decode() for path in (before, after, plan)]
                found.append(Case(folder.name, *texts))
    return found


def kustomize(folder: Path, manifests: str, plan: str) -> str:
    """`kustomize build` with the plan as a KRM function, or without any function."""
    folder.mkdir()
    (folder / "app.yaml").write_text(manifests, newline="")
    kustomization: dict[str, Any] = {"resources": ["app.yaml"]}
    if plan:
        config: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "plans"}}
        function = {"exec": {"path": str(SCRIPTS / "vela-steps-krm")}}
        config["metadata"]["annotations"] = {"config.kubernetes.io/function": json.dumps(function)}
        (folder / "plan.yaml").write_text(yaml.safe_dump({**config, "data": {"plan.yaml": plan}}))
        kustomization["transformers"] = ["plan.yaml"]
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    program = program_of("kustomize", "kustomize")
    return run([program, "build", "--enable-alpha-plugins", "--enable-exec", folder], timeout=60).stdout


def helm_3(folder: Path, manifests: str, plan: str) -> str:
    """`helm template` of Helm 3, whose post-renderer is an executable."""
    chart = make_chart(folder, manifests, plan)
    options: list[str | Path] = ["--post-renderer", SCRIPTS / "vela-steps", "--post-renderer-args", "post-render"]
    options += ["--post-renderer-args", f"--plan={folder / 'plan.yaml'}"]
    argv: list[str | Path] = [program_of("helm-3", "helm"), "template", "shop", chart, *(options if plan else [])]
    return run(argv, timeout=60).stdout


def helm_4(folder: Path, manifests: str, plan: str) -> str:
    """`helm template` of Helm 4, whose post-renderer is a plugin."""
    chart = make_chart(folder, manifests, plan)
    plugins = folder / "plugins"
    plugins.mkdir()
    (plugins / "vela-steps").symlink_to(Path(__file__).parents[2] / "integrations" / "helm")
    env = {**os.environ, "HELM_PLUGINS": str(plugins), "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    options = ["--post-renderer", "vela-steps", "--post-renderer-args", f"--plan={folder / 'plan.yaml'}"]
    argv: list[str | Path] = [program_of("helm-4", "helm"), "template", "shop", chart, *(options if plan else [])]
    return run(argv, timeout=60, env=env).stdout


def make_chart(folder: Path, manifests: str, plan: str) -> Path:
    chart = folder / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n")
    (chart / "app.txt").write_text(manifests, newline="")
    (chart / "templates" / "app.yaml").write_text('{{ .Files.Get "app.txt" }}\n')
    (folder / "plan.yaml").write_text(plan)
    return chart


def plugin(folder: Path, manifests: str, plan: str) -> str:
    """What Argo CD's plugin runs in the folder of a source."""
    folder.mkdir()
    (folder / "app.yaml").write_text(manifests, newline="")
    if not plan:
        return manifests
    (folder / "vela-steps.yaml").write_text(plan)
    return run([SCRIPTS / "vela-steps", "argocd", "generate"], timeout=60, cwd=folder).stdout


HOSTS: dict[str, Callable[[Path, str, str], str]] = {
    "kustomize": kustomize,
    "helm 3": helm_3,
    "helm 4": helm_4,
    "argocd plugin": plugin,
}
# How many a host cannot take even without a plan (tabs, broken neighbours, directives), or PyYAML cannot read here.
CANNOT = {"kustomize": 5, "helm 3": 5, "helm 4": 5, "argocd plugin": 2}


@pytest.mark.parametrize("host", HOSTS)
def test_every_host_renders_the_same_steps(host: str, tmp_path: Path) -> None:
    render = HOSTS[host]
    wrong: list[str] = []
    passed: list[str] = []
    cannot: list[str] = []
    for case in cases():
        folder = tmp_path / case.name
        folder.mkdir()
        try:
            render(folder / "bare", case.before, "")
            wanted = meaning(render(folder / "wanted", case.after, ""))
        except (ToolError, yaml.YAMLError):
            cannot.append(case.name)
            continue
        try:
            got = meaning(render(folder / "got", case.before, case.plan))
        except ToolError as error:
            wrong.append(f"{case.name}: {error}")
            continue
        (passed if got == wanted else wrong).append(case.name)
    print(f"{host}: {len(passed)} cases the same; it cannot take {len(cannot)}: {', '.join(cannot)}")
    assert not wrong
    assert len(passed) >= 20
    assert len(cannot) <= CANNOT[host]


def meaning(text: str) -> list[Any]:
    """The objects, those of a List one by one as Helm 4 and kustomize hand them on, without our record in them: what
    had to be created for it depends on what the host has put there already."""
    documents = [document for document in yaml.safe_load_all(text) if document]
    objects = [one for document in documents for one in document.get("items") or [document]]
    for one in objects:
        metadata = one.get("metadata") or {}
        annotations = metadata.get("annotations") or {}
        annotations.pop(ANNOTATION, None)
        if not annotations:
            metadata.pop("annotations", None)
    return sorted(objects, key=lambda one: json.dumps(one, sort_keys=True, default=str))
