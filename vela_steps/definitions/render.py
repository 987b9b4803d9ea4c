"""Shipped definitions as the Kubernetes objects that KubeVela makes of them, for kubectl and for Argo CD."""

from __future__ import annotations

import json
from typing import Any

from vela_steps.definitions.shipped import Shipped

SYSTEM = "vela-system"  # where KubeVela looks for the definitions of all namespaces
SYNC_WAVE = "argocd.argoproj.io/sync-wave"
_USER = "custom.definition.oam.dev/"  # KubeVela's prefix for keys that are not its own


def definition_object(shipped: Shipped, namespace: str, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    """The WorkflowStepDefinition, as `vela def render` makes it (pkg/definition/definition.go, FromCUE)."""
    own = {"definition.oam.dev/description": shipped.description, **_prefixed(shipped.annotations)}
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "WorkflowStepDefinition",
        "metadata": {
            "name": shipped.name,
            "namespace": namespace,
            "annotations": {**own, **(annotations or {})},
            "labels": _prefixed(shipped.labels),
        },
        "spec": {"schematic": {"cue": {"template": shipped.template}}},
    }


def _prefixed(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {key if "oam.dev" in key else _USER + key: value for key, value in pairs}


def as_yaml(shipped: Shipped, namespace: str, annotations: dict[str, str] | None = None) -> str:
    """One YAML document. By hand: PyYAML writes a text with tabs as one long quoted line, which nobody can review."""
    made = definition_object(shipped, namespace, annotations)
    lines = ["apiVersion: core.oam.dev/v1beta1", "kind: WorkflowStepDefinition", "metadata:"]
    for name in ("annotations", "labels"):
        pairs = made["metadata"][name]
        lines += [f"  {name}:"] if pairs else []
        lines += [f"    {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in sorted(pairs.items())]
    lines += [f"  name: {shipped.name}", f"  namespace: {namespace}"]
    lines += ["spec:", "  schematic:", "    cue:", "      template: |"]
    lines += ["        " + line if line else "" for line in shipped.template.splitlines()]
    return "\n".join(lines) + "\n"
