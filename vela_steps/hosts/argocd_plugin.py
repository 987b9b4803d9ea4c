"""Argo CD config management plugin (version 2): render the application's source and inject the steps.

Called by argocd-cmp-server in the source's folder. What it prints on standard output is deployed, and nothing printed
would be "delete everything", so an empty result is an error. Standard error reaches Argo CD's UI.
Source of the environment: Argo CD's documentation, "Config Management Plugins".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vela_steps.errors import UsageError
from vela_steps.files.find import SUFFIXES
from vela_steps.hosts import source
from vela_steps.hosts.stream import injected, plans_from, unique
from vela_steps.plan.load import load_or_raise
from vela_steps.plan.model import Plan

DEFAULT_PLANS = ("vela-steps.yaml", ".vela-steps.yaml")


@dataclass(frozen=True)
class Parameters:
    """The plugin's parameters as an Argo CD application sets them (`spec.source.plugin.parameters`)."""

    plans: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    renderer: str = "auto"
    release: str = ""
    recurse: bool = False
    env: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Parameters:
        """Read `ARGOCD_APP_PARAMETERS`. Raises UsageError that lists the parameters there are."""
        announced = {one["name"]: one for one in _announced(env.get("ARGOCD_APP_PARAMETERS") or "[]")}
        unknown = sorted(set(announced) - {"plans", "values", "renderer", "release", "recurse"})
        if unknown:
            raise UsageError(
                f"unknown parameter {', '.join(unknown)}",
                cure="the parameters are plans, values (lists), renderer, release, recurse (strings)",
            )
        renderer = _string(announced, "renderer") or "auto"
        if renderer not in source.RENDERERS:
            raise UsageError(f"renderer: {renderer} is not known", cure=f"one of {', '.join(source.RENDERERS)}")
        return cls(
            plans=_array(announced, "plans"),
            values=_array(announced, "values"),
            renderer=renderer,
            release=_string(announced, "release") or env.get("ARGOCD_APP_NAME", ""),
            recurse=_string(announced, "recurse").lower() == "true",
            env=env,
        )


def generate(folder: Path, env: Mapping[str, str], shared_plans: Path | None) -> str:
    """The manifests to deploy, with the steps of the repository's plans and of those in `shared_plans`.

    Raises VelaStepsError where anything is wrong, and where there is nothing to deploy.
    """
    parameters = Parameters.read(env)
    files = _plan_files(folder, parameters) + _shared(shared_plans)
    rendered = _render(folder, parameters, files)
    among = [plan for one in rendered if one.plans for plan in load_or_raise(one.plans, one.path)]
    plans = unique([*plans_from(files), *among])
    if not plans:
        raise UsageError(
            "no plan found",
            cure=f"put one into {DEFAULT_PLANS[0]} beside the manifests, or name it by the parameter plans",
        )
    return _joined(rendered, plans)


def _joined(rendered: Sequence[source.Manifests], plans: Sequence[Plan]) -> str:
    texts = [injected(one.text, plans, one.path) for one in rendered if one.text.strip()]
    text = "".join(_as_document(one) for one in texts)
    if not any(line.strip() and not line.lstrip().startswith(("#", "---")) for line in text.splitlines()):
        raise UsageError("the source renders to nothing, which Argo CD would take for an order to delete everything")
    return text


def _as_document(text: str) -> str:
    start = "" if text.startswith("---") else "---\n"
    return f"{start}{text}" if text.endswith("\n") else f"{start}{text}\n"


def _render(folder: Path, parameters: Parameters, plans: Sequence[Path]) -> list[source.Manifests]:
    kind = source.kind_of_source(folder) if parameters.renderer == "auto" else parameters.renderer
    if kind == "kustomize":
        return [source.kustomize(folder)]
    if kind == "helm":
        for name in parameters.values:
            _inside(folder, parameters.env, name, "values")
        namespace = parameters.env.get("ARGOCD_APP_NAMESPACE", "")
        return [
            source.helm(
                folder, parameters.release or folder.resolve().name, namespace, parameters.values, parameters.env
            )
        ]
    return source.plain(folder, recurse=parameters.recurse, leave_out=[path.resolve() for path in plans])


def _plan_files(folder: Path, parameters: Parameters) -> list[Path]:
    if parameters.plans:
        return [_inside(folder, parameters.env, name, "plans") for name in parameters.plans]
    return [folder / name for name in DEFAULT_PLANS if (folder / name).is_file()]


def _shared(folder: Path | None) -> list[Path]:
    if folder is None or not folder.is_dir():
        return []
    # A mounted ConfigMap holds its keys as links beside folders of Kubernetes' own, whose names start with "..".
    return sorted(path for path in folder.iterdir() if path.name.lower().endswith(SUFFIXES) and path.is_file())


def _inside(folder: Path, env: Mapping[str, str], name: str, parameter: str) -> Path:
    """A file of the repository, named relative to the source. Raises UsageError for one outside of it."""
    root = folder.resolve()
    for _part in [part for part in Path(env.get("ARGOCD_APP_SOURCE_PATH", ".")).parts if part not in (".", "/")]:
        root = root.parent
    path = (folder / name).resolve()
    if not path.is_relative_to(root):
        raise UsageError(f"{parameter}: {name} lies outside the repository")
    if not path.is_file():
        raise UsageError(f"{parameter}: {name} is not there", cure="a path relative to the application's source")
    # As it was named: Argo CD unpacks the source into another folder each time, and a message with that folder in it
    # would be a new one at every refresh.
    return folder / name


def _announced(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError(f"ARGOCD_APP_PARAMETERS is not JSON: {error}") from error
    if found is None:
        return []  # what Argo CD writes for a source without parameters (Go's empty list)
    if not isinstance(found, list) or not all(isinstance(one, dict) and "name" in one for one in found):
        raise UsageError("ARGOCD_APP_PARAMETERS is not a list of parameters")
    return found


def _string(announced: Mapping[str, dict[str, Any]], name: str) -> str:
    value = announced.get(name, {}).get("string", "")
    return value if isinstance(value, str) else str(value)


def _array(announced: Mapping[str, dict[str, Any]], name: str) -> tuple[str, ...]:
    one = announced.get(name, {})
    return tuple(one.get("array") or ([one["string"]] if one.get("string") else ()))
