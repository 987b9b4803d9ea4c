"""Slack: incoming webhooks and the Web API (an API error comes inside a 200).

Settings, by channel: exists, archived. By webhook path (/services/…): exists. By token: error (token_expired …).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs

from vela_steps.receiver.model import Answer, Description, Request, json_answer, text_answer
from vela_steps.receiver.vendors.base import Route, Routed

MOST_BLOCKS, SECTION, HEADER, TEXT = 50, 3000, 150, 40_000  # blocks; characters


def shown(body: Mapping[str, Any]) -> str:
    """The first words of a message."""
    return str(body.get("text") or "(blocks)").splitlines()[0][:80]


def blocks_fit(blocks: Any) -> bool:
    """Whether blocks keep Slack's limits."""
    if blocks is None:
        return True
    if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS:
        return False
    limits = {"section": SECTION, "header": HEADER}
    return all(
        isinstance(block, dict)
        and "type" in block
        and len(str((block.get("text") or {}).get("text", ""))) <= limits.get(block["type"], TEXT)
        for block in blocks
    )


class Slack(Routed):
    """hooks.slack.com and slack.com/api."""

    name = "slack"
    hosts = ("hooks.slack.com", "slack.com", "www.slack.com")
    defaults: ClassVar[Mapping[str, Any]] = {"exists": True, "archived": False, "error": ""}
    routes = (
        Route("POST", "(?P<hook>/(?:services|workflows|triggers)/.+)", "webhook", "message", "webhook:"),
        Route("POST", "/api/chat.postMessage", "post", "message", "to"),
        Route("POST", "/api/auth.test", "test", "", "auth.test"),
        Route("GET", "/api/auth.test", "test", "", "auth.test"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._threads: set[tuple[str, str]] = set()

    @staticmethod
    def _body(request: Request) -> dict[str, Any]:
        if "form-urlencoded" in request.headers.get("content-type", ""):
            return {name: values[0] for name, values in parse_qs(request.text).items()}
        return request.object()

    def describe(self, request: Request) -> Description:
        """Channel, thread and the first words."""
        found = super().describe(request)
        body = self._body(request)
        if not body:
            return found
        thread = " (in thread)" if body.get("thread_ts") else ""
        line = f"{found.text} {body.get('channel', '')}{thread} {shown(body)}"
        return found._replace(text=" ".join(line.split()))

    def webhook(self, request: Request, hook: str) -> Answer:
        """200 `ok`, or a status with a text code."""
        if not self.setting(hook)["exists"]:
            return text_answer("no_service", 404)
        body = request.json()
        if not isinstance(body, dict):
            return text_answer("invalid_payload", 400)
        if not (body.get("text") or body.get("blocks") or body.get("attachments")):
            return text_answer("no_text", 400)
        if not blocks_fit(body.get("blocks")):
            return text_answer("invalid_blocks", 400)
        return text_answer("ok")

    @staticmethod
    def _failed(error: str) -> Answer:
        return json_answer({"ok": False, "error": error}, accepted=False)

    def _refusal(self, request: Request, body: Mapping[str, Any]) -> str:
        channel = str(body.get("channel") or "")
        profile = self.setting(channel)
        refusals = {
            "invalid_post_type": not any(kind in request.headers.get("content-type", "") for kind in ("json", "form")),
            "not_authed": not request.bearer(),
            "invalid_auth": not request.bearer().startswith("xox"),
            "channel_not_found": not channel or not profile["exists"],
            "is_archived": profile["archived"],
            "no_text": not (body.get("text") or body.get("blocks") or body.get("attachments")),
            "msg_too_long": len(str(body.get("text", ""))) > TEXT,
            "invalid_blocks": not blocks_fit(body.get("blocks")),
        }
        return next((error for error, applies in refusals.items() if applies), "")

    def post(self, request: Request) -> Answer:
        """`ok` with the message's ts, or `ok: false` with an error."""
        body = self._body(request)
        refusal = self._refusal(request, body)
        if refusal:
            return self._failed(refusal)
        channel, thread = str(body["channel"]), body.get("thread_ts")
        known = thread is None or (channel, thread) in self._threads
        problems = () if known else (f"thread_ts {thread} is no message of channel {channel}",)
        number = len(self._threads) + 1
        ts = f"{int(request.time)}.{number:06d}"
        self._threads.add((channel, ts))
        message = {"type": "message", "text": body.get("text", ""), "ts": ts}
        data = {"ok": True, "channel": channel, "ts": ts, "message": message}
        return json_answer(data, problems=problems)

    def test(self, request: Request) -> Answer:
        """Whose token it is."""
        if not request.bearer().startswith("xox"):
            return self._failed("invalid_auth" if request.bearer() else "not_authed")
        if error := self.setting(request.bearer())["error"]:
            return self._failed(error)
        return json_answer({"ok": True, "team": "Acme", "user": "vela", "team_id": "T1", "user_id": "U1"})
