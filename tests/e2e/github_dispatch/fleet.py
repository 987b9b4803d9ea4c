"""Dispatches, each to a repository of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests import manifests
from tests.e2e import rows
from tests.manifests import Object, secret

STEP = "tell"
TOKEN = "github_pat_11AAAA_0123456789"
SECRETS: Mapping[str, Mapping[str, str]] = {
    "github": {"token": TOKEN, "empty": "", "lines": "two\nlines"},
}
COMMIT = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
REVISION = {"acme.io/git-revision": COMMIT}


@dataclass(frozen=True)
class Row(rows.Row):
    """One Application with one dispatch to the repository acme/ID, that carries a Git revision.

    `github` are the stand-in's settings for the repository; `effects` are what GitHub took, in order; `posts` how often
    anything was posted.
    """

    annotations: Mapping[str, str] = field(default_factory=lambda: REVISION)
    github: Mapping[str, Any] = field(default_factory=dict)
    effects: tuple[str, ...] = ("dispatch",)
    posts: int | None = None
    calls: tuple[str, ...] = ()  # regular expressions of "METHOD URL", each found
    body: Mapping[str, Any] | None = None  # of the last dispatch


def authorized(properties: Mapping[str, Any]) -> dict[str, Any]:
    """With the usual Secret, where the properties name no other `auth`; None leaves one out."""
    named = {"auth": {"secretRef": {"name": "github", "key": "token"}}, **properties}
    return {key: value for key, value in named.items() if value is not None}


def step(properties: Mapping[str, Any], name: str = STEP) -> Object:
    """A step with the usual Secret."""
    return {"name": name, "type": "github-dispatch", "properties": authorized(properties)}


def application(name: str, *steps: Mapping[str, Any], components: Iterable[Object] = ()) -> Object:
    """An Application with these components and workflow steps, that carries a Git revision."""
    return manifests.application(name, *steps, components=list(components), annotations=REVISION)


class Fleet(rows.Fleet[Row]):
    """The Applications of a table of dispatches."""

    TYPE, STEP, KNOWN_BY = "github-dispatch", STEP, "acme/{id}/"

    def secrets(self) -> Iterable[Object]:
        """The one with the tokens."""
        return [secret(name, data) for name, data in SECRETS.items()]

    def settings(self, row: Row) -> Iterable[rows.Setting]:
        """Those of the repository."""
        return [("github", "acme/{id}", row.github)] if row.github else []

    def properties(self, row: Row) -> dict[str, Any]:
        """The row's own, its repository and the usual Secret."""
        return authorized({"repo": "acme/{id}", **row.properties})
