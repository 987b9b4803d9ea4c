"""Discord's webhooks. Settings, by webhook id: exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed

MOST, MOST_EMBEDS = 2000, 10  # characters; embeds


class Discord(Routed):
    """204, or with ?wait=true 200 and the message."""

    name = "discord"
    hosts = ("discord.com", "discordapp.com")
    defaults: ClassVar[Mapping[str, Any]] = {"exists": True}
    routes = (
        Route("POST", r"/api(?:/v\d+)?/webhooks/(?P<hook>[^/]+)/(?P<token>[^/]+)", "post", "message", "webhook:"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def summary(self, request: Request) -> str:
        """The first words."""
        return str(request.object().get("content") or "(embeds)")[:80]

    @staticmethod
    def _invalid(place: str, code: str, message: str) -> Answer:
        errors = {place: {"_errors": [{"code": code, "message": message}]}}
        return json_answer({"message": "Invalid Form Body", "code": 50035, "errors": errors}, 400)

    def post(self, request: Request, hook: str, token: str) -> Answer:
        """Take a message."""
        del token
        if not self.setting(hook)["exists"]:
            return json_answer({"message": "Unknown Webhook", "code": 10015}, 404)
        body = request.object()
        content, embeds = str(body.get("content") or ""), body.get("embeds") or []
        if not content and not embeds:
            return json_answer({"message": "Cannot send an empty message", "code": 50006}, 400)
        if len(content) > MOST:
            return self._invalid("content", "BASE_TYPE_MAX_LENGTH", f"Must be {MOST} or fewer in length.")
        if len(embeds) > MOST_EMBEDS:
            return self._invalid("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_EMBEDS} or fewer in length.")
        if request.args.get("wait") != "true":
            return Answer(204)
        self._count += 1
        message = {"id": str(1_200_000_000_000_000_000 + self._count), "type": 0, "content": content, "embeds": embeds}
        return json_answer({**message, "channel_id": "1", "webhook_id": hook})
