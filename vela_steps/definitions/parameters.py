"""The JSON Schema of a step's properties, from the `parameter` of its definition.

CUE's own OpenAPI export is the source; it is turned into draft-07: defaults are not required, a struct that CUE closes
in a definition has no other properties, the usage texts become descriptions.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from vela_steps.errors import UsageError
from vela_steps.tools.cue import Cue

USAGE = "+usage="
DRAFT = "http://json-schema.org/draft-07/schema#"
ID = "https://vela-steps.dev/schema/steps/{name}.json"
_PARAMETER = re.compile(r"^\tparameter: \{\n(.*?)^\t\}$", re.M | re.S)
_DESCRIPTION = re.compile(r'^\tdescription: ("(?:[^"\\]|\\.)*")$', re.M)

Schema = dict[str, Any]


def parameter_text(definition: str) -> str:
    """The fields of `parameter` in a shipped definition; raises UsageError where there is none."""
    blocks = _PARAMETER.findall(definition)
    if not blocks:
        raise UsageError("the definition has no parameter")
    return "".join(blocks)


def description(definition: str) -> str:
    """What the definition says of itself in one sentence."""
    found = _DESCRIPTION.search(definition)
    if not found:
        raise UsageError("the definition has no description")
    return str(json.loads(found[1]))


def exported(definition: str, cue: Cue) -> Schema:
    """What CUE makes of the parameters: an OpenAPI 3.0 schema."""
    with tempfile.TemporaryDirectory(prefix="vela-steps-cue-") as name:
        file = Path(name) / "parameter.cue"
        file.write_text(f"package parameter\n\n#Parameter: {{\n{parameter_text(definition)}}}\n", encoding="utf-8")
        printed = cue("def", "--out", "openapi", "./parameter.cue", cwd=Path(name)).stdout
    schema: Schema = json.loads(printed)["components"]["schemas"]["Parameter"]
    return schema


def _needed(schema: Schema) -> bool:
    """Whether a property must be written: it has no default, nor would all of its own properties."""
    if "default" in schema:
        return False
    return not (schema.get("properties") and not schema.get("required"))


def draft7(schema: Any) -> Any:
    """An OpenAPI schema of CUE's as JSON Schema draft-07."""
    if isinstance(schema, list):
        return [draft7(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _value(key, value) for key, value in schema.items() if key not in ("nullable", "required")}
    return _closed(_nullable(result, schema), schema)


def _value(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: draft7(item) for name, item in value.items()}
    if key == "description":
        return value.removeprefix(USAGE)
    return value if key in ("default", "enum") else draft7(value)


def _nullable(result: Schema, schema: Schema) -> Schema:
    """Draft-07 says of null as of any other type."""
    if schema.get("nullable"):
        if isinstance(result.get("type"), str):
            result["type"] = [result["type"], "null"]
        if "oneOf" in result:
            result["oneOf"] = [*result["oneOf"], {"type": "null"}]
    return result


def _closed(result: Schema, schema: Schema) -> Schema:
    """Say what must be there, and that nothing else may."""
    if "properties" in result:
        required = [name for name in schema.get("required", []) if _needed(result["properties"][name])]
        if required:
            result["required"] = required
        result.setdefault("additionalProperties", False)
    return result


def step_schema(name: str, definition: str, cue: Cue) -> Schema:
    """The JSON Schema of the properties of step type `name`."""
    head = {"$schema": DRAFT, "$id": ID.format(name=name), "title": name, "description": description(definition)}
    body: Schema = draft7(exported(definition, cue))
    return head | body
