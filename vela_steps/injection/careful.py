"""One document, read by libyaml: every style, every refusal, every place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vela_steps.injection.quick import change
from vela_steps.injection.values import Found
from vela_steps.locate.documents import looks_like_application
from vela_steps.locate.nodes import MAP, SEQ, Node, Tree, parse
from vela_steps.locate.trouble import Trouble
from vela_steps.locate.values import Reader
from vela_steps.plan import view
from vela_steps.plan.decide import PUBLISH_VERSION, Decision
from vela_steps.plan.model import WARNING, Position, Route
from vela_steps.splice.carry import carried_out

if TYPE_CHECKING:
    from vela_steps.injection.run import Run

_TEMPLATE = re.compile(r"\{\{-?\s*[^\s{}]")
_LONE_CR = re.compile(r"\r(?!\n)")


class Careful:
    """One document of a run; `line` is where it begins, counted from 1."""

    def __init__(self, run: Run, text: str, line: int) -> None:
        self.run, self.text, self.line = run, text, line
        self.tree: Tree | None = None
        self.read = False

    def edited(self) -> str:
        """The document's new text, the old one where there is an error."""
        try:
            found = self.applications()
            return self.carried(found) if found else self.text
        except Trouble as trouble:
            self.report(trouble)
            return self.text

    def found(self) -> list[Found]:
        """The Applications of the document."""
        try:
            there = [(route, app) for route, app in self.applications() if self.ours(route, app)]
            for route, app in there:
                check(route, app)
        except Trouble as trouble:
            self.report(trouble)
            return []
        return [Found(app, self.place(self.offset(route)), route) for route, app in there]

    def applications(self) -> list[tuple[Route, dict[str, Any]]]:
        self.tree = parse(self.text)
        if self.tree is None:
            return []
        data = Reader(self.tree).data(self.tree.root)
        self.read = True
        found = list(applications(data))
        if found:
            refuse_sealed((), data)
        return found

    def carried(self, found: list[tuple[Route, dict[str, Any]]]) -> str:
        decisions: list[tuple[Route, dict[str, Any], Decision]] = []
        for route, app in found:
            if not self.ours(route, app):
                continue
            check(route, app)
            try:
                decision = self.run.decide(app)
            except Trouble as trouble:
                trouble.route = (*route, *trouble.route)
                self.report(trouble)
                continue
            if decision.app is not app:
                decisions.append((route, app, decision))
        return self.spliced(decisions) if decisions else self.text

    def spliced(self, decisions: list[tuple[Route, dict[str, Any], Decision]]) -> str:
        if lone := _LONE_CR.search(self.text):
            raise Trouble("lines end with CR alone", offset=lone.start(), cure="save the file with LF or CR LF")
        assert self.tree is not None  # noqa: S101 - parsed before anything was found in it
        new = carried_out(self.text, self.tree, [(route, decision.app) for route, _, decision in decisions])
        if new == self.text:
            return new
        for route, app, decision in decisions:
            self.run.changes.append(change(app, decision, self.place(self.offset(route))))
            if PUBLISH_VERSION in view.App(app).annotations:
                self.warn_of_pin((*route, "metadata", "annotations", PUBLISH_VERSION))
            for trouble in decision.warnings:
                at = (*route, *trouble.route)
                self.run.problem(self.place(self.offset(at)), trouble.message, WARNING, at, trouble.cure)
        return new

    def warn_of_pin(self, route: Route) -> None:
        self.run.problem(
            self.place(self.offset(route)),
            f"{PUBLISH_VERSION} is pinned: the controller ignores the new steps until it changes",
            WARNING,
            route,
            "change it together with the steps",
        )

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

    def report(self, trouble: Trouble) -> None:
        place = self.place(self.offset(trouble.route) if trouble.offset is None else trouble.offset)
        template = _TEMPLATE.search(self.text)
        if template and self.is_template(trouble):
            self.run.problem(
                self.place(template.start()),
                "a Helm template, not a manifest",
                cure="inject into what it renders (helm post-renderer, or the Argo CD plugin), or exclude the file",
            )
        elif self.tree is not None or looks_like_application(self.text):
            self.run.problem(place, trouble.message, route=trouble.route, cure=trouble.cure)

    def is_template(self, trouble: Trouble) -> bool:
        """Whether the trouble comes from a template: what is YAML all the same has braces for a key, or in its name."""
        if self.tree is None or self.read:
            return self.tree is None or trouble.route[-2:] == ("metadata", "name")
        return trouble.offset is not None and self.text.startswith("{{", trouble.offset - 1)

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
        """The position in the file of an offset in the document."""
        line = self.line + self.text.count("\n", 0, offset)
        return Position(self.run.path, line, offset - (self.text.rfind("\n", 0, offset) + 1) + 1)


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


def refuse_sealed(route: Route, part: dict[str, Any]) -> None:
    """Refuse what SOPS sealed: its seal covers the whole document, and stands at the root of it."""
    sops = part.get("sops")
    if isinstance(sops, dict) and "mac" in sops:
        raise Trouble(
            "the document is encrypted by SOPS, and an edit would break its seal",
            route=(*route, "sops"),
            cure="decrypt it, inject, and encrypt it again; or exclude the file",
        )


def check(route: Route, app: dict[str, Any]) -> None:
    """Refuse what is no manifest: sealed by SOPS, or a template whose values are quoted."""
    refuse_sealed(route, app)
    meta = app.get("metadata")
    if isinstance(meta, dict) and "{{" in str(meta.get("name", "")):
        raise Trouble("a Helm template, not a manifest", route=(*route, "metadata", "name"))
