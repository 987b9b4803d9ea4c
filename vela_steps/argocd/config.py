"""Argo CD's configuration for KubeVela's kinds, in the forms that people install Argo CD with.

Argo CD counts a kind without a health check as healthy once it is applied, so that a parent app-of-apps or a later
sync-wave would not wait for the workflow. The checks are Lua files in `health/`; `steps.lua` is put before each.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from textwrap import indent

CHECKS = {"Application": "application.lua", "WorkflowRun": "workflowrun.lua"}
GROUP = "core.oam.dev"
HEADER = "# Health of KubeVela's kinds for Argo CD, by `vela-steps argocd config`.\n"


def health_script(kind: str) -> str:
    """The Lua health check of `kind` (a key of `CHECKS`), complete as Argo CD runs it."""
    health = resources.files("vela_steps.argocd") / "health"
    parts = [(health / name).read_text(encoding="utf-8") for name in ("steps.lua", CHECKS[kind])]
    return "\n".join(parts)


def settings() -> dict[str, str]:
    """The entries of the ConfigMap `argocd-cm`: key to Lua."""
    return {f"resource.customizations.health.{GROUP}_{kind}": health_script(kind) for kind in CHECKS}


def config_map() -> str:
    """A patch of the ConfigMap `argocd-cm`, for `kubectl patch --patch-file` and as a strategic-merge patch."""
    return HEADER + "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: argocd-cm\ndata:\n" + _entries(2)


def helm_values() -> str:
    """Values of the chart `argo-cd` (argo-helm), whose `configs.cm` becomes the ConfigMap."""
    return HEADER + "configs:\n  cm:\n" + _entries(4)


def kustomize_component() -> dict[str, str]:
    """A kustomize Component that adds the checks to an installation: file name to text."""
    component = (
        HEADER + "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- path: argocd-cm.yaml\n"
    )
    return {"kustomization.yaml": component, "argocd-cm.yaml": config_map()}


FORMATS: dict[str, Callable[[], str]] = {"patch": config_map, "helm": helm_values}


def _entries(depth: int) -> str:
    return "".join(indent(f"{key}: |\n" + indent(script, "  "), " " * depth) for key, script in settings().items())
