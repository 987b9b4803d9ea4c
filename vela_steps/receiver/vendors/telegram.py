"""Telegram's bots. Settings, by chat id: exists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed

MOST = 4096  # UTF-16 code units
TOKEN = r"\d+:[\w-]+"  # noqa: S105  # a pattern


class Telegram(Routed):
    """sendMessage and getMe."""

    name = "telegram"
    hosts = ("api.telegram.org",)
    defaults: ClassVar[Mapping[str, Any]] = {"exists": True}
    routes = (
        Route("POST", "/bot(?P<token>[^/]+)/sendMessage", "send", "message", "chat"),
        Route("GET", "/bot(?P<token>[^/]+)/getMe", "me", "", "getMe"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def summary(self, request: Request) -> str:
        """Chat and the first words."""
        body = request.object()
        return f"{body.get('chat_id', '')} {str(body.get('text', ''))[:80]}"

    @staticmethod
    def _failed(status: int, description: str) -> Answer:
        return json_answer({"ok": False, "error_code": status, "description": description}, status)

    def denied(self, request: Request) -> Answer | None:
        """A token of the right shape in the path."""
        found = re.match("/bot([^/]+)/", request.path)
        token = found.group(1) if found else ""
        return None if re.fullmatch(TOKEN, token.replace("%3A", ":")) else self._failed(401, "Unauthorized")

    def send(self, request: Request, token: str) -> Answer:
        """`ok` with the message."""
        del token
        body = request.object()
        chat, text = body.get("chat_id"), str(body.get("text") or "")
        if not chat:
            return self._failed(400, "Bad Request: chat_id is empty")
        if not self.setting(str(chat))["exists"]:
            return self._failed(400, "Bad Request: chat not found")
        if not text or len(text.encode("utf-16-le")) > 2 * MOST:
            return self._failed(400, f"Bad Request: message {'is too long' if text else 'text is empty'}")
        self._count += 1
        result = {"message_id": self._count, "date": int(request.time), "chat": {"id": chat}, "text": text}
        return json_answer({"ok": True, "result": result})

    def me(self, _request: Request, token: str) -> Answer:
        """The bot."""
        return json_answer({"ok": True, "result": {"id": int(token.split(":")[0]), "is_bot": True}})
