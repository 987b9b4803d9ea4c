"""Mattermost's incoming webhooks, on any host (/hooks/ID). Settings, by hook id: exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer, text_answer
from vela_steps.receiver.vendors.base import Route, Routed

MOST = 16_383  # characters


class Mattermost(Routed):
    """Known by its path: Mattermost runs on its users' own hosts."""

    name = "mattermost"
    defaults: ClassVar[Mapping[str, Any]] = {"exists": True}
    routes = (Route("POST", "/hooks/(?P<hook>[a-z0-9-]+)", "post", "message", "webhook:"),)

    def matches(self, request: Request) -> bool:
        """By path."""
        return self.find(request) is not None

    def summary(self, request: Request) -> str:
        """Channel and the first words."""
        body = request.object()
        return f"{body.get('channel', '')} {str(body.get('text') or '(attachments)')[:80]}"

    @staticmethod
    def _failed(status: int, name: str, message: str) -> Answer:
        return json_answer({"id": name, "message": message, "status_code": status}, status)

    def post(self, request: Request, hook: str) -> Answer:
        """200 `ok`."""
        if not self.setting(hook)["exists"]:
            return self._failed(400, "web.incoming_webhook.invalid.app_error", "Invalid webhook.")
        body = request.object()
        text = str(body.get("text") or "")
        if not text and not body.get("attachments"):
            return self._failed(400, "web.incoming_webhook.text.app_error", "No text specified.")
        if len(text) > MOST:
            return self._failed(400, "web.incoming_webhook.text.length.app_error", f"text is longer than {MOST}")
        return text_answer("ok")
