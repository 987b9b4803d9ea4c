"""Take from GitHub's OpenAPI description what the stand-in needs: request bodies, and the required fields of answers.

    npm pack @octokit/openapi && python -m vela_steps.receiver.schemas.extract octokit-openapi-*.tgz

writes github.json beside this file, as JSON Schema (OpenAPI's `nullable` becomes a type), without descriptions.
"""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path
from typing import Any

REPO = "/repos/{owner}/{repo}"
OPERATIONS = {
    "repository-dispatch": ("post", f"{REPO}/dispatches", None),
    "workflow-dispatch": ("post", f"{REPO}/actions/workflows/{{workflow_id}}/dispatches", "200"),
    "workflow": ("get", f"{REPO}/actions/workflows/{{workflow_id}}", "200"),
    "run": ("get", f"{REPO}/actions/runs/{{run_id}}", "200"),
    "deployment": ("post", f"{REPO}/deployments", "201"),
    "deployment-status": ("post", f"{REPO}/deployments/{{deployment_id}}/statuses", "201"),
    "repository": ("get", REPO, "200"),
}
SOURCES = {"github": "api.github.com", "ghes": "ghes-3.19"}
KEPT = ("type", "enum", "required", "maxProperties", "minLength", "maxLength", "additionalProperties", "nullable")
GROUPS = ("oneOf", "anyOf", "allOf")


def schema_of(node: dict[str, Any], required_only: bool) -> dict[str, Any]:
    """An OpenAPI 3.0 schema as JSON Schema; of answers only the fields that must be there."""
    found = {name: node[name] for name in KEPT if name in node and name != "nullable"}
    wanted = node.get("required", []) if required_only else node.get("properties", {})
    if "properties" in node:
        found["properties"] = {name: schema_of(node["properties"][name], required_only) for name in wanted}
    if "items" in node:
        found["items"] = schema_of(node["items"], required_only)
    for group in GROUPS:
        if group in node:
            found[group] = [schema_of(part, required_only) for part in node[group]]
    return nullable(found) if node.get("nullable") else found


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema, allowing null."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    more = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **more}


def body_of(holder: dict[str, Any], required_only: bool) -> dict[str, Any] | None:
    """The schema of a JSON body, if the holder has one."""
    content = holder.get("content", {}).get("application/json")
    return schema_of(content["schema"], required_only) if content else None


def extract(package: Path) -> dict[str, Any]:
    """The operations of each source: {source: {operation: {request, answer}}}."""
    found: dict[str, Any] = {}
    with tarfile.open(package) as archive:
        for name, file in SOURCES.items():
            member = archive.extractfile(f"package/generated/{file}.deref.json")
            if member is None:
                raise FileNotFoundError(file)
            paths = json.load(member)["paths"]
            found[name] = {
                operation: {
                    "request": body_of(paths[path][method].get("requestBody", {}), required_only=False),
                    "answer": body_of(paths[path][method]["responses"].get(status, {}), required_only=True),
                }
                for operation, (method, path, status) in OPERATIONS.items()
            }
    return found


if __name__ == "__main__":
    target = Path(__file__).with_name("github.json")
    target.write_text(json.dumps(extract(Path(sys.argv[1])), separators=(",", ":"), sort_keys=True) + "\n")
