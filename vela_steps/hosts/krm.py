"""KRM function (kustomize, kpt): a ResourceList in, the same ResourceList with the steps and `results` out.

Source of the form: the KRM Functions Specification, `config.kubernetes.io/v1`. The plan is the `functionConfig`: a
PostSync, or a ConfigMap whose values are plans. The items are edited in place, so comments and order stay.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import yaml

from vela_steps.errors import UsageError
from vela_steps.hosts.stream import unique
from vela_steps.injection import Change, inject
from vela_steps.plan import view
from vela_steps.plan.load import load_or_raise
from vela_steps.plan.model import ERROR, KIND, NOTE, WARNING, Plan, Problem

API_VERSIONS = ("config.kubernetes.io/v1", "config.kubernetes.io/v1beta1", "config.kubernetes.io/v1alpha1")
PATH_KEYS = ("internal.config.kubernetes.io/path", "config.kubernetes.io/path")
INDEX_KEYS = ("internal.config.kubernetes.io/index", "config.kubernetes.io/index")
SEVERITIES = {ERROR: "error", WARNING: "warning", NOTE: "info"}  # the specification knows these three
_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Loader(_SAFE):  # type: ignore[misc]  # the base is one of two
    """kustomize writes the texts `<<` and `=` without quotes where they are values; YAML 1.1 has them reserved."""


for _tag in ("merge", "value"):
    Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _SAFE.construct_yaml_str)


class Processed(NamedTuple):
    """The function's output, and the problems for which it counts as failed."""

    text: str
    errors: tuple[Problem, ...]


def process(text: str) -> Processed:
    """Run the function over a ResourceList. Raises UsageError or PlanError for a bad list or plan."""
    resources = _resource_list(text)
    plans = plans_of(resources.get("functionConfig"))
    text = without_nulls(text)
    result = inject(text, plans, path="resourceList")
    items = resources.get("items") or []
    results = [_problem_result(problem, items) for problem in result.problems]
    places = _places(text) if result.changes else {}
    results += [_change_result(change, items, places) for change in result.changes]
    errors = tuple(problem for problem in result.problems if problem.severity == ERROR)
    return Processed(with_results(result.text, results), errors)


def without_nulls(text: str) -> str:
    """The text with `workflow: null` of an Application as `workflow:`; `steps` and `annotations` likewise.

    kustomize writes out every null, and where a value is written the core has no room to put one. In a file it refuses
    to, because the bytes there are the author's; here they are kustomize's.
    """
    nulls: list[tuple[int, int]] = []
    for item in _children(yaml.compose(text, Loader), "items", every=True):
        for route in (("spec", "workflow"), ("spec", "workflow", "steps"), ("metadata", "annotations")):
            found = [item] if _is_application(item) else []
            for key in route:
                found = [child for node in found for child in _children(node, key)]
            nulls += [(node.start_mark.index, node.end_mark.index) for node in found if node.value == "null"]
    for start, end in sorted(nulls, reverse=True):
        text = text[:start].rstrip(" ") + text[end:]
    return text


def _is_application(node: Any) -> bool:
    kinds = [child.value for key in ("apiVersion", "kind") for child in _children(node, key)]
    return kinds == [view.API_VERSION, view.KIND]


def _children(node: Any, key: str, *, every: bool = False, flow: bool = False) -> list[Any]:
    """The value of a block mapping (`flow`: of any) at a key, or (`every`) the values of the sequence there."""
    if not isinstance(node, yaml.MappingNode) or (node.flow_style and not flow):
        return []
    found = [value for name, value in node.value if name.value == key]
    return [item for one in found if isinstance(one, yaml.SequenceNode) for item in one.value] if every else found


