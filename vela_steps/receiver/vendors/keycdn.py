"""KeyCDN's purges; an error may be told in the body's `status` alone."""

from __future__ import annotations

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed, listed


class KeyCDN(Routed):
    """KeyCDN: a zone, URLs or tags. An error is told in the body's `status`."""

    name = "keycdn"
    hosts = ("api.keycdn.com",)
    routes = (
        Route("GET", r"/zones/purge/(?P<zone>\d+)\.json", "purge", "purge", "zone {zone}: everything"),
        Route("DELETE", r"/zones/purgeurl/(?P<zone>\d+)\.json", "urls", "purge", "zone {zone}: urls"),
        Route("DELETE", r"/zones/purgetag/(?P<zone>\d+)\.json", "tags", "purge", "zone {zone}: tags"),
    )

    def denied(self, request: Request) -> Answer | None:
        """The key as user name."""
        if request.basic()[0]:
            return None
        return json_answer({"status": "error", "error_message": "Authentication failed"}, 401)

    def summary(self, request: Request) -> str:
        """URLs or tags."""
        body = request.object()
        return listed(body.get("urls") or body.get("tags") or [])

    def purge(self, _request: Request, zone: str) -> Answer:
        """Done."""
        return json_answer({"status": "success", "description": f"Cache has been cleared for zone {zone}."})

    def urls(self, request: Request, zone: str) -> Answer:
        """Done, if there are any."""
        return self._some(request, "urls", zone)

    def tags(self, request: Request, zone: str) -> Answer:
        """Done, if there are any."""
        return self._some(request, "tags", zone)

    def _some(self, request: Request, name: str, zone: str) -> Answer:
        if not request.object().get(name):
            said = {"status": "error", "error_message": f"{name} are missing"}
            return json_answer(said, 200, accepted=False)
        return self.purge(request, zone)
