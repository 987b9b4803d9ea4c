"""Google Chat's webhooks, with threads by threadKey."""

from __future__ import annotations

import hashlib

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed

MOST = 32_000  # bytes


def error(status: int, state: str, message: str) -> Answer:
    """Google's shape of an error."""
    return json_answer({"error": {"code": status, "message": message, "status": state}}, status)


class GoogleChat(Routed):
    """A space's webhook."""

    name = "google-chat"
    hosts = ("chat.googleapis.com",)
    routes = (Route("POST", "/v1/spaces/(?P<space>[^/]+)/messages", "post", "message", "space {space}:"),)

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def denied(self, request: Request) -> Answer | None:
        """Key and token in the address."""
        if request.args.get("key") and request.args.get("token"):
            return None
        return error(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers")

    def summary(self, request: Request) -> str:
        """The first words."""
        return str(request.object().get("text") or "(card)")[:80]

    def post(self, request: Request, space: str) -> Answer:
        """200 with the message and its thread."""
        body = request.object()
        if not (body.get("text") or body.get("cardsV2") or body.get("cards")):
            return error(400, "INVALID_ARGUMENT", "Message cannot be empty.")
        if len(request.body) > MOST:
            return error(400, "INVALID_ARGUMENT", "Message is too long.")
        self._count += 1
        key = request.part("thread").get("threadKey") or request.args.get("threadKey")
        unheard = bool(key) and request.args.get("messageReplyOption") is None
        problems = ("threadKey without messageReplyOption: a new thread each time",) if unheard else ()
        thread = hashlib.sha256(str(key if key and not unheard else self._count).encode()).hexdigest()[:11]
        data = {"name": f"spaces/{space}/messages/{self._count}", "text": body.get("text", "")}
        return json_answer({**data, "thread": {"name": f"spaces/{space}/threads/{thread}"}}, problems=problems)
