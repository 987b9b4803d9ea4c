"""Fastly's purges. Settings, by service id: exists; by token: known, scope, services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed, listed

SERVICE = r"/service/(?P<service>[^/]+)"
MOST = 256  # keys a request


class Fastly(Routed):
    """Services exist until a setting says otherwise."""

    name = "fastly"
    hosts = ("api.fastly.com",)
    defaults: ClassVar[Mapping[str, Any]] = {"exists": True, "known": True, "scope": "global", "services": ()}
    routes = (
        Route("POST", f"{SERVICE}/purge", "keys", "purge", "service {service}: keys"),
        Route("POST", f"{SERVICE}/purge/(?P<key>.+)", "key", "purge", "service {service}: key {key}"),
        Route("POST", f"{SERVICE}/purge_all", "everything", "purge", "service {service}: everything"),
        Route("POST", r"/purge/(?P<url>.+)", "url", "purge", "url {url}"),
        Route("GET", SERVICE, "service", "", "service {service}"),
        Route("GET", "/tokens/self", "token", "", "the token"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def denied(self, request: Request) -> Answer | None:
        """The key in its header."""
        token = request.headers.get("fastly-key")
        if token and self.setting(token)["known"]:
            return None
        return json_answer({"msg": "Provided credentials are missing or invalid"}, 401)

    def _id(self) -> str:
        self._count += 1
        return f"108-{1_700_000_000 + self._count}-{self._count}"

    def _missing(self, service: str) -> Answer | None:
        if self.setting(service)["exists"]:
            return None
        return json_answer({"msg": "Record not found", "detail": "Cannot load service"}, 404)

    @staticmethod
    def _keys(request: Request) -> list[str]:
        given = request.object().get("surrogate_keys")
        return given if isinstance(given, list) else request.headers.get("surrogate-key", "").split()

    def summary(self, request: Request) -> str:
        """Keys, and whether softly."""
        soft = "softly" if request.headers.get("fastly-soft-purge") == "1" else ""
        keys = self._keys(request)
        return f"{listed(keys) if keys else ''} {soft}"

    def keys(self, request: Request, service: str) -> Answer:
        """Up to 256 keys, from the body or the header."""
        keys = self._keys(request)
        if not keys or len(keys) > MOST:
            return json_answer({"msg": "Bad request", "detail": f"1 to {MOST} surrogate keys are needed"}, 400)
        return self._missing(service) or json_answer({key: self._id() for key in keys})

    def key(self, _request: Request, service: str, key: str) -> Answer:
        """One key."""
        del key
        return self._missing(service) or json_answer({"status": "ok", "id": self._id()})

    def everything(self, request: Request, service: str) -> Answer:
        """All of a service; there is no soft one."""
        soft = ("purge_all has no soft purge",) if request.headers.get("fastly-soft-purge") else ()
        return self._missing(service) or json_answer({"status": "ok"}, problems=soft)

    def url(self, _request: Request, url: str) -> Answer:
        """One URL, host and path."""
        del url
        return json_answer({"status": "ok", "id": self._id()})

    def service(self, _request: Request, service: str) -> Answer:
        """The service."""
        return self._missing(service) or json_answer({"id": service, "name": service, "type": "vcl"})

    def token(self, request: Request) -> Answer:
        """What the token is good for."""
        known = self.setting(request.headers["fastly-key"])
        return json_answer(
            {"id": "1", "scope": known["scope"], "services": list(known["services"]), "expires_at": None}
        )
