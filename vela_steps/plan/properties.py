"""Properties of steps whose type is known, checked against the JSON Schema of that type.

What only a run can know is left to the run: text that is filled in at injection (`$(…)`) and what `inputs` fill.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vela_steps.locate.trouble import route_text
from vela_steps.plan.model import ERROR, Problem, Route
from vela_steps.plan.source import Document
from vela_steps.schema import step_schema
from vela_steps.schema.check import Violation, check

INCOMPLETE = frozenset(("required", "oneOf", "anyOf", "minProperties", "not", "false"))
ABOUT_TEXT = frozenset(("pattern", "enum", "const", "minLength", "maxLength", "type"))


def property_problems(document: Document) -> list[Problem]:
    """What is wrong with the properties of the steps of a plan, whatever else is wrong with the plan."""
    return [
        found
        for route, step in _steps(_at(document.value, "spec", "steps"), ("spec", "steps"))
        for found in step_problems(document, route, step)
    ]


def application_problems(document: Document) -> list[Problem]:
    """The same for the steps that stand in an Application."""
    steps = _at(document.value, "spec", "workflow", "steps")
    return [
        found
        for route, step in _steps(steps, ("spec", "workflow", "steps"))
        for found in step_problems(document, route, step)
    ]


def step_problems(document: Document, route: Route, step: dict[str, Any]) -> Iterator[Problem]:
    """Breaches of one step's properties; none where the type is not known to us."""
    schema = step_schema(step["type"]) if isinstance(step.get("type"), str) else None
    properties = step.get("properties", {})
    if schema is None or not isinstance(properties, dict):  # what is no mapping is a breach of the plan's own form
        return
    filled = _filled(step)
    for violation in check(properties, schema):
        if not _left_to_the_run(violation, filled, properties):
            yield _told(document, (*route, "properties"), violation)


def _told(document: Document, base: Route, violation: Violation) -> Problem:
    route = (*base, *violation.route)
    position = document.position(route, at_key=violation.at_key)
    return Problem(position, ERROR, f"{route_text(route)}: {violation.message}", route, violation.cure)


def _steps(steps: Any, route: Route) -> Iterator[tuple[Route, dict[str, Any]]]:
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        if isinstance(step, dict):
            yield (*route, index), step
            yield from _steps(step.get("subSteps"), (*route, index, "subSteps"))


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _filled(step: dict[str, Any]) -> list[Route]:
    """The properties that the step's inputs fill when it runs."""
    inputs = step.get("inputs")
    keys = [item.get("parameterKey") for item in inputs if isinstance(item, dict)] if isinstance(inputs, list) else []
    return [tuple(key.replace("[", ".").replace("]", "").split(".")) for key in keys if isinstance(key, str) and key]


def _left_to_the_run(violation: Violation, filled: list[Route], properties: Any) -> bool:
    route = tuple(str(part) for part in violation.route)
    if violation.keyword in INCOMPLETE and any(
        way[: len(route)] == route or route[: len(way)] == way for way in filled
    ):
        return True
    if violation.keyword in ABOUT_TEXT:
        value = properties
        for part in violation.route:
            value = value[part]
        return isinstance(value, str) and "$(" in value.replace("$$(", "")
    return False
