"""Datadog's events (v1), on all its sites. Settings, by API key: known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed

MOST = 4000  # characters of the text


class Datadog(Routed):
    """api.SITE."""

    name = "datadog"
    defaults: ClassVar[Mapping[str, Any]] = {"known": True}
    hosts = ("api.datadoghq.com", "api.datadoghq.eu", "api.*.datadoghq.com", "api.ddog-gov.com")
    routes = (
        Route("POST", "/api/v1/events", "event", "event", "event:"),
        Route("GET", "/api/v1/validate", "validate", "", "validate the key"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def denied(self, request: Request) -> Answer | None:
        """The key in its header."""
        key = request.headers.get("dd-api-key")
        return None if key and self.setting(key)["known"] else json_answer({"errors": ["Forbidden"]}, 403)

    def summary(self, request: Request) -> str:
        """The title."""
        return str(request.object().get("title", ""))[:80]

    def event(self, request: Request) -> Answer:
        """202 with an id."""
        body = request.object()
        missing = [name for name in ("title", "text") if not body.get(name)]
        if missing:
            return json_answer({"errors": [f"{missing[0]} is required"]}, 400)
        if len(str(body["text"])) > MOST:
            return json_answer({"errors": [f"text is longer than {MOST} characters"]}, 400)
        self._count += 1
        event = {"id": self._count, "title": body["title"], "text": body["text"], "date_happened": int(request.time)}
        return json_answer({"status": "ok", "event": event}, 202)

    def validate(self, _request: Request) -> Answer:
        """A valid key."""
        return json_answer({"valid": True})
