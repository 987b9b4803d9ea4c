"""The core call: text and plans in, a result of values out. No I/O, no exception for what is wrong with a document.

Limitations: UTF-8 only; a document above 2 MiB, or nested deeper than 100 levels, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from vela_steps.locate.documents import documents, looks_like_application, may_hold_application
from vela_steps.locate.nodes import MAP, SEQ, Node, Tree, parse
from vela_steps.locate.trouble import Route, Trouble
from vela_steps.locate.values import Reader
from vela_steps.plan import view
from vela_steps.plan.decide import Decision, injected, removed
from vela_steps.plan.model import ERROR, WARNING, Plan, Position, Problem

AnyStr = TypeVar("AnyStr", str, bytes)

PUBLISH_VERSION = "app.oam.dev/publishVersion"
_BOM = "\ufeff"
_LONE_CR = re.compile(r"\r(?!\n)")
_TEMPLATE = re.compile(r"\{\{-?\s*[^\s{}]")


class Change(NamedTuple):
    """What becomes of one Application: the names of the steps that came, changed and went."""

    application: str
    namespace: str
    position: Position
    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    created_workflow: bool = False


class Result(Generic[AnyStr]):
    """`text` is the new text, of the type that was given, or the given text itself where there is any error."""

    __slots__ = ("changed", "changes", "problems", "text")

    def __init__(self, text: AnyStr, changed: bool, changes: tuple[Change, ...], problems: tuple[Problem, ...]) -> None:
        self.text: AnyStr = text
        self.changed = changed
        self.changes = changes
        self.problems = problems

    @property
    def ok(self) -> bool:
        """Whether no problem is an error."""
        return not any(problem.severity == ERROR for problem in self.problems)


def inject(text: AnyStr, plans: Iterable[Plan], *, path: str = "<stdin>") -> Result[AnyStr]:
    """Put the steps of the plans into every Application of a YAML or JSON text that they select.

    Steps of the given plans that are there already are brought up to date, and leave an Application that its plan no
    longer selects; steps of other plans and hand-written steps stay. `path` is what problems are reported under.
    """
    given = list(plans)
    return _Run(path, lambda app: injected(app, given)).over(text)


def remove(text: AnyStr, plans: Iterable[Plan] | None = None, *, path: str = "<stdin>") -> Result[AnyStr]:
    """Take the steps of the plans (None: all that are ours) out of every Application of a text."""
    names = None if plans is None else [plan.name for plan in plans]
    return _Run(path, lambda app: removed(app, names)).over(text)


class _Run:
    def __init__(self, path: str, decide: Callable[[dict[str, Any]], Decision]) -> None:
        self.path = path
        self.decide = decide
        self.changes: list[Change] = []
        self.problems: list[Problem] = []

    def over(self, given: AnyStr) -> Result[AnyStr]:
        text = self.decoded(given)
        new = self.edited(text) if text is not None and may_hold_application(text) else None
        failed = any(problem.severity == ERROR for problem in self.problems)
        if new is None or new == text or failed:
            return Result(given, False, () if failed else tuple(self.changes), tuple(self.problems))
        out: Any = new if isinstance(given, str) else new.encode()
        return Result(out, True, tuple(self.changes), tuple(self.problems))

    def decoded(self, given: str | bytes) -> str | None:
        if isinstance(given, str):
            return given
        if given[:2] in (b"\xff\xfe", b"\xfe\xff") or b"c\0o\0r\0e\0.\0o\0a\0m\0" in given:
            self.problem(Position(self.path), "the file is UTF-16", cure="save it as UTF-8")
            return None
        if b"core.oam.dev" not in given:
            return None
        try:
            return given.decode()
        except UnicodeDecodeError as error:
            before = given[: error.start]
            line, start = before.count(b"\n") + 1, before.rfind(b"\n") + 1
            place = Position(self.path, line, len(before[start:].decode(errors="replace")) + 1)
            self.problem(place, "the file is not UTF-8", cure="save it as UTF-8")
            return None

    def edited(self, text: str) -> str:
        lead = _BOM if text.startswith(_BOM) else ""
        body = text.removeprefix(_BOM)
        parts: list[str] = [lead]
        for start, end in documents(body):
            chunk = body[start:end]
            if may_hold_application(chunk):
                chunk = _One(self, body, start, chunk).edited()
            parts.append(chunk)
        return "".join(parts)

    def problem(self, place: Position, message: str, severity: str = ERROR, route: Route = (), cure: str = "") -> None:
        self.problems.append(Problem(place, severity, message, route, cure))


class _One:
    """One document of the text."""

    def __init__(self, run: _Run, body: str, start: int, text: str) -> None:
        self.run, self.body, self.start, self.text = run, body, start, text
        self.tree: Tree | None = None
        self.read = False

    def edited(self) -> str:
        try:
            found = self.applications()
            return self.carried(found) if found else self.text
        except Trouble as trouble:
            self.report(trouble)
            return self.text

    def applications(self) -> list[tuple[Route, dict[str, Any]]]:
        self.tree = parse(self.text)
        if self.tree is None:
            return []
        data = Reader(self.tree).data(self.tree.root)
        self.read = True
        return list(applications(data))

    def found(self) -> list[Found]:
        try:
            there = [(route, app) for route, app in self.applications() if self.ours(route, app)]
            for route, app in there:
                self.check(route, app)
        except Trouble as trouble:
            self.report(trouble)
            return []
        return [Found(app, self.place(self.offset(route)), route) for route, app in there]

    def carried(self, found: list[tuple[Route, dict[str, Any]]]) -> str:
        targets, changes = [], []
        for route, app in found:
            if not self.ours(route, app):
                continue
            self.check(route, app)
            try:
                decision = self.run.decide(app)
            except Trouble as trouble:
                trouble.route = (*route, *trouble.route)
                self.report(trouble)
                continue
            if decision.app is not app:
                targets.append((route, decision.app))
                changes.append((route, app, decision))
        return self.spliced(targets, changes) if targets else self.text

    def spliced(self, targets: list[Any], changes: list[Any]) -> str:
        from vela_steps.splice.carry import carried_out

        assert self.tree is not None  # noqa: S101 - parsed before anything was found in it
        if lone := _LONE_CR.search(self.text):
            raise Trouble("lines end with CR alone", offset=lone.start(), cure="save the file with LF or CR LF")
        new = carried_out(self.text, self.tree, targets)
        if new == self.text:
            return new
        for route, app, decision in changes:
            meta = view.metadata(app)
            name, namespace = view.text(meta, "name"), view.text(meta, "namespace")
            place = self.place(self.offset(route))
            self.run.changes.append(
                Change(
                    name,
                    namespace,
                    place,
                    decision.added,
                    decision.updated,
                    decision.removed,
                    decision.created_workflow,
                )
            )
            if PUBLISH_VERSION in view.annotations_of(app):
                at = (*route, "metadata", "annotations", PUBLISH_VERSION)
                self.run.problem(
                    self.place(self.offset(at)),
                    f"{PUBLISH_VERSION} is pinned: the controller ignores the new steps until it changes",
                    WARNING,
                    at,
                    "change it together with the steps",
                )
        return new

    def ours(self, route: Route, app: dict[str, Any]) -> bool:
        version = app.get("apiVersion")
        if version == view.API_VERSION:
            return True
        self.run.problem(
            self.place(self.offset(route)),
            f"an Application of {version} is left alone; steps are injected into {view.API_VERSION}",
            WARNING,
            (*route, "apiVersion"),
            f"move it to {view.API_VERSION}",
        )
        return False

    def check(self, route: Route, app: dict[str, Any]) -> None:
        sops = app.get("sops")
        if isinstance(sops, dict) and "mac" in sops:
            raise Trouble(
                "the document is encrypted by SOPS, and an edit would break its seal",
                route=(*route, "sops"),
                cure="decrypt it, inject, and encrypt it again; or exclude the file",
            )
        if "{{" in str(app.get("metadata", {}).get("name", "") if isinstance(app.get("metadata"), dict) else ""):
            raise Trouble("unrendered", route=(*route, "metadata", "name"))

    def report(self, trouble: Trouble) -> None:
        place = self.place(self.offset(trouble.route) if trouble.offset is None else trouble.offset)
        template = _TEMPLATE.search(self.text)
        if template and (not self.read or trouble.route[-2:] == ("metadata", "name")):
            self.run.problem(
                self.place(template.start()),
                "a Helm template, not a manifest",
                cure="inject into what it renders (helm post-renderer, or the Argo CD plugin), or exclude the file",
            )
        elif self.tree is not None or looks_like_application(self.text):
            self.run.problem(place, trouble.message, route=trouble.route, cure=trouble.cure)

    def offset(self, route: Route) -> int:
        """Where the value at a route stands, or the nearest value above it."""
        if self.tree is None:
            return 0
        node: Node = self.tree.root
        for part in route:
            child = None
            if node.kind == MAP and isinstance(part, str):
                child = node.get(part)
            elif node.kind == SEQ and isinstance(part, int) and part < len(node.items):
                child = node.items[part]
            if child is None:
                break
            node = child
        return node.start

    def place(self, offset: int) -> Position:
        at = self.start + offset
        line = self.body.count("\n", 0, at) + 1
        return Position(self.run.path, line, at - (self.body.rfind("\n", 0, at) + 1) + 1)


def applications(data: Any, route: Route = ()) -> Iterable[tuple[Route, dict[str, Any]]]:
    """The KubeVela Applications of any version in a document, those in a `kind: List` included."""
    if not isinstance(data, dict):
        return
    kind, version = data.get("kind"), data.get("apiVersion")
    if kind == view.KIND and isinstance(version, str) and version.startswith(view.GROUP + "/"):
        yield route, data
    elif isinstance(kind, str) and kind.endswith("List") and isinstance(data.get("items"), list):
        for index, item in enumerate(data["items"]):
            yield from applications(item, (*route, "items", index))


class Found(NamedTuple):
    """One KubeVela Application of a text, as plain data (aliases and merge keys resolved)."""

    app: dict[str, Any]
    position: Position
    route: Route


def find(text: str | bytes, *, path: str = "<stdin>") -> tuple[list[Found], tuple[Problem, ...]]:
    """The Applications of a text as plain data, and what could not be read. See `plan.implicit.effective`
    for the workflow that KubeVela runs for one, and `plan.decide.injected` for the same call over plain data."""
    found: list[Found] = []
    run = _Run(path, Decision)
    body = (run.decoded(text) or "").removeprefix(_BOM)
    for start, end in documents(body):
        if may_hold_application(body[start:end]):
            found += _One(run, body, start, body[start:end]).found()
    return found, tuple(run.problems)
