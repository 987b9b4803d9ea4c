"""DingTalk's bots. An error is told in the body's `errcode`.

Settings, by access token: secret (then a signature is needed), exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed
from vela_steps.receiver.vendors.signatures import base64_hmac256

SKEW = 3600  # seconds
KINDS = {"text", "markdown", "link", "actionCard", "feedCard"}


class DingTalk(Routed):
    """oapi.dingtalk.com."""

    name = "dingtalk"
    hosts = ("oapi.dingtalk.com",)
    defaults: ClassVar[Mapping[str, Any]] = {"secret": None, "exists": True}
    routes = (Route("POST", "/robot/send", "post", "message", "bot:"),)

    def summary(self, request: Request) -> str:
        """The first words."""
        return str(request.part("text").get("content") or request.part("markdown").get("title", ""))[:80]

    @staticmethod
    def _failed(code: int, message: str) -> Answer:
        return json_answer({"errcode": code, "errmsg": message}, accepted=False)

    @staticmethod
    def _is_signed(request: Request, secret: str) -> bool:
        told = request.args.get("timestamp", "")
        fresh = told.isdigit() and abs(request.time - int(told) / 1000) <= SKEW
        return fresh and request.args.get("sign") == base64_hmac256(secret, f"{told}\n{secret}")

    def post(self, request: Request) -> Answer:
        """Errcode 0, or what is wrong."""
        token = request.args.get("access_token", "")
        profile, body = self.setting(token), request.object()
        if not token or not profile["exists"]:
            return self._failed(300005, "token is not exist")
        if profile["secret"] and not self._is_signed(request, profile["secret"]):
            return self._failed(310000, "sign not match")
        kind = body.get("msgtype")
        if kind not in KINDS or not body.get(kind):
            return self._failed(40035, "param is wrong: msgtype")
        return json_answer({"errcode": 0, "errmsg": "ok"})
