"""Render the source of an Argo CD application the way Argo CD would: a plain folder, kustomize or Helm."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from vela_steps.errors import UsageError
from vela_steps.files.find import SUFFIXES
from vela_steps.locate.documents import documents
from vela_steps.plan.model import KIND
from vela_steps.tools.run import run

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
RENDERERS = ("auto", "plain", "kustomize", "helm")
TIMEOUT = 80.0  # seconds: below Argo CD's own 90 for a plugin, so that the error is ours and says what was slow


class Manifests(NamedTuple):
    """What one file or renderer gave: `path` names it in messages; `plans` are the plans that stood among it."""

    path: str
    text: str
    plans: str = ""


def kind_of_source(folder: Path) -> str:
    """What a folder holds, in the order in which Argo CD looks: helm, kustomize or plain."""
    if (folder / "Chart.yaml").is_file():
        return "helm"
    if any((folder / name).is_file() for name in KUSTOMIZATIONS):
        return "kustomize"
    return "plain"


def helm(folder: Path, release: str, namespace: str, values: Sequence[str], env: Mapping[str, str]) -> Manifests:
    """`helm template` of the chart in `folder`. Raises ToolError with Helm's own words where that fails."""
    argv = ["helm", "template", release, ".", "--include-crds"]
    argv += ["--namespace", namespace] if namespace else []
    argv += [f"--kube-version={env['KUBE_VERSION']}"] if env.get("KUBE_VERSION") else []
    argv += [f"--values={name}" for name in values]
    versions = env.get("KUBE_API_VERSIONS", "")
    argv += [f"--api-versions={version}" for version in versions.split(",") if version]
    return Manifests("helm template", run(argv, timeout=TIMEOUT, cwd=folder).stdout)


def kustomize(folder: Path) -> Manifests:
    """`kustomize build` of `folder`. Raises ToolError with kustomize's own words where that fails."""
    return Manifests("kustomize build", run(["kustomize", "build", "."], timeout=TIMEOUT, cwd=folder).stdout)


def plain(folder: Path, *, recurse: bool, leave_out: Sequence[Path] = ()) -> list[Manifests]:
    """The manifests of a plain folder, by name, with the plans among them set apart: no cluster knows their kind."""
    found = []
    for path in sorted(_files(folder, recurse)):
        if path.resolve() in leave_out:
            continue
        try:
            text = path.read_text(encoding="utf-8-sig")  # a BOM has no place between documents
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path.relative_to(folder)}: cannot be read: {error}") from error
        found.append(_set_apart(str(path.relative_to(folder)), text))
    return found


def _files(folder: Path, recurse: bool) -> list[Path]:
    if not recurse:
        return [path for path in folder.iterdir() if path.is_file() and path.name.lower().endswith(SUFFIXES)]
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(root) / name for name in names if name.lower().endswith(SUFFIXES)]
    return found


def _set_apart(path: str, text: str) -> Manifests:
    if KIND not in text:
        return Manifests(path, text)
    manifests: list[str] = []
    plans: list[str] = []
    for start, end, _ in documents(text):
        (plans if _is_plan(text[start:end]) else manifests).append(text[start:end])
    return Manifests(path, "".join(manifests), "".join(plans))


def _is_plan(text: str) -> bool:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return False  # the error is reported, with its place, where the manifests are worked on
    return isinstance(found, dict) and found.get("kind") == KIND
