"""The JSON Schema of Application files with our step types in it, so that editors complete and check them.

The base is the schema in KubeVela's CustomResourceDefinition; to the steps and sub-steps of the workflow it gets, for
each of our types, what `properties` may hold. Other types stay open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"
_OPENAPI_ONLY = ("nullable", "format")


def plain(schema: Any) -> Any:
    """A schema of a CustomResourceDefinition without the keywords that JSON Schema does not know."""
    if isinstance(schema, list):
        return [plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: plain(item) for name, item in value.items()} if key == "properties" else plain(value)
        for key, value in schema.items()
        if key not in _OPENAPI_ONLY and not key.startswith("x-kubernetes-")
    }


def _with_types(step: Schema, types: Mapping[str, Schema]) -> None:
    """Let a step's `properties` depend on its `type`."""
    step["properties"]["type"] = {
        **step["properties"]["type"],
        "anyOf": [{"enum": sorted(types)}, {"type": "string"}],
    }
    step["allOf"] = [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {"properties": {"properties": {"$ref": f"#/definitions/{name}"}}},
        }
        for name in sorted(types)
    ]


def application_schema(crd: Mapping[str, Any], types: Mapping[str, Schema], version: str = "v1beta1") -> Schema:
    """The JSON Schema of an Application; `crd` is the CustomResourceDefinition, `types` the schemas of properties."""
    served = next(entry for entry in crd["spec"]["versions"] if entry["name"] == version)
    schema: Schema = plain(served["schema"]["openAPIV3Schema"])
    schema["properties"].pop("status", None)
    schema["properties"]["apiVersion"] = {"const": f"core.oam.dev/{version}"}
    schema["properties"]["kind"] = {"const": "Application"}
    steps = schema["properties"]["spec"]["properties"]["workflow"]["properties"]["steps"]["items"]
    for step in (steps, steps["properties"]["subSteps"]["items"]):
        _with_types(step, types)
    head = {
        "$schema": DRAFT,
        "$id": "https://vela-steps.dev/schema/application.schema.json",
        "title": "KubeVela Application",
        "description": "An Application of KubeVela whose workflow may use the steps of vela-steps",
    }
    bare = {
        name: {key: value for key, value in found.items() if not key.startswith("$")} for name, found in types.items()
    }
    return head | schema | {"required": ["apiVersion", "kind", "metadata", "spec"], "definitions": bare}
