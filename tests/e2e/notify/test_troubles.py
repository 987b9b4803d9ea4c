"""What goes wrong: errors of each service, limits, broken connections; none keeps the others from being told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.installed import KEPT, SEEN, assert_nowhere
from tests.e2e.notify.fleet import Fleet, Row, telling

pytestmark = pytest.mark.e2e

CUT_AFTER = {"close": "after", "times": 1}
CUT_BEFORE = {"close": "before", "times": 1}


def answers(status: int, body: Any, times: int | None = None, **headers: str) -> dict[str, Any]:
    """A fault: this answer instead of the service's."""
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"status": status, "body": text, "times": times, "headers": named}


def refused(name: str, kind: str, message: str, *faults: Mapping[str, Any], **more: Any) -> Row:
    """A service that says no, once and for all."""
    whole = rf"{message} \(nothing was sent\)$"
    return telling(name, (kind,), phase="failed", message=whole, faults=faults, **{"count": 1, "taken": 0, **more})


def again(name: str, kind: str, *faults: Mapping[str, Any], count: int = 2, **more: Any) -> Row:
    """A service that takes it in the end."""
    return telling(name, (kind,), faults=faults, **{"count": count, "taken": 1, "message": "^sent to ", **more})


def several(name: str, kinds: tuple[str, ...], *refusing: str, message: str = "", **more: Any) -> Row:
    """Some services, of which the stand-ins of these say no."""
    settings = tuple((kind, "{id}", {"exists": False}) for kind in refusing)
    counted = {"count": len(kinds), "taken": len(kinds) - len(refusing)}
    return telling(name, kinds, message=message, settings=settings, **{**counted, **more})


