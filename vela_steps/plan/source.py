"""YAML or JSON text to plain data that knows where each part stands: for files whose every field is looked at.

Limitations: made for files that people write (plans), not for thousands of them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any, NamedTuple

from vela_steps.locate.documents import documents
from vela_steps.locate.nodes import ALIAS, MAP, SCALAR, Node, Tree, parse
from vela_steps.locate.trouble import Trouble, route_text
from vela_steps.plan.model import ERROR, Position, Problem, Route
from vela_steps.plan.scalars import Doubtful, resolve

MAX_VALUES = 50_000  # aliases counted as often as they are used: an alias bomb ends here
MERGE = "<<"


class Document(NamedTuple):
    """One document: its plain data, and where each value and each mapping's key stands, by route.

    `problems` are the scalars and keys that could not be read for certain; what stands for them in `value` is a guess.
    """

    path: str
    value: Any
    values: Mapping[Route, Position]
    keys: Mapping[Route, Position]
    problems: tuple[Problem, ...] = ()

    def position(self, route: Route = (), *, at_key: bool = False) -> Position:
        """Where the value (or key) at `route` stands; where it is missing, the nearest thing around it."""
        for end in range(len(route), -1, -1):
            first, second = (self.keys, self.values) if at_key else (self.values, self.keys)
            place = first.get(route[:end]) or second.get(route[:end])
            if place:
                return place
            at_key = True  # of what is missing, the key of what it is missing in says more than its first value
        return Position(self.path)


class Source(NamedTuple):
    """What a text holds: the documents that could be read, and why others could not."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


def read(text: str | bytes, path: str) -> Source:
    """Read all documents of a text; empty documents are left out. Never raises for bad input."""
    problems: list[Problem] = []
    found: list[Document] = []
    body = _decode(text, path, problems)
    lines = _Lines(body, path)
    for start, end, _ in documents(body):
        chunk = body[start:end]
        try:
            tree = parse(chunk)
            if tree is not None and (document := _Builder(tree, lines, start).document()).value is not None:
                found.append(document)
        except Trouble as trouble:
            cure = trouble.cure or ("a Helm template is no YAML: render it first" if "{{" in chunk else "")
            problems.append(Problem(lines.position(start + (trouble.offset or 0)), ERROR, trouble.message, (), cure))
    return Source(tuple(found), tuple(problems))


def _decode(text: str | bytes, path: str, problems: list[Problem]) -> str:
    """The text without byte order mark; empty, with a problem noted, where it is not UTF-8."""
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        problems.append(Problem(Position(path), ERROR, "is UTF-16", cure="save it as UTF-8"))
        return ""
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _Lines(text[: error.start].decode("utf-8", "replace"), path).position(error.start)
        problems.append(Problem(place, ERROR, "is not UTF-8", cure="save it as UTF-8"))
        return ""


class _Lines:
    """Offsets of a text to lines and columns, both from 1."""

    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self.starts = [0, *(newline.end() for newline in re.finditer("\n", text))]
        self.end = len(text)

    def position(self, offset: int) -> Position:
        offset = min(offset, self.end)
        line = bisect_right(self.starts, offset)
        return Position(self.path, line, offset - self.starts[line - 1] + 1)


class _Builder:
    """The nodes of one document to plain data; doubtful scalars and keys are noted and reading goes on."""

    def __init__(self, tree: Tree, lines: _Lines, start: int) -> None:
        self.tree = tree
        self.lines = lines
        self.start = start
        self.problems: list[Problem] = []
        self.values: dict[Route, Position] = {}
        self.keys: dict[Route, Position] = {}
        self.open: set[int] = set()
        self.count = 0

    def document(self) -> Document:
        value = self.node(self.tree.root, ())
        return Document(self.lines.path, value, self.values, self.keys, tuple(self.problems))

    def node(self, node: Node, route: Route) -> Any:
        self.values.setdefault(route, self.place(node))
        self.count += 1
        if self.count > MAX_VALUES:
            raise Trouble(f"holds more than {MAX_VALUES:,} values, aliases counted", offset=node.start)
        if node.kind == ALIAS:
            node = self.tree.anchors[id(node)]
        if id(node) in self.open:
            raise Trouble("an alias that contains itself", offset=node.start)
        if node.kind == SCALAR:
            return self.scalar(node, route)
        self.open.add(id(node))
        value = self.mapping(node, route) if node.kind == MAP else self.sequence(node, route)
        self.open.discard(id(node))
        return value

    def mapping(self, node: Node, route: Route) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[Any] = []
        for key, item in node.entries:
            name = self.key(key, route)
            if name in result:
                self.problem(key, (*route, name), "is given twice", "keep one of them")
            self.keys.setdefault((*route, name), self.place(key))
            value = self.node(item, (*route, name))
            if name == MERGE and key.plain:
                merged += value if isinstance(value, list) else [value]
            else:
                result[name] = value
        return self.merge(node, merged, result) if merged else result

    def merge(self, node: Node, merged: list[Any], result: dict[str, Any]) -> dict[str, Any]:
        full: dict[str, Any] = {}
        for mapping in merged:
            if not isinstance(mapping, dict):
                raise Trouble("<< takes a mapping or a list of mappings", offset=node.start)
            full = {**mapping, **full}
        return {**full, **result}

    def sequence(self, node: Node, route: Route) -> list[Any]:
        return [self.node(item, (*route, index)) for index, item in enumerate(node.items)]

    def key(self, node: Node, route: Route) -> str:
        if node.kind != SCALAR:
            raise Trouble("a key must be text", offset=node.start)
        self.scalar(node, route)
        return node.value

    def scalar(self, node: Node, route: Route) -> Any:
        try:
            return resolve(node.value, plain=node.plain, tag=node.tag)
        except Doubtful as doubt:
            self.problem(node, route, str(doubt), doubt.cure)
            return node.value

    def place(self, node: Node) -> Position:
        return self.lines.position(self.start + node.start)

    def problem(self, node: Node, route: Route, message: str, cure: str) -> None:
        where = route_text(route)
        self.problems.append(Problem(self.place(node), ERROR, f"{where}: {message}" if where else message, route, cure))
