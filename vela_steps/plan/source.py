"""YAML or JSON text to plain data that knows where each part stands: for files whose every field is looked at.

Limitations: made for files that people write (plans), not for thousands of them; `locate` is for those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from vela_steps.plan.model import ERROR, Position, Problem, Route
from vela_steps.plan.scalars import Doubtful, resolve

MAX_DEPTH = 100
MAX_VALUES = 200_000  # aliases counted as often as they are used: an alias bomb ends here

Place = tuple[int, int]


class Document(NamedTuple):
    """One document: its plain data, and line and column (from 1) of each value and each mapping's key by route."""

    path: str
    value: Any
    values: Mapping[Route, Place]
    keys: Mapping[Route, Place]

    def position(self, route: Route = (), *, at_key: bool = False) -> Position:
        """Where the value (or key) at `route` stands; where it is missing, the nearest thing around it."""
        for end in range(len(route), -1, -1):
            first, second = (self.keys, self.values) if at_key else (self.values, self.keys)
            place = first.get(route[:end]) or second.get(route[:end])
            if place:
                return Position(self.path, *place)
            at_key = True  # of what is missing, the key of what it is missing in says more than its first value
        return Position(self.path, *self.values.get((), (1, 1)))


class Source(NamedTuple):
    """What a text holds: the documents that could be read, and what is wrong with the text."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


def read(text: str | bytes, path: str) -> Source:
    """Read all documents of a text; empty documents are left out. Never raises for bad input."""
    problems: list[Problem] = []
    documents: list[Document] = []
    decoded = _decode(text, path, problems)
    if decoded is None:
        return Source((), tuple(problems))
    try:
        events = yaml.parse(decoded, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                document = _Builder(events, path, problems).document()
                if document.value is not None:
                    documents.append(document)
    except _Refused as refused:
        problems.append(refused.problem._replace(cure=refused.problem.cure or _template_cure(decoded)))
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax_problem(error, path, decoded))
    except yaml.reader.ReaderError as error:
        problems.append(_character_problem(error, path, decoded))
    return Source(tuple(documents), tuple(problems))


def _decode(text: str | bytes, path: str, problems: list[Problem]) -> str | None:
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        problems.append(Problem(Position(path), ERROR, "is UTF-16", cure="save it as UTF-8"))
        return None
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = error.start - (text.rfind(b"\n", 0, error.start) + 1) + 1
        problems.append(Problem(Position(path, line, column), ERROR, "is not UTF-8", cure="save it as UTF-8"))
        return None


def _syntax_problem(error: yaml.MarkedYAMLError, path: str, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    position = Position(path, mark.line + 1, mark.column + 1) if mark else Position(path)
    parts = [part for part in (error.problem, error.context) if part]
    return Problem(position, ERROR, f"YAML: {', '.join(parts)}", cure=_template_cure(text))


def _template_cure(text: str) -> str:
    return "a Helm template is no YAML: render it first" if "{{" in text else ""


def _character_problem(error: yaml.reader.ReaderError, path: str, text: str) -> Problem:
    code = error.character if isinstance(error.character, int) else ord(error.character[:1] or "\0")
    at = max(text.find(chr(code)), 0)
    position = Position(path, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    return Problem(position, ERROR, f"YAML: the character U+{code:04X} is not allowed")


class _Refused(Exception):  # noqa: N818 - control flow of this module, never seen outside
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Builder:
    """Turns the events of one document into plain data; bad scalars and keys are noted and reading goes on."""

    def __init__(self, events: Iterator[Any], path: str, problems: list[Problem]) -> None:
        self.events = events
        self.path = path
        self.problems = problems
        self.values: dict[Route, Place] = {}
        self.keys: dict[Route, Place] = {}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.count = 0

    def document(self) -> Document:
        value = self.node(next(self.events), ())
        return Document(self.path, value, self.values, self.keys)

    def node(self, event: Any, route: Route) -> Any:
        self.values[route] = (event.start_mark.line + 1, event.start_mark.column + 1)
        if len(route) > MAX_DEPTH:
            raise _Refused(self.problem(event, route[:4], f"is nested deeper than {MAX_DEPTH} levels"))
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, route)
        before = self.count
        self.counted(event, route, 1)
        if isinstance(event, yaml.MappingStartEvent):
            value: Any = self.mapping(event, route)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self.sequence(route)
        else:
            value = self.scalar(event, route)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.count - before)
        return value

    def alias(self, event: Any, route: Route) -> Any:
        if event.anchor not in self.anchors:
            raise _Refused(self.problem(event, route, f"*{event.anchor} has no anchor before it"))
        value, size = self.anchors[event.anchor]
        self.counted(event, route, size)
        return value

    def mapping(self, start: Any, route: Route) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[Any] = []
        for event in iter(lambda: next(self.events), None):
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(event, route)
            inner = (*route, key)
            if key in result:
                self.problems.append(self.problem(event, inner, "is given twice", cure="keep one of them"))
            self.keys[inner] = (event.start_mark.line + 1, event.start_mark.column + 1)
            value = self.node(next(self.events), inner)
            if key == "<<" and event.implicit[0]:
                merged += value if isinstance(value, list) else [value]
            else:
                result[key] = value
        return self.merge(start, route, merged, result) if merged else result

    def merge(self, start: Any, route: Route, merged: list[Any], result: dict[str, Any]) -> dict[str, Any]:
        full: dict[str, Any] = {}
        for mapping in merged:
            if not isinstance(mapping, dict):
                raise _Refused(self.problem(start, route, "<< takes a mapping or a list of mappings"))
            full = {**mapping, **full}
        return {**full, **result}

    def sequence(self, route: Route) -> list[Any]:
        result: list[Any] = []
        for event in iter(lambda: next(self.events), None):
            if isinstance(event, yaml.SequenceEndEvent):
                break
            result.append(self.node(event, (*route, len(result))))
        return result

    def key(self, event: Any, route: Route) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise _Refused(self.problem(event, route, "a key must be text"))
        value = self.scalar(event, route)
        return event.value if not isinstance(value, str) else value

    def scalar(self, event: Any, route: Route) -> Any:
        try:
            return resolve(event.value, plain=event.implicit[0], tag=event.tag)
        except Doubtful as doubt:
            self.problems.append(self.problem(event, route, str(doubt), cure=doubt.cure))
            return event.value

    def counted(self, event: Any, route: Route, size: int) -> None:
        self.count += size
        if self.count > MAX_VALUES:
            raise _Refused(self.problem(event, route, f"holds more than {MAX_VALUES} values, aliases counted"))

    def problem(self, event: Any, route: Route, message: str, cure: str = "") -> Problem:
        position = Position(self.path, event.start_mark.line + 1, event.start_mark.column + 1)
        where = dotted(route)
        return Problem(position, ERROR, f"{where}: {message}" if where else message, route, cure)


def dotted(route: Route) -> str:
    """A route as people write it: `spec.steps[0].name`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in route)
    return text.removeprefix(".")
