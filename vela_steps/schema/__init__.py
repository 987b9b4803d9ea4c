"""JSON Schemas that are shipped with the package, and checking data against them.

`plan.schema.json` describes a plan file. `steps/<type>.json`, one file a step type and generated from its
definition, describes the `properties` of that type; a type without a file is one that we know nothing of.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

HERE = os.path.dirname(__file__)  # noqa: PTH120 - importing pathlib takes 3 ms of a hook's start
SUFFIX = ".schema.json"


def text(name: str) -> str:
    """The JSON Schema `plan`, or any other `<name>.schema.json`, as it is published."""
    return _read(f"{name}{SUFFIX}")


def published() -> list[str]:
    """The names that `text` knows."""
    return sorted(name.removesuffix(SUFFIX) for name in os.listdir(HERE) if name.endswith(SUFFIX))  # noqa: PTH208


@cache
def plan_schema() -> dict[str, Any]:
    """The JSON Schema of a plan file."""
    schema: dict[str, Any] = json.loads(text("plan"))
    return schema


@cache
def step_schema(step_type: str) -> dict[str, Any] | None:
    """The JSON Schema of the properties of a step type; None where we have none."""
    if "/" in step_type:
        return None
    try:
        schema: dict[str, Any] = json.loads(_read(f"steps/{step_type}.json"))
    except FileNotFoundError:
        return None
    return schema


def step_types() -> list[str]:
    """The step types that `step_schema` knows."""
    return sorted(name.removesuffix(".json") for name in os.listdir(f"{HERE}/steps"))  # noqa: PTH208


def _read(name: str) -> str:
    with open(f"{HERE}/{name}", encoding="utf-8") as file:  # noqa: PTH123
        return file.read()
