"""JSON Schemas (draft-07) of the steps' parameters, from their CUE by way of CUE's own OpenAPI.

CUE's OpenAPI says more than is wanted and less: a field with a default is "required" there, structs are open, and
`A | B` is `oneOf`. In a schema here a field is required where CUE could not make a value without it, and a struct is
closed unless its source says `{...}`: KubeVela passes over an unknown parameter without a word, and a typing error
would change what a step does.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vela_steps.definitions.shipped import Shipped, parameter_block
from vela_steps.errors import UsageError
from vela_steps.tools.cue import Cue

DRAFT = "http://json-schema.org/draft-07/schema#"
ID = "https://vela-steps.dev/schema/steps/{name}.json"
_USAGE = re.compile(r"^\+usage=", re.M)
_OPEN_OR_EMPTY = re.compile(r"^\t+\.\.\.$|: \{\}$", re.M)
_KEPT = frozenset(
    ("enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "default")
)


def digest(shipped: Shipped) -> str:
    """What the schema of a step depends on, as hexadecimal digits."""
    return hashlib.sha256("\n".join((shipped.description, parameter_block(shipped.text))).encode()).hexdigest()


def comment(shipped: Shipped) -> str:
    """The `$comment` of the step's schema; by its digest a plain lint sees whether the schema is up to date."""
    return f"Made from definitions/{shipped.name}.cue by `vela-steps definitions generate`; sha256 {digest(shipped)}"


def step_schema(shipped: Shipped, cue: Cue) -> dict[str, Any]:
    """The JSON Schema of one step's parameters.

    Raises ToolError where CUE refuses them, UsageError where they use what cannot be said in a schema.
    """
    fields = parameter_block(shipped.text)
    if _OPEN_OR_EMPTY.search(fields):
        raise UsageError(f"definitions/{shipped.name}.cue: a parameter is an empty struct, or has fields and `...`")
    with tempfile.TemporaryDirectory(prefix="vela-steps-cue-") as folder:
        Path(folder, "parameter.cue").write_text(f"package p\n\n#Parameter: {{\n{fields}}}\n", encoding="utf-8")
        made = cue("def", "parameter.cue", "--out", "openapi", cwd=Path(folder))
    node = json.loads(made.stdout)["components"]["schemas"]["Parameter"]
    head = {"$schema": DRAFT, "$id": ID.format(name=shipped.name), "$comment": comment(shipped)}
    head |= {"title": shipped.name, "description": shipped.description}
    return {**head, **draft7(node)}


def draft7(node: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of CUE's OpenAPI as draft-07; raises UsageError at a keyword that is not understood."""
    made: dict[str, Any] = {}
    for keyword, value in node.items():
        if keyword in _KEPT:
            made[keyword] = value
        elif keyword in _TURNED:
            made |= _TURNED[keyword](value, node)
        else:
            raise UsageError(f"CUE's OpenAPI has the keyword {keyword}, which is not understood here")
    return made


def _described(text: str, _: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": _USAGE.sub("", text)}


def _typed(kind: str, node: Mapping[str, Any]) -> dict[str, Any]:
    kinds = [kind, "null"] if node.get("nullable") else kind
    closed = kind == "object" and "properties" in node and "additionalProperties" not in node
    return {"type": kinds, **({"additionalProperties": False} if closed else {})}


def _fields(fields: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    inner = {name: draft7(field) for name, field in fields.items()}
    needed = [name for name in node.get("required", []) if not _makes_itself(inner[name])]
    return {**({"required": needed} if needed else {}), "properties": inner}


def _makes_itself(schema: Mapping[str, Any]) -> bool:
    """Whether CUE has a value for a field that nobody gives."""
    if "default" in schema or len(schema.get("enum", ())) == 1:
        return True
    if schema.get("type") == "array":
        return "minItems" not in schema
    return schema.get("type") == "object" and "required" not in schema


def _nothing(_: Any, __: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _null(_: Any, node: Mapping[str, Any]) -> dict[str, Any]:
    return {} if "type" in node or "oneOf" in node else {"type": "null"}


def _alternatives(branches: list[Mapping[str, Any]], node: Mapping[str, Any]) -> dict[str, Any]:
    made = [draft7(branch) for branch in branches] + ([{"type": "null"}] if node.get("nullable") else [])
    if all(set(branch) == {"type"} for branch in made):
        return {"type": [branch["type"] for branch in made]}
    if {} in made:
        return _named_values(made, node)
    return {"anyOf": made}


def _named_values(made: list[dict[str, Any]], node: Mapping[str, Any]) -> dict[str, Any]:
    """`"a" | "b" | string`: the texts are those that the step takes; `string` lets the step, not CUE, refuse others."""
    values = [value for branch in made for value in branch.get("enum", ())]
    if "default" in node and node["default"] not in values:
        values.insert(0, node["default"])
    return {"enum": values} if values else {}


def _exclusive(bound: str) -> Callable[[bool, Mapping[str, Any]], dict[str, Any]]:
    name = "exclusive" + bound[0].upper() + bound[1:]
    return lambda wanted, node: {name: node[bound]} if wanted else {}


_TURNED: dict[str, Callable[[Any, Mapping[str, Any]], dict[str, Any]]] = {
    "description": _described,
    "type": _typed,
    "properties": _fields,
    "required": _nothing,  # said with the properties
    "nullable": _null,
    "items": lambda value, _: {"items": draft7(value)},
    "additionalProperties": lambda value, _: {
        "additionalProperties": draft7(value) if isinstance(value, dict) else value
    },
    "oneOf": _alternatives,
    "anyOf": _alternatives,
    "allOf": lambda value, _: {"allOf": [draft7(branch) for branch in value]},
    "not": lambda value, _: {"not": draft7(value)},
    "exclusiveMinimum": _exclusive("minimum"),
    "exclusiveMaximum": _exclusive("maximum"),
}
