"""Many Applications at once, one for each row of a table, so that their waits go by together."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vela_steps.receiver.client import Receiver, Record, unique
from vela_steps.testing.cluster import Cluster, step_of

STEP = "tell"
TOKEN = "github_pat_11AAAA_0123456789"
SECRETS: Mapping[str, Mapping[str, str]] = {
    "github": {"token": TOKEN, "empty": "", "lines": "two\nlines"},
}
COMMIT = "6dcb09b5b57875f334f61aebed695e2e4193db5e"


@dataclass(frozen=True)
class Row:
    """One Application with one dispatch to the repository acme/ID; `{id}` in strings becomes that ID.

    `github` are the stand-in's settings for the repository; `faults` are set on its requests (`on` adds conditions).
    `message` is a regular expression; `effects` are what GitHub took, in order; `posts` how often anything was posted.
    """

    name: str
    properties: Mapping[str, Any]
    phase: str = "succeeded"
    message: str = ""
    github: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    effects: tuple[str, ...] = ("dispatch",)
    posts: int | None = None
    calls: tuple[str, ...] = ()  # regular expressions of "METHOD URL", each found
    body: Mapping[str, Any] | None = None  # of the last dispatch
    outputs: tuple[str, ...] = ()


def filled(value: Any, own: str) -> Any:
    """`{id}` replaced in every string."""
    if isinstance(value, str):
        return value.replace("{id}", own)
    if isinstance(value, Mapping):
        return {key: filled(item, own) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, own) for item in value]
    return value


def secret(name: str, data: Mapping[str, str]) -> dict[str, Any]:
    """A Secret."""
    coded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": coded}


def step(properties: Mapping[str, Any], name: str = STEP) -> dict[str, Any]:
    """A step with the usual Secret, where the properties name no other `auth`; `auth: None` leaves it out."""
    named = {"auth": {"secretRef": {"name": "github", "key": "token"}}, **properties}
    kept = {key: value for key, value in named.items() if value is not None}
    return {"name": name, "type": "github-dispatch", "properties": kept}


def application(name: str, *steps: Mapping[str, Any], components: Iterable[Any] = ()) -> dict[str, Any]:
    """An Application with these workflow steps, that carries a Git revision."""
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": name, "annotations": {"acme.io/git-revision": COMMIT}},
        "spec": {"components": list(components), "workflow": {"steps": list(steps)}},
    }


class Fleet:
    """The Applications of a table, applied together."""

    def __init__(self, cluster: Cluster, receiver: Receiver, rows: Iterable[Row]) -> None:
        self.cluster, self.receiver = cluster, receiver
        self.rows = {row.name: row for row in rows}
        assert len(self.rows) == len(list(rows)), "two rows of one name"
        self.own = {name: unique("shop") for name in self.rows}
        cluster.apply(*[secret(name, data) for name, data in SECRETS.items()])
        for row in self.rows.values():
            own = self.own[row.name]
            if row.github:
                receiver.configure("github", f"acme/{own}", **filled(row.github, own))
            for fault in row.faults:
                how = {key: value for key, value in fault.items() if key != "on"}
                receiver.fault(match={"contains": f"acme/{own}/", **fault.get("on", {})}, **how)
        items = [self.application(row) for row in self.rows.values()]
        cluster.apply({"apiVersion": "v1", "kind": "List", "items": items})

    def application(self, row: Row) -> dict[str, Any]:
        """The Application of a row."""
        return application(row.name, step(filled({"repo": "acme/{id}", **row.properties}, self.own[row.name])))

    def ended(self, name: str, timeout: float = 240) -> dict[str, Any]:
        """The step's status once it has ended for good."""

        def over(app: Mapping[str, Any]) -> bool:
            finished = ((app.get("status") or {}).get("workflow") or {}).get("finished")
            return bool(finished) and (step_of(dict(app), STEP) or {}).get("phase") in ("succeeded", "failed")

        found = self.cluster.wait(name, over, what=f"{name}: the step's end", timeout=timeout)
        return step_of(found, STEP) or {}

    def requests(self, name: str, **match: Any) -> list[Record]:
        """What reached the receiver for a row."""
        return self.receiver.requests(contains=f"acme/{self.own[name]}/", **match)
