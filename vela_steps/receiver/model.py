"""What the receiver's parts hand to each other: a request, its answer, its description, and what a stand-in is."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qs, parse_qsl


@dataclass(frozen=True)
class Request:
    """One request as it arrived. `path` and `query` are as sent (still percent-encoded), header names lower-case."""

    time: float  # seconds since the epoch, at arrival
    method: str
    scheme: str  # http, https or smtp
    host: str  # lower-case, without a port
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def args(self) -> dict[str, str]:
        """The query's parameters, decoded; the last one of a name counts."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The body as a form, the first value of each name."""
        return {name: values[0] for name, values in parse_qs(self.text, keep_blank_values=True).items()}

    def json(self) -> Any:
        """The body as JSON; None where it is none (a stand-in answers that like the vendor does)."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def object(self) -> dict[str, Any]:
        """The body as a JSON object; empty where it is none."""
        found = self.json()
        return found if isinstance(found, dict) else {}

    def part(self, name: str) -> dict[str, Any]:
        """An object in the body's object; empty where it is none."""
        found = self.object().get(name)
        return found if isinstance(found, dict) else {}

    def bearer(self) -> str:
        """The token of `Authorization: Bearer …` (or GitHub's older `token …`); empty where there is none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "token") else ""

    def basic(self) -> tuple[str, str]:
        """User and password of `Authorization: Basic …`; empty where there is none."""
        scheme, _, coded = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            user, _, password = base64.b64decode(coded).decode().partition(":")
        except ValueError:
            return "", ""
        return user, password


@dataclass(frozen=True)
class Answer:
    """What a stand-in says. `problems` are breaches of the vendor's published rules that a test should know of."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    accepted: bool | None = None  # None: by the status; chat services refuse inside a 200

    @property
    def taken(self) -> bool:
        """Whether the request had its effect."""
        return self.status < 400 if self.accepted is None else self.accepted


def json_answer(
    data: Any,
    status: int = 200,
    *,
    headers: Mapping[str, str] | None = None,
    problems: tuple[str, ...] = (),
    accepted: bool | None = None,
) -> Answer:
    """An answer with a JSON body."""
    return Answer(
        status,
        json.dumps(data).encode(),
        {"content-type": "application/json; charset=utf-8", **(headers or {})},
        problems,
        accepted,
    )


def text_answer(text: str, status: int = 200, *, kind: str = "text/plain; charset=utf-8") -> Answer:
    """An answer with a text body."""
    return Answer(status, text.encode(), {"content-type": kind})


class Description(NamedTuple):
    """A request in a line: `effect` is what it does (purge, dispatch, message …), empty where it only asks."""

    effect: str
    text: str


class StandIn(Protocol):
    """One service outside. Its state is its own and is rebuilt from the record after a restart of the receiver:
    `answer` may depend on nothing but earlier requests, earlier settings and the request's own time."""

    @property
    def name(self) -> str:
        """The service's name in the record."""
        ...

    def matches(self, request: Request, /) -> bool:
        """Whether this request is for this service."""
        ...

    def answer(self, request: Request, /) -> Answer:
        """Do what the service would do, and say what it would say."""
        ...

    def describe(self, request: Request, /) -> Description:
        """The request in a line, for a timeline."""
        ...

    def configure(self, key: str, value: Mapping[str, Any]) -> None:
        """Take a setting: `key` names a repository, zone, … of this service (wildcards as in fnmatch)."""
        ...
