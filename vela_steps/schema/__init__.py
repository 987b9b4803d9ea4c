"""JSON Schemas that are shipped with the package, and checking data against them.

`plan.schema.json` describes a plan file. `steps/<type>.json`, one file a step type and generated from its
definition, describes the `properties` of that type; a type without a file is one that we know nothing of.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def text(name: str) -> str:
    """The JSON Schema `plan`, or any other `<name>.schema.json`, as it is published."""
    return (HERE / f"{name}.schema.json").read_text(encoding="utf-8")


def published() -> list[str]:
    """The names that `text` knows."""
    return sorted(path.name.removesuffix(".schema.json") for path in HERE.glob("*.schema.json"))


@cache
def plan_schema() -> dict[str, Any]:
    """The JSON Schema of a plan file."""
    schema: dict[str, Any] = json.loads(text("plan"))
    return schema


@cache
def step_schema(step_type: str) -> dict[str, Any] | None:
    """The JSON Schema of the properties of a step type; None where we have none."""
    path = HERE / "steps" / f"{step_type}.json"
    if "/" in step_type or not path.is_file():
        return None
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema
