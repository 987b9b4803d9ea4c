"""The services would take what notify sends: their stand-ins say so, and long texts are cut to their limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.unit.definitions.notify.cases import CASES
from tests.unit.definitions.notify.pure import NOW, sent
from vela_steps.receiver.model import Request
from vela_steps.receiver.vendors.datadog import Datadog
from vela_steps.receiver.vendors.dingtalk import DingTalk
from vela_steps.receiver.vendors.discord import Discord
from vela_steps.receiver.vendors.google_chat import GoogleChat
from vela_steps.receiver.vendors.grafana import Grafana
from vela_steps.receiver.vendors.lark import Lark
from vela_steps.receiver.vendors.mattermost import Mattermost
from vela_steps.receiver.vendors.pagerduty import PagerDuty
from vela_steps.receiver.vendors.slack import Slack
from vela_steps.receiver.vendors.teams import Teams
from vela_steps.receiver.vendors.telegram import Telegram

STAND_INS = {
    "slack": Slack,
    "teams": Teams,
    "discord": Discord,
    "googleChat": GoogleChat,
    "lark": Lark,
    "dingding": DingTalk,
    "telegram": Telegram,
    "mattermost": Mattermost,
    "pagerduty": PagerDuty,
    "grafana": Grafana,
    "datadog": Datadog,
}


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith(("webhook", "email", "everything"))])
def test_the_service_would_take_it(found: Mapping[str, Any], name: str) -> None:
    request = sent(found, name)
    url = urlsplit(request["url"])
    stand_in = STAND_INS[name.split()[0] if not name.startswith("run") else "slack"]()
    said = stand_in.answer(
        Request(
            time=NOW,
            method="POST",
            scheme="https",
            host=url.hostname or "",
            path=url.path,
            query=url.query,
            headers={key.lower(): value for key, value in request["header"].items()},
            body=request["body"].encode(),
        )
    )
    # The stand-in knows the thread only from an earlier message.
    assert [problem for problem in said.problems if "thread_ts" not in problem] == []
    assert said.taken, said.body


@pytest.mark.parametrize(
    ("name", "path", "most"),
    [
        ("slack long", "text", 4000),
        ("discord long", "content", 2000),
        ("telegram long", "text", 4096),
        ("mattermost long", "text", 8000),
        ("datadog long", "text", 4000),
    ],
)
def test_a_long_text_is_cut_with_a_mark(found: Mapping[str, Any], name: str, path: str, most: int) -> None:
    text = sent(found, name)["json"][path]
    assert len(text) == most
    assert text.endswith("ä…")


@pytest.mark.parametrize(
    ("name", "path", "most"),
    [
        ("googleChat long", ["text"], 32_000),
        ("lark long", ["content", "text"], 20_480),
        ("dingding long", ["text", "content"], 20_000),
        ("teams long", [], 28_000),
    ],
)
def test_a_text_is_cut_by_bytes_where_the_service_counts_them(
    found: Mapping[str, Any], name: str, path: list[str], most: int
) -> None:
    request = sent(found, name)
    assert len(request["body"].encode()) < most
    text = request["json"]
    for field in path:
        text = text[field]
    assert "ä…" in (text if path else request["body"])
