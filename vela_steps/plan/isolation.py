"""Keeping what KubeVela creates out of Argo CD's hands: KubeVela copies an Application's labels and annotations to its
children, Argo CD's tracking marks included; the `filter.oam.dev` annotations name what is not to be copied.

Source: `filterAndSetAnnotations` and `setWorkloadLabels` in pkg/appfile/appfile.go of kubevela v1.10.9.
"""

from __future__ import annotations

from typing import Any

from vela_steps.locate.trouble import Trouble
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
NULL = "null"  # beside the keys: the filter was there without a value


def isolated(annotations: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The annotations with the filters in them, and for each filter the keys that were missing (`*`: all of ours)."""
    added: dict[str, list[str]] = {}
    result = dict(annotations)
    for filter_key, ours in FILTERS.items():
        value = annotations.get(filter_key)
        if value is not None and not isinstance(value, str):
            raise Trouble(
                f"`{filter_key}` is no text, which annotations are",
                route=("metadata", "annotations", filter_key),
                cure="quote its value",
            )
        there = {key.strip() for key in (value or "").split(",")}
        missing = [key for key in ours if key not in there]
        if missing:
            result[filter_key] = _grown(value, missing)
            added[filter_key] = [ALL] if len(missing) == len(ours) else missing
            if value is None and filter_key in annotations:
                added[filter_key].insert(0, NULL)
    return result, added


def released(annotations: dict[str, Any], added: dict[str, list[str]]) -> dict[str, Any]:
    """The annotations without the keys that were added to the filters; a filter that was not there before goes."""
    result = dict(annotations)
    for filter_key, keys in added.items():
        ours = list(FILTERS.get(filter_key, ())) if ALL in keys else [key for key in keys if key != NULL]
        value = result.get(filter_key)
        if not isinstance(value, str):
            continue
        before = _shrunk(value, ours)
        rest = ",".join(key for key in value.split(",") if key.strip() not in ours)
        if before is not None or rest or NULL in keys:
            result[filter_key] = rest or None if before is None else before
        else:
            del result[filter_key]
    return result


def _grown(value: str | None, keys: list[str]) -> str:
    """A filter with more keys. KubeVela strips none: the line break at the end of a text goes behind one more comma."""
    if value is None:
        return ",".join(keys)
    end = value[len(value.rstrip("\n")) :]
    return ",".join([value.removesuffix(end), *keys, *([end] if end else [])])


def _shrunk(value: str, keys: list[str]) -> str | None:
    """What a filter was before it had these keys, None where they were not put behind a value."""
    before = value.rstrip("\n")
    end = value[len(before) :]
    suffix = ",".join(["", *keys, *([""] if end else [])])
    return before.removesuffix(suffix) + end if before.endswith(suffix) else None
