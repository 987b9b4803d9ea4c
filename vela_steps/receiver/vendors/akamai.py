"""Akamai's Fast Purge (CCU v3), with the EdgeGrid signature checked.

Settings, by client token: secret, access_token. A client token without a setting is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed, listed
from vela_steps.receiver.vendors.signatures import EDGEGRID, EDGEGRID_TIME, age, edgegrid_signature

MOST = 50_000  # bytes of a body
SKEW = 30  # seconds that a signature's time may be off


def problem(status: int, title: str, detail: str) -> Answer:
    """An error as RFC 7807 has it."""
    data = {"type": "https://problems.purge.akamaiapis.net/", "title": title, "status": status, "detail": detail}
    return json_answer(data, status, headers={"content-type": "application/problem+json"})


class Akamai(Routed):
    """One account; `purgeId` and `supportId` follow from the request."""

    name = "akamai"
    hosts = ("*.akamaiapis.net",)
    defaults: ClassVar[Mapping[str, Any]] = {"secret": None, "access_token": None}
    routes = (
        Route(
            "POST",
            "/ccu/v3/(?P<action>invalidate|delete)/(?P<kind>url|tag|cpcode)(?:/(?P<network>staging|production))?",
            "purge",
            "purge",
            "{action} {kind} {network}:",
        ),
    )

    def __init__(self) -> None:
        super().__init__()
        self._nonces: set[str] = set()

    def denied(self, request: Request) -> Answer | None:
        """A signature of a known client, made just now, with a nonce of its own."""
        found = EDGEGRID.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            return problem(401, "Not authorized", "Unable to authenticate: no EdgeGrid signature")
        known = self.setting(found.group("client"))
        if known["secret"] is None or known["access_token"] not in (None, found.group("access")):
            return problem(401, "Not authorized", "Inactive client token")
        if age(request.time, found.group("timestamp"), EDGEGRID_TIME) > SKEW:
            return problem(400, "Bad request", "Invalid timestamp")
        if edgegrid_signature(request, known["secret"]) != found.group("signature"):
            return problem(401, "Not authorized", "The signature does not match")
        if found.group("nonce") in self._nonces:
            return problem(401, "Not authorized", "The nonce has already been used")
        self._nonces.add(found.group("nonce"))
        return None

    def summary(self, request: Request) -> str:
        """The objects."""
        return listed(request.object().get("objects", []))

    def purge(self, request: Request, action: str, kind: str, network: str) -> Answer:
        """201, all or nothing."""
        objects = request.object().get("objects")
        if len(request.body) > MOST:
            return problem(413, "Request entity too large", f"the body is larger than {MOST} bytes")
        if not isinstance(objects, list) or not objects:
            return problem(400, "Bad request", "objects: a list with at least one entry is needed")
        wanted = int if kind == "cpcode" else str
        if not all(isinstance(item, wanted) for item in objects):
            return problem(400, "Bad request", f"objects: {kind}s are needed for {action} on {network}")
        if kind == "url" and not all(item.isascii() for item in objects):
            return problem(400, "Bad request", "objects: a URL contains non-ASCII character")
        number = hashlib.sha256(f"{request.time}{request.text}".encode()).hexdigest()
        data = {
            "httpStatus": 201,
            "detail": "Request accepted",
            "supportId": f"17PY{number[:20]}",
            "purgeId": number[:32],
            "estimatedSeconds": 5,
        }
        return json_answer(data, 201)
