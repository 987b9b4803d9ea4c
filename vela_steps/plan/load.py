"""Plan files: text to plans, with everything that is wrong in a file said at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from vela_steps.errors import VelaStepsError
from vela_steps.locate.trouble import route_text
from vela_steps.plan import plain_source, view
from vela_steps.plan.from_document import build
from vela_steps.plan.model import API_VERSION, ERROR, KIND, Plan, Position, Problem, Route
from vela_steps.plan.properties import Judge, application_problems, applications, property_problems
from vela_steps.plan.rules import rule_problems
from vela_steps.plan.source import Document, Source, read
from vela_steps.schema import plan_schema
from vela_steps.schema.check import Violation, check

GROUP = API_VERSION.partition("/")[0] + "/"


class Loaded(NamedTuple):
    """The plans of one or more files that are right, and what is wrong with the others."""

    plans: tuple[Plan, ...]
    problems: tuple[Problem, ...]


class Checked(NamedTuple):
    """The same of a file that may hold Applications; `applications` counts the documents that do."""

    plans: tuple[Plan, ...]
    problems: tuple[Problem, ...]
    applications: int


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
    checked = _loaded(text, path, "holds no plan", lambda one: _checked(one, _kind_problems(one)), is_plan)
    return Loaded(checked.plans, checked.problems)


def check_file(text: str | bytes, path: str, judge: Judge | None = None, *, empty: bool = False) -> Checked:
    """The same for a file that may hold Applications beside plans, or instead: their steps' properties are checked.

    Documents of other kinds are passed over; a file of nothing else is an error unless it may be `empty` of both: then
    it was found rather than named, and what does not say that it is a plan (Helm's values, a template) is passed over.
    `judge` is asked about properties that the schema has nothing against.
    """
    meant = says_plan if empty else is_plan
    if empty and not _worth_reading(text):
        return Checked((), (), 0)

    def problems(document: Document) -> list[Problem]:
        if is_application(document):
            return application_problems(document, judge)
        return _checked(document, [], judge) if meant(document) else []

    return _loaded(text, path, "" if empty else "holds no plan and no KubeVela Application", problems, meant)


def _loaded(
    text: str | bytes,
    path: str,
    nothing: str,
    check_one: Callable[[Document], list[Problem]],
    meant: Callable[[Document], bool],
) -> Checked:
    def judged(source: Source) -> Checked:
        return _judged(source, path, nothing, check_one, meant)

    plain = plain_source.read(text, path)
    found = None if plain is None else judged(plain)
    return judged(read(text, path)) if found is None or found.problems else found


def _judged(
    source: Source,
    path: str,
    nothing: str,
    check_one: Callable[[Document], list[Problem]],
    meant: Callable[[Document], bool],
) -> Checked:
    plans: list[Plan] = []
    problems = list(source.problems)
    for document in source.documents:
        found = check_one(document)
        problems += found
        if meant(document) and not any(problem.severity == ERROR for problem in found):
            plans.append(build(document))
    there = sum(map(is_application, source.documents))
    if nothing and not there and not problems and not any(map(meant, source.documents)):
        problems.append(Problem(Position(path), ERROR, nothing, cure="`vela-steps schema plan` says what a plan is"))
    return Checked(tuple(plans), tuple(sorted(problems, key=lambda problem: problem.position)), there)


def is_plan(document: Document) -> bool:
    """Whether a document is meant as a plan: what says of itself that it is something else is not."""
    value = document.value
    return not isinstance(value, dict) or value.get("kind", KIND) == KIND


def says_plan(document: Document) -> bool:
    """Whether a document says itself that it is a plan, by its kind or its API."""
    value = document.value
    if not isinstance(value, dict):
        return False
    api = value.get("apiVersion")
    return value.get("kind") == KIND or ("kind" not in value and isinstance(api, str) and api.startswith(GROUP))


def _worth_reading(text: str | bytes) -> bool:
    """Whether a plan or an Application may be in a text."""
    known = text if isinstance(text, bytes) else text.encode()
    return any(word.encode() in known for word in (GROUP, KIND, view.GROUP))


def is_application(document: Document) -> bool:
    """Whether a document is a KubeVela Application, or a List that holds one."""
    return any(True for _ in applications(document.value))


def load_or_raise(text: str | bytes, path: str) -> tuple[Plan, ...]:
    """All plans of a text. Raises PlanError where anything is wrong with it, two plans of one name included."""
    plans, problems = load_plans(text, path)
    errors = tuple(one for one in (*problems, *duplicate_problems(plans)) if one.severity == ERROR)
    if errors:
        raise PlanError(errors)
    return plans


def _kind_problems(document: Document) -> list[Problem]:
    if is_plan(document):
        return []
    kind = document.value["kind"]
    at = document.position(("kind",))
    return [Problem(at, ERROR, f"is {kind}, not a plan", ("kind",), f"a plan has kind: {KIND}")]


def _checked(document: Document, of_kind: list[Problem], judge: Judge | None = None) -> list[Problem]:
    """What is wrong with a plan: its scalars, its form, and where that is right what the form cannot say."""
    if of_kind:
        return of_kind
    unread = {problem.route for problem in document.problems}
    of_form = [told_at(document, (), violation) for violation in check(document.value, plan_schema())]
    of_rules = [] if of_form else rule_problems(document)
    of_steps = property_problems(document, judge)
    rest = [problem for problem in (*of_form, *of_rules, *of_steps) if problem.route not in unread]
    return [*document.problems, *rest]


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
