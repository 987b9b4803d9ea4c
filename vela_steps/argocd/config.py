"""Argo CD's configuration for KubeVela's kinds, in the forms that people install Argo CD with.

Argo CD counts a kind without a health check as healthy once it is applied, so that a parent app-of-apps or a later
sync-wave would not wait for the workflow. The checks are Lua files in `health/`. That holds for Argo CD's own
Applications as well: a parent waits for its children only with the check of `CHILD`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from textwrap import indent

APPLICATION, WORKFLOW_RUN, CHILD = "core.oam.dev_Application", "core.oam.dev_WorkflowRun", "argoproj.io_Application"
# The files that make up the check of a kind, in the order in which they stand in it.
CHECKS = {
    APPLICATION: ("steps.lua", "application.lua"),
    WORKFLOW_RUN: ("steps.lua", "workflowrun.lua"),
    CHILD: ("child.lua",),
}
HEADER = "# Health of KubeVela's kinds for Argo CD, by `vela-steps argocd config`.\n"


def health_script(kind: str) -> str:
    """The Lua health check of `kind` (a key of `CHECKS`), complete as Argo CD runs it."""
    health = resources.files("vela_steps.argocd") / "health"
    return "\n".join((health / name).read_text(encoding="utf-8") for name in CHECKS[kind])


def settings(*, app_of_apps: bool = False) -> dict[str, str]:
    """The entries of the ConfigMap `argocd-cm`: key to Lua. `app_of_apps` adds the check of Argo CD's own kind."""
    kinds = [kind for kind in CHECKS if app_of_apps or kind != CHILD]
    return {f"resource.customizations.health.{kind}": health_script(kind) for kind in kinds}


def config_map(*, app_of_apps: bool = False) -> str:
    """A patch of the ConfigMap `argocd-cm`, for `kubectl patch --patch-file` and as a strategic-merge patch."""
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: argocd-cm\ndata:\n"
    return HEADER + head + _entries(2, app_of_apps=app_of_apps)


def helm_values(*, app_of_apps: bool = False) -> str:
    """Values of the chart `argo-cd` (argo-helm), whose `configs.cm` becomes the ConfigMap."""
    return HEADER + "configs:\n  cm:\n" + _entries(4, app_of_apps=app_of_apps)


def kustomize_component(*, app_of_apps: bool = False) -> dict[str, str]:
    """A kustomize Component that adds the checks to an installation: file name to text."""
    component = (
        HEADER + "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- path: argocd-cm.yaml\n"
    )
    return {"kustomization.yaml": component, "argocd-cm.yaml": config_map(app_of_apps=app_of_apps)}


FORMATS: dict[str, Callable[..., str]] = {"patch": config_map, "helm": helm_values}


def _entries(depth: int, *, app_of_apps: bool) -> str:
    scripts = settings(app_of_apps=app_of_apps).items()
    return "".join(indent(f"{key}: |\n" + indent(script, "  "), " " * depth) for key, script in scripts)
