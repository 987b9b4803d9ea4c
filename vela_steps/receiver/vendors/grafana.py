"""Grafana's annotations, on any host (/api/annotations)."""

from __future__ import annotations

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed


class Grafana(Routed):
    """Known by its path: Grafana runs on its users' own hosts, perhaps below a path."""

    name = "grafana"
    routes = (Route("POST", "(?:/.+)?/api/annotations", "annotate", "annotation", "annotation:"),)

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def matches(self, request: Request) -> bool:
        """By path."""
        return self.find(request) is not None

    def denied(self, request: Request) -> Answer | None:
        """A token, or user and password."""
        if request.bearer() or all(request.basic()):
            return None
        return json_answer({"message": "Unauthorized"}, 401)

    def summary(self, request: Request) -> str:
        """Text and tags."""
        body = request.object()
        return f"{str(body.get('text', ''))[:80]} {body.get('tags', '')}"

    def annotate(self, request: Request) -> Answer:
        """200 with an id."""
        body = request.object()
        if not body.get("text"):
            return json_answer({"message": "Failed to save annotation"}, 400)
        if not all(isinstance(body.get(name, 0), int) for name in ("time", "timeEnd")):
            return json_answer({"message": "bad request data"}, 400)
        self._count += 1
        return json_answer({"message": "Annotation added", "id": self._count})
