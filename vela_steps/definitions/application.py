"""The JSON Schema of whole Application files: KubeVela's own, and the parameters of our steps where they are used.

`kubevela/application.json` is what KubeVela's CRD says of `spec`, made from the chart of the version that we run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from vela_steps.definitions.parameters import DRAFT
from vela_steps.errors import UsageError

BASE = Path(__file__).parent / "kubevela" / "application.json"
CRD = "core.oam.dev_applications.yaml"
VERSION = "v1beta1"
_SAID = (
    "description",
    "type",
    "required",
    "additionalProperties",
)  # of the CRD's keywords; format tells editors nothing
_STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
_METADATA = {
    "type": "object",
    "description": "Name, namespace, labels and annotations of the Application.",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "description": "Name of the Application."},
        "namespace": {
            "type": "string",
            "description": "Namespace of the Application and, by default, of what it deploys.",
        },
        "labels": _STRINGS,
        "annotations": _STRINGS,
    },
}


def base_schema(crds: Path, version: str) -> dict[str, Any]:
    """The schema of `spec` from the CRDs of KubeVela's chart. Raises UsageError where the chart has no Application."""
    file = crds / CRD
    if not file.is_file():
        raise UsageError(f"{file}: is missing; the chart of KubeVela has the CRD of Applications there")
    for served in yaml.safe_load(file.read_text(encoding="utf-8"))["spec"]["versions"]:
        if served["name"] == VERSION:
            spec = _of_crd(served["schema"]["openAPIV3Schema"]["properties"]["spec"])
            return {"$comment": f"Made from the CRD of KubeVela {version} by `vela-steps definitions generate`", **spec}
    raise UsageError(f"{file}: has no version {VERSION}")


def _of_crd(node: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of a CRD as draft-07. Fields that the API server would drop without a word are not allowed."""
    made: dict[str, Any] = {name: node[name] for name in _SAID if name in node}
    if node.get("nullable"):
        made["type"] = [node["type"], "null"]
    if "properties" in node:
        made["properties"] = {name: _of_crd(field) for name, field in node["properties"].items()}
        if not node.get("x-kubernetes-preserve-unknown-fields"):
            made["additionalProperties"] = False
    if "items" in node:
        made["items"] = _of_crd(node["items"])
    return made


def application_schema(base: Mapping[str, Any], steps: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The whole schema; `steps` are the schemas of the parameters by step type."""
    spec = json.loads(json.dumps(base))
    step = spec["properties"]["workflow"]["properties"]["steps"]["items"]
    for one in (step, step["properties"]["subSteps"]["items"]):
        one["properties"]["type"]["anyOf"] = [{"enum": sorted(steps)}, {}]  # names for an editor to offer
        one["allOf"] = [_case(name, schema) for name, schema in sorted(steps.items())]
    definitions: dict[str, Any] = {}
    for name, schema in sorted(steps.items()):
        definitions[name] = {key: value for key, value in schema.items() if not key.startswith("$")}
        definitions[f"{name}-filled"] = _without_required(definitions[name])
    return {
        "$schema": DRAFT,
        "$id": "https://vela-steps.dev/schema/application.schema.json",
        "title": "KubeVela Application",
        "description": "A KubeVela Application, with the parameters of the steps of vela-steps.",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": {"const": f"core.oam.dev/{VERSION}"},
            "kind": {"const": "Application"},
            "metadata": _METADATA,
            "spec": spec,
            "status": {"type": "object", "description": "Written by KubeVela."},
        },
        "definitions": definitions,
    }


def _case(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """What holds for a step of this type. What its inputs fill when it runs need not be written."""
    strict: dict[str, Any] = {"properties": {"properties": {"$ref": f"#/definitions/{name}"}}}
    if _asks_for_something(schema):
        strict["required"] = ["properties"]
    filled = {"properties": {"properties": {"$ref": f"#/definitions/{name}-filled"}}}
    return {
        "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
        "then": {"if": {"required": ["inputs"]}, "then": filled, "else": strict},
    }


def _asks_for_something(schema: Mapping[str, Any]) -> bool:
    return any(keyword in schema for keyword in _INCOMPLETE - {"not"})


_INCOMPLETE = frozenset(("required", "oneOf", "anyOf", "allOf", "not", "minProperties"))


def _without_required(schema: Any) -> Any:
    """The same schema for what is not complete yet."""
    if isinstance(schema, list):
        return [_without_required(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: value for key, value in schema.items() if key not in _INCOMPLETE}
    for holder in ("items", "additionalProperties"):
        if holder in made:
            made[holder] = _without_required(made[holder])
    if "properties" in made:
        made["properties"] = {name: _without_required(field) for name, field in made["properties"].items()}
    return made
