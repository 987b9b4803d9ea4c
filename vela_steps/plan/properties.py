"""Properties of steps whose type is known, checked against the JSON Schema of that type.

What only a run can know is left to the run: text that is filled in at injection (`$(…)`) and what `inputs` fill.
`Judge` is for what a schema cannot say; it is asked where the schema has nothing against the properties.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from vela_steps.errors import ToolError
from vela_steps.locate.trouble import route_text
from vela_steps.plan.model import ERROR, WARNING, Problem, Route
from vela_steps.plan.source import Document
from vela_steps.schema import step_schema, step_types
from vela_steps.schema.check import Violation, check
from vela_steps.schema.words import nearest

INCOMPLETE = frozenset(("required", "oneOf", "anyOf", "minProperties", "not", "false"))
ABOUT_TEXT = frozenset(("pattern", "enum", "const", "minLength", "maxLength", "type"))

Judge = Callable[[str, Any], tuple[str, ...]]  # step type, properties -> sentences; may raise ToolError
_WORKFLOW: Route = ("spec", "workflow", "steps")
_NAMED = re.compile(r"[A-Za-z_]\w*(?:\.\w+|\[\d+\])*")
_PLACEHOLDER = re.compile(r"\$\([a-z.]+\)")


def property_problems(document: Document, judge: Judge | None = None) -> list[Problem]:
    """What is wrong with the properties of the steps of a plan, whatever else is wrong with the plan."""
    return [
        found
        for route, step in _steps(_at(document.value, "spec", "steps"), ("spec", "steps"))
        for found in step_problems(document, route, step, judge)
    ]


def application_problems(document: Document, judge: Judge | None = None) -> list[Problem]:
    """The same for the steps that stand in an Application, or in those of a List, and what is no step among them."""
    problems: list[Problem] = []
    for base in applications(document.value):
        steps, route = _at(document.value, *base, *_WORKFLOW), (*base, *_WORKFLOW)
        problems += _shapeless(document, steps, route)
        for at, step in _steps(steps, route):
            problems += step_problems(document, at, step, judge)
    return problems


def applications(value: Any) -> Iterator[Route]:
    """The routes to the KubeVela Applications of a document: it is one, or a List of them."""
    if not isinstance(value, dict):
        return
    if value.get("kind") == "Application" and str(value.get("apiVersion", "")).startswith("core.oam.dev/"):
        yield ()
    elif str(value.get("kind", "")).endswith("List") and isinstance(value.get("items"), list):
        for index, item in enumerate(value["items"]):
            yield from (("items", index, *route) for route in applications(item))


def step_problems(
    document: Document, route: Route, step: dict[str, Any], judge: Judge | None = None
) -> Iterator[Problem]:
    """Breaches of one step's properties; none where the type is not known to us."""
    kind = step.get("type")
    schema = step_schema(kind) if isinstance(kind, str) else None
    properties = step.get("properties", {})
    if schema is None and isinstance(kind, str):
        yield from _misspelt(document, (*route, "type"), kind)
    if schema is None or not isinstance(properties, dict):  # what is no mapping is a breach of the plan's own form
        return
    filled = _filled(step)
    found = [one for one in check(properties, schema) if not _left_to_the_run(one, filled, properties)]
    yield from (_told(document, (*route, "properties"), violation) for violation in found)
    if judge and not found and not filled:
        yield from _judged(document, (*route, "properties"), step["type"], judge)


def _misspelt(document: Document, route: Route, kind: str) -> Iterator[Problem]:
    """A warning for a type that is nearly one of ours; what only adds to our name is somebody's own."""
    names = [name for name in step_types() if name not in kind and abs(len(name) - len(kind)) <= 2]
    if names and (hint := nearest(kind, names, 0.8)):
        message = f'{route_text(route)}: "{kind}" is no type that vela-steps or KubeVela brings'
        yield Problem(document.position(route), WARNING, message, route, hint)


def _judged(document: Document, base: Route, step_type: str, judge: Judge) -> Iterator[Problem]:
    """What the step itself would say, told at the parameter that the sentence begins with."""
    properties = _at(document.value, *base) or {}
    try:
        said = judge(step_type, _with_names(properties))
    except ToolError as error:
        reason = str(error).splitlines()[-1].strip()
        problem = f"{route_text(base)}: cue could not check it: {reason}"
        yield Problem(document.position(base), WARNING, problem, base, "use CUE 0.9.2 or later, or --no-cue")
        return
    for sentence in said:
        yield Problem(document.position((*base, *_place(sentence, properties))), ERROR, sentence, base)


def _with_names(value: Any) -> Any:
    """The properties as they may be after the injection: a name for every placeholder."""
    if isinstance(value, dict):
        return {key: _with_names(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_names(inner) for inner in value]
    return _PLACEHOLDER.sub("name", value) if isinstance(value, str) else value


def _place(sentence: str, properties: Any) -> Route:
    """The route to the parameter that a sentence begins with, as far as it is there."""
    named = _NAMED.match(sentence)
    route: list[str | int] = []
    for part in named[0].replace("[", ".").replace("]", "").split(".") if named else ():
        key: str | int = int(part) if isinstance(properties, list) and part.isdigit() else part
        there = (isinstance(key, int) and key < len(properties)) or (isinstance(properties, dict) and key in properties)
        if not there:
            break
        route.append(key)
        properties = properties[key]
    return tuple(route)


def _told(document: Document, base: Route, violation: Violation) -> Problem:
    route = (*base, *violation.route)
    position = document.position(route, at_key=violation.at_key)
    return Problem(position, ERROR, f"{route_text(route)}: {violation.message}", route, violation.cure)


def _steps(steps: Any, route: Route) -> Iterator[tuple[Route, dict[str, Any]]]:
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        if isinstance(step, dict):
            yield (*route, index), step
            yield from _steps(step.get("subSteps"), (*route, index, "subSteps"))


def _shapeless(document: Document, steps: Any, route: Route) -> Iterator[Problem]:
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        at = (*route, index)
        if isinstance(step, dict):
            yield from _shapeless(document, step.get("subSteps"), (*at, "subSteps"))
        else:
            message = f"{route_text(at)}: a step that is no mapping"
            yield Problem(document.position(at), ERROR, message, at, "take it out, or write its name and type")


def _at(value: Any, *keys: str | int) -> Any:
    for key in keys:
        inside = (isinstance(value, dict) and key in value) or (isinstance(value, list) and isinstance(key, int))
        value = value[key] if inside else None
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
