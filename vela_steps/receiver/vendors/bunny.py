"""bunny.net's purges."""

from __future__ import annotations

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed


class Bunny(Routed):
    """bunny.net: one URL, or a pull zone (wholly or by tag)."""

    name = "bunny"
    hosts = ("api.bunny.net",)
    routes = (
        Route("POST", "/purge", "url", "purge", "url"),
        Route("POST", r"/pullzone/(?P<zone>\d+)/purgeCache", "zone", "purge", "pull zone {zone}"),
    )

    def denied(self, request: Request) -> Answer | None:
        """The key in its header."""
        if request.headers.get("accesskey"):
            return None
        return json_answer({"Message": "Authorization has been denied for this request."}, 401)

    def summary(self, request: Request) -> str:
        """URL or tag."""
        return f"{request.args.get('url', '')} {request.object().get('CacheTag', '')}"

    def url(self, request: Request) -> Answer:
        """200, empty."""
        if not request.args.get("url"):
            said = {"ErrorKey": "purge.url", "Field": "url", "Message": "The URL is missing"}
            return json_answer(said, 400)
        return Answer(200)

    def zone(self, _request: Request, zone: str) -> Answer:
        """204, empty."""
        del zone
        return Answer(204)