REFUSED = (
    refused("slack-no-service", "slack", "^Slack answered 404: no_service", answers(404, "no_service")),
    refused(
        "slack-no-channel",
        "slack-api",
        "^Slack answered 200: channel_not_found",
        settings=(("slack", "C-{id}", {"exists": False}),),
    ),
    refused(
        "slack-bad-blocks",
        "slack-api",
        r"^Slack answered 200: invalid_blocks: \[ERROR\] no more than 50 items allowed",
        answers(
            200,
            {
                "ok": False,
                "error": "invalid_blocks",
                "response_metadata": {"messages": ["[ERROR] no more than 50 items allowed"]},
            },
        ),
        count=1,
    ),
    refused(
        "teams-401",
        "teams",
        "^Teams answered 401: DirectApiAuthorizationRequired no",
        answers(401, {"error": {"code": "DirectApiAuthorizationRequired", "message": "no"}}),
    ),
    refused(
        "discord-404",
        "discord",
        r"^Discord answered 404: Unknown Webhook \(code 10015\)",
        settings=(("discord", "{id}", {"exists": False}),),
    ),
    refused(
        "google-chat-403",
        "googleChat",
        "^Google Chat answered 403: PERMISSION_DENIED: no",
        answers(403, {"error": {"status": "PERMISSION_DENIED", "message": "no"}}),
    ),
    refused(
        "lark-another-secret",
        "lark",
        "^Lark answered 200: code 19021: sign match fail or timestamp is not within one hour from current time",
        settings=(("lark", "{id}", {"secret": "another"}),),
    ),
    refused(
        "dingtalk-another-secret",
        "dingding",
        "^DingTalk answered 200: errcode 310000: sign not match",
        settings=(("dingtalk", "{id}", {"secret": "another"}),),
    ),
    refused(
        "telegram-400",
        "telegram",
        "^Telegram answered 400: Bad Request: chat not found",
        answers(400, {"ok": False, "description": "Bad Request: chat not found"}),
    ),
    refused(
        "mattermost-400",
        "mattermost",
        r"^Mattermost answered 400: Invalid webhook\.",
        settings=(("mattermost", "{id}", {"exists": False}),),
    ),
    refused(
        "pagerduty-400",
        "pagerduty",
        "^PagerDuty answered 400: Event object is invalid: 'routing_key' is invalid",
        settings=(("pagerduty", "rk-{key}", {"exists": False}),),
    ),
    refused("grafana-401", "grafana", "^Grafana answered 401: Unauthorized", answers(401, {"message": "Unauthorized"})),
    refused("datadog-403", "datadog", "^Datadog answered 403: Forbidden", answers(403, {"errors": ["Forbidden"]})),
    refused(
        "webhook-that-repeats-the-token",
        "webhook",
        r"^webhook answered 422: no such tok \*\*\*",
        answers(422, "no\nsuch\ttok tok-{key}"),
    ),
    refused("webhook-html", "webhook", "^webhook answered 400", answers(400, "<html>no</html>")),
    refused(
        "email-refused",
        "email",
        r"^the e-mail was not taken by 127\.0\.0\.1: .*550 .no such mailbox.",
        answers(550, "no such mailbox"),
    ),
    # Nobody knows what that means, so it is told and not repeated.
    refused("slack-empty", "slack-api", "^Slack answered 200, but not that the message was taken", answers(200, "")),
    refused("lark-empty", "lark", "^Lark answered 200, but not that the message was taken", answers(200, "")),
)
AGAIN = (
    again("slack-429", "slack-api", answers(429, {"ok": False, "error": "ratelimited"}, 2, retry_after="1"), count=3),
    again("slack-internal", "slack-api", answers(200, {"ok": False, "error": "internal_error"}, 1)),
    again("discord-429", "discord", answers(429, {"message": "slow", "retry_after": 1.3}, 1, retry_after="2")),
    again(
        "telegram-429",
        "telegram",
        answers(429, {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 1}}, 1),
    ),
    again("lark-too-many", "lark", answers(200, {"code": 11232, "msg": "frequency limited"}, 1)),
    again("dingtalk-busy", "dingding", answers(200, {"errcode": -1, "errmsg": "system busy"}, 1)),
    again("pagerduty-500", "pagerduty", answers(500, "", 1)),
    again("teams-502", "teams", answers(502, "<html>bad gateway</html>", 1)),
    again("mattermost-408", "mattermost", answers(408, "", 1)),
    again("datadog-429-without-a-word", "datadog", answers(429, "", 1)),
    again("google-chat-429", "googleChat", answers(429, {"error": {"status": "RESOURCE_EXHAUSTED"}}, 1)),
    again("email-later", "email", answers(451, "greylisted", 1)),
    again("slow", "grafana", {"delay": 4, "times": 1}, count=1),
    again("slower-than-its-timeout", "webhook", {"delay": 6, "times": 1}, properties={"timeout": "2s"}, taken=2),
    again("cut-before", "slack", CUT_BEFORE, count=1),
    again("cut-after", "slack", CUT_AFTER, taken=2),
    again("cut-after-alert", "pagerduty", CUT_AFTER, properties={"pagerduty": {"event": "trigger"}}, taken=2),
    telling(
        "cut-after-at-most-once",
        ("slack",),
        {"delivery": "atMostOnce"},
        phase="failed",
        message=r"^the message to Slack: the connection broke off before an answer came, so it may have arrived or "
        r"not; with delivery: atMostOnce it is not sent again \(nothing was sent\)$",
        count=1,
        taken=1,
        faults=(CUT_AFTER,),
    ),
    again("email-cut-after", "email", CUT_AFTER, taken=2),
    telling(
        "email-cut-after-at-most-once",
        ("email",),
        {"delivery": "atMostOnce"},
        phase="failed",
        message=r"^the e-mail: the connection to 127\.0\.0\.1 broke off \(.+\), so it may have arrived or not; with "
        r"delivery: atMostOnce it is not sent again \(nothing was sent\)$",
        count=1,
        taken=1,
        faults=(CUT_AFTER,),
    ),
    telling(
        "retries-that-run-out",
        ("discord",),
        {"retries": 1},
        phase="failed",
        message=r"^Discord answered 503: busy; sent 2 times \(nothing was sent\)$",
        count=2,
        taken=0,
        faults=(answers(503, {"message": "busy"}),),
    ),
)
SEVERAL = (
    several(
        "one-of-several-fails",
        ("slack", "discord", "mattermost", "webhook"),
        "discord",
        phase="failed",
        message=r"^Discord answered 404: Unknown Webhook \(code 10015\) \(sent to Slack, Mattermost, webhook\)$",
    ),
    several(
        "one-fails-and-the-workflow-goes-on",
        ("slack", "mattermost"),
        "mattermost",
        properties={"onFailure": "continue"},
        message=r"^Failed, and the workflow goes on: Mattermost answered 400: Invalid webhook\. \(sent to Slack\)$",
    ),
    several(
        "one-that-is-busy-holds-nobody-up",
        ("slack", "discord", "mattermost", "webhook"),
        message="^sent to Slack, Discord, Mattermost, webhook$",
        faults=({**answers(503, "", 2), "on": {"host": "hooks.slack.com"}},),
        count=6,
    ),
    several(
        "one-is-cut-and-the-others-are-told-once",
        ("slack", "discord", "webhook"),
        faults=({**CUT_AFTER, "on": {"host": "discord.com"}},),
        count=4,
        taken=4,
    ),
)
ROWS = REFUSED + AGAIN + SEVERAL


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_it_ends_as_it_should_and_says_why(fleet: Fleet, row: Row) -> None:
    fleet.checked(row.name)
    requests = fleet.requests(row.name)
    seen = "\n".join(str(record) for record in requests)
    assert len(requests) == row.count, seen
    assert len([record for record in requests if record.accepted]) == row.taken, seen


def test_a_service_that_was_told_is_not_told_again_for_another_ones_sake(fleet: Fleet) -> None:
    for name, times in (
        ("one-of-several-fails", {"slack": 1, "discord": 1, "mattermost": 1, "generic": 1}),
        ("one-that-is-busy-holds-nobody-up", {"slack": 3, "discord": 1, "mattermost": 1, "generic": 1}),
        ("one-is-cut-and-the-others-are-told-once", {"slack": 1, "discord": 2, "generic": 1}),
    ):
        fleet.ended(name)
        vendors = [record.vendor for record in fleet.requests(name)]
        assert {vendor: vendors.count(vendor) for vendor in vendors} == times, name
    busy = [record.vendor for record in fleet.requests("one-that-is-busy-holds-nobody-up")]
    assert busy.index("generic") < len(busy) - 1 - busy[::-1].index("slack"), "Slack's later tries came last"


def test_a_repeated_message_carries_the_same_id(fleet: Fleet) -> None:
    """So a receiver that looks at it takes the second for the first; its signature is a new one."""
    fleet.ended("slower-than-its-timeout")
    first, second = fleet.requests("slower-than-its-timeout")
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert (first.status, second.status) == (200, 200)


def test_nothing_that_was_stored_holds_a_credential(fleet: Fleet) -> None:
    """The controller's log holds those of calls that broke off; it must hold no other."""
    fleet.all_ended()
    kept, seen = [KEPT + own for own in fleet.own.values()], [SEEN + own for own in fleet.own.values()]
    assert_nowhere(fleet.cluster, *kept, *seen, logged_never=kept)
