"""Vercel's edge cache: tags of a project."""

from __future__ import annotations

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed, listed

MOST_TAGS = 16


class Vercel(Routed):
    """Vercel: tags of a project."""

    name = "vercel"
    hosts = ("api.vercel.com",)
    routes = (
        Route(
            "POST", "/v1/edge-cache/(?P<how>invalidate-by-tags|dangerously-delete-by-tags)", "purge", "purge", "{how}"
        ),
    )

    def denied(self, request: Request) -> Answer | None:
        """A bearer token."""
        return None if request.bearer() else self._error(403, "forbidden", "Not authorized")

    @staticmethod
    def _error(status: int, code: str, message: str) -> Answer:
        return json_answer({"error": {"code": code, "message": message}}, status)

    def summary(self, request: Request) -> str:
        """Project and tags."""
        return f"{request.args.get('projectIdOrName', '')}: {listed(request.object().get('tags', []))}"

    def purge(self, request: Request, how: str) -> Answer:
        """200, empty."""
        del how
        tags = request.object().get("tags")
        count = len(tags) if isinstance(tags, list) else int(bool(tags))
        if not request.args.get("projectIdOrName"):
            return self._error(400, "bad_request", "projectIdOrName is required")
        if not 1 <= count <= MOST_TAGS:
            return self._error(400, "bad_request", f"`tags` should have 1 to {MOST_TAGS} items")
        return Answer(200)
