"""Netlify's cache purge."""

from __future__ import annotations

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed, listed


class Netlify(Routed):
    """Netlify: a site, wholly or by tags."""

    name = "netlify"
    hosts = ("api.netlify.com",)
    routes = (Route("POST", "/api/v1/purge", "purge", "purge", "site"),)

    def denied(self, request: Request) -> Answer | None:
        """A bearer token."""
        return None if request.bearer() else json_answer({"code": 401, "message": "Access Denied"}, 401)

    def summary(self, request: Request) -> str:
        """Site and tags."""
        body = request.object()
        return f"{body.get('site_id') or body.get('site_slug') or ''}: {listed(body.get('cache_tags', ['everything']))}"

    def purge(self, request: Request) -> Answer:
        """202, empty."""
        body = request.object()
        if not (body.get("site_id") or body.get("site_slug")):
            return json_answer({"code": 400, "message": "site_id or site_slug is needed"}, 400)
        return Answer(202)