def plans_of(config: Any) -> tuple[Plan, ...]:
    """The plans of a `functionConfig`."""
    kind = config.get("kind") if isinstance(config, dict) else None
    if kind == KIND:
        return load_or_raise(json.dumps(config, indent=2), "functionConfig")
    if kind == "ConfigMap":
        texts = (config.get("data") or {}).items()
        plans = unique([plan for key, text in texts for plan in load_or_raise(text, f"functionConfig data.{key}")])
        if plans:
            return plans
    cure = f"give it a plan (kind: {KIND}), or a ConfigMap whose data values are plans"
    raise UsageError("the functionConfig holds no plan", cure=cure)


def with_results(text: str, results: list[dict[str, Any]]) -> str:
    """The ResourceList with `results`; the rest of a block-style text stays as it is."""
    if not results:
        return text
    resources = yaml.load(text, Loader)  # noqa: S506 - a safe loader, the C one where there is one
    if "results" in resources or text.lstrip("\ufeff \t\r\n").startswith("{"):
        # Flow style, or a list with results of its own, has no end to append to: JSON is YAML that needs no style.
        before = resources.get("results")
        kept = before if isinstance(before, list) else []  # an orchestrator of v1alpha1 hands on a mapping, or nothing
        return json.dumps({**resources, "results": [*kept, *results]}, indent=2) + "\n"
    end = "" if text.endswith("\n") else "\n"
    return text + end + yaml.safe_dump({"results": results}, sort_keys=False, allow_unicode=True)


def _resource_list(text: str) -> dict[str, Any]:
    try:
        found = yaml.load(text, Loader)  # noqa: S506 - a safe loader, the C one where there is one
    except yaml.YAMLError as error:
        raise UsageError(f"standard input is not YAML: {error}") from error
    kind = (found.get("apiVersion"), found.get("kind")) if isinstance(found, dict) else None
    if kind not in [(version, "ResourceList") for version in API_VERSIONS]:
        cure = "`krm` is called by kustomize or kpt; for plain manifests use `vela-steps inject --plan PLAN -`"
        raise UsageError("standard input is no ResourceList", cure=cure)
    return dict(found)


def _problem_result(problem: Problem, items: list[Any]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "message": f"{problem.message}; {problem.cure}" if problem.cure else problem.message,
        "severity": SEVERITIES[problem.severity],
    }
    if len(problem.route) >= 2 and problem.route[0] == "items":
        index = int(problem.route[1])
        result |= _reference(items[index])
        field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.route[2:])
        if field:
            result["field"] = {"path": field.removeprefix(".")}
    return result


def _places(text: str) -> dict[tuple[int, int], int]:
    """Where each item begins (line and column, from 1): two items may well have one name."""
    found = _children(yaml.compose(text, Loader), "items", every=True, flow=True)
    return {(node.start_mark.line + 1, node.start_mark.column + 1): index for index, node in enumerate(found)}


def _change_result(change: Change, items: list[Any], places: dict[tuple[int, int], int]) -> dict[str, Any]:
    words = (("added", change.added), ("updated", change.updated), ("removed", change.removed))
    message = "; ".join(f"{word} {', '.join(names)}" for word, names in words if names)
    result: dict[str, Any] = {"message": f"post-deploy steps: {message or 'brought up to date'}", "severity": "info"}
    index = places.get((change.position.line, change.position.column))
    if index is not None:
        result |= _reference(items[index])
    return result | {"field": {"path": "spec.workflow.steps"}}


def _reference(item: dict[str, Any]) -> dict[str, Any]:
    metadata = item.get("metadata") or {}
    named = {"apiVersion": item.get("apiVersion"), "kind": item.get("kind"), "name": metadata.get("name")}
    namespace = {"namespace": metadata["namespace"]} if metadata.get("namespace") else {}
    annotations = metadata.get("annotations") or {}
    path = next((annotations[key] for key in PATH_KEYS if key in annotations), None)
    if path is None:
        return {"resourceRef": named | namespace}
    index = next((annotations[key] for key in INDEX_KEYS if key in annotations), "0")
    return {"resourceRef": named | namespace, "file": {"path": path, "index": int(index)}}
