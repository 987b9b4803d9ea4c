"""The reference page of a step: its parameters from the schema, and what its writer has to say about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
_GENERATED = "<!-- Made by `vela-steps definitions generate` from definitions/src/{name}: edit there. -->\n\n"


_INDEX = """<!-- Made by `vela-steps definitions generate`. -->

# Steps

What each step takes, gives to later steps, and does when something goes wrong. The tables of parameters are made from
the definitions.

| step | does |
|---|---|
"""


def kind(schema: Schema) -> str:
    """What a property takes, in a few words."""
    if "enum" in schema:
        return " \\| ".join(f"`{value}`" for value in schema["enum"])
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return " \\| ".join(dict.fromkeys(kind(choice) for choice in schema[key]))
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return f"map of {kind(values)}" if isinstance(values, dict) else "object"
    types = schema.get("type", "any")
    return " \\| ".join(types) if isinstance(types, list) else str(types)


def rows(schema: Schema, prefix: str = "") -> Iterator[tuple[str, str, str, str]]:
    """(path, kind, default, text) of each property and of those inside it, in order."""
    required = schema.get("required", [])
    for name, found in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        default = (
            f"`{json.dumps(found['default'], ensure_ascii=False)}`"
            if "default" in found
            else "required"
            if name in required
            else ""
        )
        yield path, kind(found), default, found.get("description", "")
        yield from rows(found, f"{path}.")
        if "properties" in found.get("items", {}):
            yield from rows(found["items"], f"{path}[].")


def page(name: str, schema: Schema, notes: str) -> str:
    """The Markdown page; `notes` is `definitions/src/NAME/reference.md`."""
    table = "".join(
        f"| `{path}` | {what} | {default} | {text.replace('|', chr(92) + '|')} |\n"
        for path, what, default, text in rows(schema)
    )
    return (
        _GENERATED.format(name=name)
        + f"# {name}\n\n{schema['description']}.\n\n"
        + (f"{notes.strip()}\n\n" if notes.strip() else "")
        + "## Parameters\n\n| name | takes | default | meaning |\n|---|---|---|---|\n"
        + table
    )


def index(schemas: Mapping[str, Schema]) -> str:
    """The list of the pages."""
    return _INDEX + "".join(f"| [{name}]({name}.md) | {schemas[name]['description']} |\n" for name in sorted(schemas))
