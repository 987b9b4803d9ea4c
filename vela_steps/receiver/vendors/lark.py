"""Feishu and Lark: bots. An error is told in the body's `code`.

Settings, by hook id: secret (then a signature is needed), exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed
from vela_steps.receiver.vendors.signatures import base64_hmac256

MOST = 20 * 1024  # bytes
SKEW = 3600  # seconds
KINDS = {"text", "post", "interactive", "image", "share_chat"}


class Lark(Routed):
    """open.feishu.cn and open.larksuite.com."""

    name = "lark"
    hosts = ("open.feishu.cn", "open.larksuite.com")
    defaults: ClassVar[Mapping[str, Any]] = {"secret": None, "exists": True}
    routes = (Route("POST", "/open-apis/bot/v2/hook/(?P<hook>[^/]+)", "post", "message", "bot:"),)

    def summary(self, request: Request) -> str:
        """The first words."""
        content = request.object().get("content")
        return str(content.get("text", "(rich)") if isinstance(content, dict) else "(card)")[:80]

    @staticmethod
    def _failed(code: int, message: str) -> Answer:
        return json_answer({"code": code, "data": {}, "msg": message}, accepted=False)

    def _is_signed(self, request: Request, secret: str) -> bool:
        body = request.object()
        told = str(body.get("timestamp", ""))
        fresh = told.isdigit() and abs(request.time - int(told)) <= SKEW
        return fresh and body.get("sign") == base64_hmac256(f"{told}\n{secret}", "")

    def post(self, request: Request, hook: str) -> Answer:
        """Code 0, or what is wrong."""
        profile, body = self.setting(hook), request.object()
        if not profile["exists"]:
            return self._failed(19001, "param invalid: incoming webhook access token invalid")
        if profile["secret"] and not self._is_signed(request, profile["secret"]):
            return self._failed(19021, "sign match fail or timestamp is not within one hour from current time")
        if body.get("msg_type") not in KINDS or not (body.get("content") or body.get("card")):
            return self._failed(9499, "Bad Request")
        if len(request.body) > MOST:
            return self._failed(11246, "request body is too large")
        return json_answer({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"})
