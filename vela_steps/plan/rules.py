"""What a plan must keep beyond the form that its JSON Schema describes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from vela_steps.locate.trouble import route_text
from vela_steps.plan.circles import way_back
from vela_steps.plan.model import ERROR, WARNING, Problem, Route
from vela_steps.plan.source import Document
from vela_steps.schema.words import allowed, nearest

STEPS: Route = ("spec", "steps")
PLACEHOLDER = re.compile(r"\$(?P<escape>\$\()|\$\((?P<name>[^()\s]*)(?P<end>\)?)")
FOR_ALL = ("app.name", "app.namespace")
FOR_COMPONENT = "component.name"


def rule_problems(document: Document) -> list[Problem]:
    """All breaches, in no particular order; the document's form has been checked before."""
    rules: tuple[Callable[[Document], Iterator[Problem]], ...] = (_names, _placeholders, _depends_on, _cycles, _groups)
    return [problem for rule in rules for problem in rule(document)]


def _problem(
    document: Document, route: Route, message: str, cure: str = "", *, severity: str = ERROR, at_key: bool = False
) -> Problem:
    return Problem(document.position(route, at_key=at_key), severity, f"{route_text(route)}: {message}", route, cure)


def all_steps(document: Document) -> Iterator[tuple[Route, dict[str, Any]]]:
    """Every step and sub-step of the plan with its route."""
    for index, step in enumerate(document.value["spec"]["steps"]):
        route: Route = (*STEPS, index)
        yield route, step
        for inner, sub_step in enumerate(step.get("subSteps", ())):
            yield (*route, "subSteps", inner), sub_step


def _names(document: Document) -> Iterator[Problem]:
    """Step names are unique in a workflow, sub-steps included."""
    first: dict[str, Route] = {}
    for route, step in all_steps(document):
        other = first.setdefault(step["name"], route)
        if other != route:
            line = document.position((*other, "name")).line
            yield _problem(document, (*route, "name"), f'"{step["name"]}" is the step in line {line} already')


def _placeholders(document: Document) -> Iterator[Problem]:
    """`$(…)` is filled in at injection, so a name that we do not know cannot be."""
    for index, step in enumerate(document.value["spec"]["steps"]):
        known = (*FOR_ALL, FOR_COMPONENT) if "forEach" in step else FOR_ALL
        for route, text in _texts(step, (*STEPS, index)):
            for found in PLACEHOLDER.finditer(text):
                if not found["escape"] and (not found["end"] or found["name"] not in known):
                    yield _unknown(document, route, found, known)


def _unknown(document: Document, route: Route, found: re.Match[str], known: tuple[str, ...]) -> Problem:
    if not found["end"]:
        return _problem(document, route, f"{found[0]} is not closed", "write $$( where $( itself is meant")
    if found["name"] == FOR_COMPONENT:
        return _problem(document, route, f"$({FOR_COMPONENT}) needs forEach: component on the step")
    names = [f"$({name})" for name in known]
    cure = nearest(found[0], names) or "write $$( where $( itself is meant"
    return _problem(document, route, f"{found[0]} is unknown; allowed: {allowed(names)}", cure)


def _texts(value: Any, route: Route) -> Iterator[tuple[Route, str]]:
    """Every text below a value, keys included, with its route."""
    if isinstance(value, str):
        yield route, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*route, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield (*route, key), key
            yield from _texts(item, (*route, key))


def _depends_on(document: Document) -> Iterator[Problem]:
    for route, step in all_steps(document):
        names = step.get("dependsOn", [])
        for index, name in enumerate(names):
            at = (*route, "dependsOn", index)
            if name == step["name"]:
                yield _problem(document, at, "a step cannot wait for itself")
            elif name in names[:index]:
                yield _problem(document, at, f'"{name}" is listed twice')


def _cycles(document: Document) -> Iterator[Problem]:
    """Steps of a plan that wait for each other; a step without dependsOn waits for the one listed before it."""
    spec = document.value["spec"]
    waits: dict[str, list[str]] = {}
    before: list[str] = []
    for step in spec["steps"]:
        waits[step["name"]] = step.get("dependsOn", [] if spec.get("parallel") else before)
        before = [step["name"]]
    for index, step in enumerate(spec["steps"]):
        way = way_back(step["name"], waits)
        if way and "dependsOn" in step and len(way) > 2:
            chain = " → ".join(way)
            cure = "list the steps in the order in which they run, or set parallel: true"
            yield _problem(document, (*STEPS, index, "dependsOn"), f"the steps wait for each other: {chain}", cure)
            return


def _groups(document: Document) -> Iterator[Problem]:
    for index, step in enumerate(document.value["spec"]["steps"]):
        route: Route = (*STEPS, index)
        group = step["type"] == "step-group"
        if group and not step.get("subSteps"):
            yield _problem(document, route, "a step-group without subSteps does nothing", "list its subSteps")
        for field in ("subSteps", "mode"):
            if field in step and not group:
                yield _problem(document, (*route, field), "is for type: step-group only", at_key=True)
        if group and "properties" in step:
            message = "a step-group has no properties: KubeVela ignores them"
            yield _problem(document, (*route, "properties"), message, severity=WARNING, at_key=True)
