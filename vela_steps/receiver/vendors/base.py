"""What most stand-ins share: hosts, settings, and a table of routes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, ClassVar, NamedTuple

from vela_steps.receiver.model import Answer, Description, Request, json_answer


class Route(NamedTuple):
    """One call of a service.

    `path` is a regular expression for the whole path, `call` the method that answers, `effect` what the call does
    (empty: it only asks) and `text` a line about it with the path's named groups, before what `summary` adds.
    """

    method: str
    path: str
    call: str
    effect: str
    text: str


UNTYPED = "a JSON body without content-type: application/json"


def is_typed(request: Request) -> bool:
    """Whether a JSON body is announced as one: most vendors do not read it otherwise."""
    return not request.body.startswith((b"{", b"[")) or "json" in request.headers.get("content-type", "")


class Hosted:
    """A stand-in that is known by its host names (wildcards as in fnmatch), with settings by key.

    Of the settings whose key matches a name, later ones overrule earlier ones, field by field.
    """

    name: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]] = ()
    defaults: ClassVar[Mapping[str, Any]] = {}

    def __init__(self) -> None:
        self._settings: list[tuple[str, Mapping[str, Any]]] = []

    def matches(self, request: Request) -> bool:
        """By host."""
        return any(fnmatchcase(request.host, pattern) for pattern in self.hosts)

    def configure(self, key: str, value: Mapping[str, Any]) -> None:
        """Keep a setting."""
        self._settings.append((key, value))

    def setting(self, key: str) -> dict[str, Any]:
        """The settings that hold for `key`."""
        found = dict(self.defaults)
        for pattern, value in self._settings:
            if fnmatchcase(key, pattern):
                found.update(value)
        return found


class Routed(Hosted):
    """A stand-in whose calls are a table. Each call's method takes the request and the path's named groups."""

    routes: ClassVar[tuple[Route, ...]] = ()
    any_type: ClassVar[bool] = False  # whether the vendor takes JSON without being told that it is JSON

    def find(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        """The route of a request, and the named parts of its path."""
        for route in self.routes:
            found = re.fullmatch(route.path, request.path)
            if found and route.method == request.method:
                return route, {name: value or "" for name, value in found.groupdict().items()}
        return None

    def answer(self, request: Request) -> Answer:
        """Refuse a request without the right credential, else take the call."""
        found = self.find(request)
        if found is None:
            return self.unknown(request)
        refused = self.denied(request)
        if refused is not None:
            return refused
        said: Answer = getattr(self, found[0].call)(request, **found[1])
        return said if self.any_type or is_typed(request) else replace(said, problems=(*said.problems, UNTYPED))

    def denied(self, _request: Request) -> Answer | None:
        """The vendor's answer to a request without the right credential, else None."""
        return None

    def unknown(self, request: Request) -> Answer:
        """The answer to a call that the stand-in does not know: a breach, so that tests see it."""
        said = f"{self.name} has no {request.method} {request.path} here"
        return json_answer({"message": "Not Found"}, 404, problems=(said,))

    def summary(self, _request: Request) -> str:
        """What a line about a request says besides its route."""
        return ""

    def describe(self, request: Request) -> Description:
        """By the route."""
        found = self.find(request)
        if found is None:
            return Description("", f"{request.method} {request.host}{request.path}")
        route, parts = found
        return Description(route.effect, " ".join(f"{route.text.format(**parts)} {self.summary(request)}".split()))


def listed(items: Any, most: int = 3) -> str:
    """A list in a few words, for a summary."""
    if not isinstance(items, list):
        return str(items)
    shown = ", ".join(str(item) for item in items[:most])
    return shown + (f" and {len(items) - most} more" if len(items) > most else "")
