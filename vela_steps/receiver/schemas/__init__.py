"""GitHub's published schemas: what a body may look like, and what an answer must have.

github.json is taken by `extract` from npm's @octokit/openapi 23.0.2 (MIT, see LICENSE.octokit-openapi).
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator


@functools.cache
def operations() -> dict[str, Any]:
    """{source: {operation: {request, answer}}}, where a source is github or ghes."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("github.json").read_text())
    return found


@functools.cache
def validator(source: str, operation: str, side: str) -> Draft202012Validator:
    """The validator of one operation's request or answer."""
    return Draft202012Validator(operations()[source][operation][side] or {})


def breaches(source: str, operation: str, side: str, data: Any) -> tuple[str, ...]:
    """What in `data` breaks the schema, a sentence each; also names that a request body does not have."""
    check = validator(source, operation, side)
    found = [f"{error.json_path}: {error.message[:300]}" for error in check.iter_errors(data)]
    if side == "request" and isinstance(data, dict):
        unknown = set(data) - set(operations()[source][operation][side]["properties"])
        found += [f'"{name}" is not a permitted key.' for name in sorted(unknown)]
    return tuple(found)


def filled(source: str, operation: str, data: dict[str, Any]) -> dict[str, Any]:
    """`data` with every other field that the published answer must have, empty."""
    empty = skeleton(operations()[source][operation]["answer"])
    return {**empty, **data}


def skeleton(schema: dict[str, Any]) -> Any:
    """The smallest value that fits a schema."""
    if "enum" in schema:
        return schema["enum"][0]
    for group in ("anyOf", "oneOf"):
        if group in schema:
            return skeleton(schema[group][-1])
    if "allOf" in schema:
        return skeleton(schema["allOf"][0])
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        return None
    if kind == "object":
        return {name: skeleton(part) for name, part in schema.get("properties", {}).items()}
    return {"string": "", "integer": 0, "number": 0, "boolean": False, "array": []}[kind]
