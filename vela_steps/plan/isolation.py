"""Keeping what KubeVela creates out of Argo CD's hands: KubeVela copies an Application's labels and annotations to its
children, Argo CD's tracking marks included; the `filter.oam.dev` annotations name what is not to be copied.

Source: `filterAndSetAnnotations` and `setWorkloadLabels` in pkg/appfile/appfile.go of kubevela v1.10.9.
"""

from __future__ import annotations

from typing import Any

from vela_steps.plan.ownership import ANNOTATION

FILTERS: dict[str, tuple[str, ...]] = {
    "filter.oam.dev/label-keys": ("app.kubernetes.io/instance",),
    "filter.oam.dev/annotation-keys": (
        "argocd.argoproj.io/tracking-id",
        "argocd.argoproj.io/sync-wave",
        "argocd.argoproj.io/sync-options",
        "argocd.argoproj.io/compare-options",
        "argocd.argoproj.io/hook",
        "argocd.argoproj.io/hook-delete-policy",
        ANNOTATION,
    ),
}
ALL = "*"


def isolated(annotations: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The annotations with the filters in them, and for each filter the keys that were missing (`*`: all of ours)."""
    added: dict[str, list[str]] = {}
    result = dict(annotations)
    for filter_key, ours in FILTERS.items():
        value = annotations.get(filter_key)
        value = value if isinstance(value, str) else ""
        there = {key.strip() for key in value.split(",")}
        missing = [key for key in ours if key not in there]
        if missing:
            result[filter_key] = ",".join([value, *missing] if value else missing)
            added[filter_key] = [ALL] if len(missing) == len(ours) else missing
    return result, added


def released(annotations: dict[str, Any], added: dict[str, list[str]]) -> dict[str, Any]:
    """The annotations without the keys that were added to the filters; a filter that holds nothing else goes."""
    result = dict(annotations)
    for filter_key, keys in added.items():
        ours = list(FILTERS.get(filter_key, ())) if keys == [ALL] else keys
        value = result.get(filter_key)
        if not isinstance(value, str):
            continue
        rest = value.removesuffix("," + ",".join(ours))
        if rest == value:
            rest = ",".join(key for key in value.split(",") if key.strip() not in ours)
        if rest:
            result[filter_key] = rest
        else:
            del result[filter_key]
    return result
