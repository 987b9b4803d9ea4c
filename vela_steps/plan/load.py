"""Plan files: text to plans, with everything that is wrong in a file said at once."""

from __future__ import annotations

from typing import NamedTuple

from vela_steps.errors import VelaStepsError
from vela_steps.locate.trouble import route_text
from vela_steps.plan.from_document import build
from vela_steps.plan.model import ERROR, Plan, Position, Problem, Route
from vela_steps.plan.properties import property_problems
from vela_steps.plan.rules import rule_problems
from vela_steps.plan.source import Document, read
from vela_steps.schema import plan_schema
from vela_steps.schema.check import Violation, check


class Loaded(NamedTuple):
    """The plans of one or more files that are right, and what is wrong with the others."""

    plans: tuple[Plan, ...]
    problems: tuple[Problem, ...]


class PlanError(VelaStepsError):
    """A plan that cannot be used; `problems` says why, each with its place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(told, problems)))
        self.problems = problems


def told(problem: Problem) -> str:
    """One line for a problem: place, severity, what is wrong, what to do."""
    return f"{problem}{'; ' if problem.cure else ''}{problem.cure}"


def load_plans(text: str | bytes, path: str = "plan.yaml") -> Loaded:
    """Read all plans of a text; `path` is the file's name in messages. Never raises for a bad plan."""
    source = read(text, path)
    plans: list[Plan] = []
    problems = list(source.problems)
    unread = {problem.route for problem in source.problems}
    for document in source.documents:
        found = [problem for problem in document_problems(document) if problem.route not in unread]
        problems += found
        if not any(problem.severity == ERROR for problem in found):
            plans.append(build(document))
    if not source.documents and not source.problems:
        problems.append(
            Problem(Position(path), ERROR, "holds no plan", cure="`vela-steps schema plan` says what one is")
        )
    if source.problems:
        plans = []  # a value that could not be read may have been replaced by another: none of the file is used
    return Loaded(tuple(plans), tuple(sorted(problems, key=lambda problem: problem.position)))


def load_or_raise(text: str | bytes, path: str) -> tuple[Plan, ...]:
    """All plans of a text. Raises PlanError where anything is wrong with it, two plans of one name included."""
    plans, problems = load_plans(text, path)
    errors = tuple(one for one in (*problems, *duplicate_problems(plans)) if one.severity == ERROR)
    if errors:
        raise PlanError(errors)
    return plans


def document_problems(document: Document) -> list[Problem]:
    """What is wrong with one document of a plan file: its form first, then what the form cannot say."""
    value = document.value
    if isinstance(value, dict) and value.get("kind") != "PostSync" and "kind" in value:
        at = document.position(("kind",))
        return [Problem(at, ERROR, f"is {value['kind']}, not a plan", ("kind",), "a plan has kind: PostSync")]
    problems = [told_at(document, (), violation) for violation in check(value, plan_schema())]
    if problems:
        return problems + property_problems(document)
    return rule_problems(document) + property_problems(document)


def told_at(document: Document, base: Route, violation: Violation) -> Problem:
    """A schema's violation as a problem of the document whose part at `base` was checked."""
    route = (*base, *violation.route)
    where = route_text(route)
    message = f"{where}: {violation.message}" if where else violation.message
    position = document.position(route, at_key=violation.at_key)
    return Problem(position, ERROR, message, route, violation.cure)


def duplicate_problems(plans: tuple[Plan, ...]) -> list[Problem]:
    """Plans that share a name, each time from the second on: their steps could not be told apart."""
    first: dict[str, Plan] = {}
    problems = []
    for plan in plans:
        other = first.setdefault(plan.name, plan)
        if other is not plan:
            message = f'metadata.name: there is another plan "{plan.name}" at {other.position}'
            problems.append(Problem(plan.position, ERROR, message, ("metadata", "name"), "rename one of them"))
    return problems
