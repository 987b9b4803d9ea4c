"""Google Cloud CDN: invalidateCache and its operation.

Settings, by project: polls (how often an operation is RUNNING when asked for), error ({code, message}: how it ends).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed

PROJECT = r"/compute/v1/projects/(?P<project>[^/]+)/global"
BASE = "https://compute.googleapis.com/compute/v1/projects"
MOST_TAGS = 10


def error(status: int, state: str, message: str) -> Answer:
    """Google's shape of an error."""
    return json_answer({"error": {"code": status, "message": message, "status": state}}, status)


@dataclass
class Operation:
    """One operation; `left` is how often it will still say RUNNING."""

    name: str
    project: str
    target: str
    left: int
    error: Mapping[str, Any] | None

    def data(self) -> dict[str, Any]:
        """The operation as the API shows it."""
        done = self.left <= 0
        failed = {"error": {"errors": [dict(self.error)]}} if done and self.error else {}
        return {
            "kind": "compute#operation",
            "id": self.name.removeprefix("operation-"),
            "name": self.name,
            "operationType": "invalidateCache",
            "targetLink": self.target,
            "status": "DONE" if done else "RUNNING",
            "progress": 100 if done else 0,
            "selfLink": f"{BASE}/{self.project}/global/operations/{self.name}",
            **failed,
        }


class GoogleCDN(Routed):
    """The invalidation and its operation; the same requestId brings back the same operation."""

    name = "google-cdn"
    hosts = ("compute.googleapis.com",)
    defaults: ClassVar[Mapping[str, Any]] = {"polls": 1, "error": None}
    routes = (
        Route("POST", f"{PROJECT}/urlMaps/(?P<map>[^/]+)/invalidateCache", "invalidate", "purge", "{project}/{map}:"),
        Route("GET", f"{PROJECT}/operations/(?P<operation>[^/]+)", "operation", "", "operation {operation}"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._operations: dict[str, Operation] = {}

    def denied(self, request: Request) -> Answer | None:
        """An OAuth token."""
        if request.bearer():
            return None
        said = "Request is missing required authentication credential."
        return error(401, "UNAUTHENTICATED", said)

    def summary(self, request: Request) -> str:
        """What is invalidated."""
        return ", ".join(f"{name} {value}" for name, value in request.object().items())

    def invalidate(self, request: Request, project: str, **parts: str) -> Answer:
        """An operation that runs."""
        body = request.object()
        path, tags = body.get("path", ""), body.get("cacheTags", [])
        if not (path or tags) or (path and not path.startswith("/")):
            return error(400, "INVALID_ARGUMENT", f"Invalid value for field 'resource.path': '{path}'.")
        if len(tags) > MOST_TAGS:
            return error(400, "INVALID_ARGUMENT", f"Invalid value for field 'resource.cacheTags': at most {MOST_TAGS}.")
        key = request.args.get("requestId") or str(len(self._operations))
        known = self._operations.get(f"{project} {key}")
        if known is not None:
            return json_answer(known.data(), accepted=False)
        profile = self.setting(project)
        target = f"{BASE}/{project}/global/urlMaps/{parts['map']}"
        name = f"operation-{1_700_000_000_000 + len(self._operations)}"
        made = Operation(name, project, target, int(profile["polls"]), profile["error"])
        self._operations[f"{project} {key}"] = made
        return json_answer(made.data())

    def operation(self, _request: Request, project: str, operation: str) -> Answer:
        """The operation; each question brings it on."""
        found = [one for one in self._operations.values() if (one.project, one.name) == (project, operation)]
        if not found:
            return error(404, "NOT_FOUND", f"The resource '{operation}' was not found")
        said = json_answer(found[0].data())
        found[0].left -= 1
        return said
