"""Cloudflare's cache purge. Settings, by zone: exists; by token: known, state (active, disabled, expired)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed, listed

KINDS = ("files", "tags", "hosts", "prefixes", "purge_everything")
MOST = 100  # items a request
ZONE = r"/client/v4/zones/(?P<zone>[^/]+)"


def failed(status: int, code: int, message: str) -> Answer:
    """Cloudflare's envelope around an error."""
    data = {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}
    return json_answer(data, status)


def succeeded(result: Mapping[str, Any]) -> Answer:
    """Cloudflare's envelope around a result."""
    return json_answer({"success": True, "errors": [], "messages": [], "result": dict(result)})


class Cloudflare(Routed):
    """Zones exist until a setting says otherwise."""

    name = "cloudflare"
    hosts = ("api.cloudflare.com",)
    defaults: ClassVar[Mapping[str, Any]] = {"exists": True, "known": True, "state": "active"}
    routes = (
        Route("POST", f"{ZONE}/purge_cache", "purge", "purge", "zone {zone}:"),
        Route("GET", ZONE, "zone", "", "zone {zone}"),
        Route("GET", "/client/v4/user/tokens/verify", "verify", "", "verify the token"),
    )

    def denied(self, request: Request) -> Answer | None:
        """A bearer token, or the older key with its e-mail."""
        if request.bearer() and not self.setting(request.bearer())["known"]:
            return failed(401, 1000, "Invalid API Token")
        if request.bearer() or (request.headers.get("x-auth-key") and request.headers.get("x-auth-email")):
            return None
        return failed(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")

    def summary(self, request: Request) -> str:
        """What is purged."""
        return "; ".join(f"{kind} {listed(value)}" for kind, value in request.object().items())

    def purge(self, request: Request, zone: str) -> Answer:
        """Exactly one kind, at most a hundred of it."""
        if not self.setting(zone)["exists"]:
            return self._no_zone(zone)
        body = request.object()
        given = [kind for kind in KINDS if body.get(kind)]
        if len(given) != 1:
            return failed(400, 1012, f"Request must contain one of {', '.join(KINDS)}")
        items = body[given[0]]
        if not (items is True if given[0] == "purge_everything" else isinstance(items, list) and len(items) <= MOST):
            return failed(400, 1094, f"{given[0]}: at most {MOST} in a request")
        return succeeded({"id": hashlib.md5(zone.encode(), usedforsecurity=False).hexdigest()})

    @staticmethod
    def _no_zone(zone: str) -> Answer:
        return failed(404, 7003, f"Could not route to /zones/{zone}, perhaps your object identifier is invalid?")

    def zone(self, _request: Request, zone: str) -> Answer:
        """The zone."""
        if not self.setting(zone)["exists"]:
            return self._no_zone(zone)
        return succeeded({"id": zone, "name": "acme.io", "status": "active"})

    def verify(self, request: Request) -> Answer:
        """The token's state."""
        return succeeded({"id": "1", "status": self.setting(request.bearer())["state"]})
