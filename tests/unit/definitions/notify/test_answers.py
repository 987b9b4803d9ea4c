"""What notify makes of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest


def meant(found: Mapping[str, Any], name: str) -> list[tuple[str, str, int]]:
    """What was made of a case's answers."""
    assert found[name]["troubles"] == []
    return [(said["is"], said["says"], said["after"]) for said in found[name]["answers"]]


READ: dict[str, list[tuple[str, str, int]]] = {
    "slack api": [
        ("done", "", 0),
        ("refused", "Slack answered 200: channel_not_found", 0),
        ("again", "Slack answered 200: internal_error", 0),
        ("again", "Slack answered 429: ratelimited", 30),
        ("refused", "Slack answered 200, but not that the message was taken", 0),
        ("refused", "Slack answered 200, but not that the message was taken", 0),
        ("refused", "Slack answered 200: invalid_auth ***", 0),
    ],
    "discord": [
        ("done", "", 0),
        ("again", "Discord answered 429: You are being rate limited.", 3),
        ("refused", "Discord answered 404: Unknown Webhook (code 10015)", 0),
        ("again", "Discord answered 502", 0),
        ("done", "", 0),
    ],
    "googleChat": [("done", "", 0), ("refused", "Google Chat answered 403: PERMISSION_DENIED: no", 0)],
    "lark": [
        ("done", "", 0),
        ("refused", "Lark answered 200: code 19021: sign match fail", 0),
        ("again", "Lark answered 200: code 11232: frequency limited", 0),
        ("refused", "Lark answered 200, but not that the message was taken", 0),
    ],
    "dingding": [
        ("done", "", 0),
        ("refused", "DingTalk answered 200: errcode 310000: keywords not in content", 0),
        ("again", "DingTalk answered 200: errcode 130101: send too fast", 600),
        ("again", "DingTalk answered 200: errcode -1: system busy", 0),
    ],
    "telegram": [
        ("done", "", 0),
        ("again", "Telegram answered 429: Too Many Requests", 14),
        ("refused", "Telegram answered 400: Bad Request: chat not found", 0),
    ],
    "mattermost": [
        ("done", "", 0),
        ("refused", "Mattermost answered 400: Invalid webhook.", 0),
        ("again", "Mattermost answered 500", 0),
    ],
    "pagerduty change": [
        ("done", "", 0),
        ("refused", "PagerDuty answered 400: Event object is invalid: 'routing_key' is invalid", 0),
        ("again", "PagerDuty answered 429", 0),
    ],
    "slack": [
        ("refused", "Slack answered 200, but not that the message was taken", 0),
        ("refused", "Slack answered 404: nothing at *** here", 0),
    ],
    "slack once at most": [
        (
            "refused",
            "Slack answered 200: fatal_error; it may have arrived or not, and with delivery: atMostOnce it is not "
            "sent again",
            0,
        ),
        ("again", "Slack answered 200: ratelimited", 0),
    ],
    "grafana": [
        ("done", "", 0),
        ("refused", "Grafana answered 401: Unauthorized", 0),
        ("refused", "Grafana answered 200, but not that the message was taken", 0),
    ],
    "datadog": [("done", "", 0), ("refused", "Datadog answered 403: Forbidden", 0)],
    "webhook": [
        ("done", "", 0),
        ("again", "webhook answered 503: busy", 30),
        ("refused", "webhook answered 422: no such thing ***", 0),
        ("refused", "webhook answered 301", 0),
    ],
}


@pytest.mark.parametrize("name", READ)
def test_an_answer_is_looked_at(found: Mapping[str, Any], name: str) -> None:
    assert meant(found, name) == READ[name]


def test_what_a_service_says_of_the_message_is_learnt(found: Mapping[str, Any]) -> None:
    learnt = {name: found[name]["answers"][0]["learnt"] for name in READ}
    assert learnt["slack api"] == {"ts": "17.5", "channel": "C1", "thread": "17.5"}
    assert found["slack thread"]["answers"][0]["learnt"] == {"ts": "18.1", "channel": "C1", "thread": "17.5"}
    assert learnt["discord"] == {"id": "77"}
    assert learnt["googleChat"] == {"message": "spaces/AAA/messages/1", "thread": "spaces/AAA/threads/2"}
    assert (learnt["telegram"], learnt["grafana"], learnt["datadog"]) == (
        {"id": "5"},
        {"id": "12"},
        {"id": "123456789012"},
    )
    assert found["discord"]["answers"][4]["learnt"] == {}
