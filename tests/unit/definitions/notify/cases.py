"""What notify is evaluated with: a service or several, their credentials, and answers to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.definitions.notify.pure import Case, answer

DETAILS = "Revision shop-v3\n• acme/web:1.2\nGit revision 4f2d9c1\n(step tell)"
TEXT = "Deployed shop in prod\n" + DETAILS
LONG = "ä" * 50_000
SLACK = "https://hooks.slack.com/services/T0/B0/hidden"
GCHAT = "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k-hidden&token=t-hidden"
TEAMS = "https://prod-1.westeurope.logic.azure.com/workflows/abc/triggers/manual/paths/invoke?api-version=1&sig=hidden"
DISCORD = "https://discord.com/api/webhooks/123/hidden"
LARK = "https://open.larksuite.com/open-apis/bot/v2/hook/hidden-1"
DING = "https://oapi.dingtalk.com/robot/send?access_token=hidden-2"
MATTERMOST = "https://chat.acme.example/hooks/hidden3"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def kept(name: str = "hidden") -> dict[str, Any]:
    """A value in a Secret."""
    return {"secretRef": {"name": name, "key": "key"}}


def one(kind: str, fields: Mapping[str, Any], secrets: Mapping[str, str] | None = None, **more: Any) -> Case:
    """A case with one service."""
    named = {f"{kind}.{name}": value for name, value in (secrets or {}).items()}
    given = more.pop("parameter", {})
    return Case({**given, kind: {**{name: kept() for name in secrets or {}}, **fields}}, secrets=named, **more)


CASES: dict[str, Case] = {
    "slack": one(
        "slack",
        {},
        {"url": SLACK},
        answers=[
            answer("slack", 200, "<!DOCTYPE html><p>log in"),
            answer("slack", 404, "nothing at /services/T0/B0/hidden here"),
        ],
    ),
    "slack once at most": one(
        "slack",
        {"channel": "#ops"},
        {"token": "xoxb-hidden"},
        parameter={"delivery": "atMostOnce"},
        answers=[
            answer("slack", 200, {"ok": False, "error": "fatal_error"}),
            answer("slack", 200, {"ok": False, "error": "ratelimited"}),
        ],
    ),
    "slack in a thread of its own": one(
        "slack", {"channel": "C1", "message": {"text": "x", "thread_ts": "99.9"}}, {"token": "xoxb-h"}, thread="17.5"
    ),
    "slack long": one("slack", {}, {"url": SLACK}, parameter={"message": LONG}),
    "slack of notification": one("slack", {"message": {"text": "{{.app}}", "mrkdwn": True}}, {"url": SLACK}),
    "slack blocks": one(
        "slack",
        {"message": {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": '{{.app}} "{{.step}}"'}}]}},
        {"url": SLACK},
    ),
    "slack api": one(
        "slack",
        {"channel": "#ops"},
        {"token": "xoxb-hidden"},
        answers=[
            answer("slack", 200, {"ok": True, "ts": "17.5", "channel": "C1"}),
            answer("slack", 200, {"ok": False, "error": "channel_not_found"}),
            answer("slack", 200, {"ok": False, "error": "internal_error"}),
            answer("slack", 429, {"ok": False, "error": "ratelimited"}, retry_after="30"),
            answer("slack", 200, ""),
            answer("slack", 200, "[]"),
            answer("slack", 200, {"ok": False, "error": "invalid_auth xoxb-hidden"}),
        ],
    ),
    "slack thread": one(
        "slack",
        {"channel": "C1", "broadcast": True},
        {"token": "xoxb-hidden"},
        thread="17.5",
        answers=[answer("slack", 200, {"ok": True, "ts": "18.1", "channel": "C1"})],
    ),
    "slack target": Case(
        {"slack": {"target": "acme-slack"}},
        targets={
            "slack": {
                "service": "slack",
                "token": "xoxb-hidden",
                "channel": "C9",
                "apiURL": "https://slack-gov.com/api",
            }
        },
    ),
    "teams": one("teams", {}, {"url": TEAMS}, parameter={"link": "https://acme.example/{{.app}}", "level": "warning"}),
    "teams long": one("teams", {"message": LONG}, {"url": TEAMS}),
    "teams lines": one("teams", {"message": 'a"\n' * 5000}, {"url": TEAMS}),
    "teams card": one(
        "teams",
        {
            "message": {
                "type": "AdaptiveCard",
                "version": "1.5",
                "body": [{"type": "TextBlock", "text": "{{.revision}}"}],
            }
        },
        {"url": TEAMS},
    ),
    "teams whole": one(
        "teams",
        {
            "message": {
                "type": "message",
                "attachments": [
                    {
                        "contentType": "application/vnd.microsoft.card.adaptive",
                        "content": {"type": "AdaptiveCard", "version": "1.4"},
                    }
                ],
            }
        },
        {"url": TEAMS},
    ),
    "discord": one(
        "discord",
        {"thread": "9 9", "username": "ship"},
        {"url": DISCORD},
        answers=[
            answer("discord", 200, {"id": "77"}),
            answer("discord", 429, {"message": "You are being rate limited.", "retry_after": 2.31}, retry_after="3"),
            answer("discord", 404, {"message": "Unknown Webhook", "code": 10015}),
            answer("discord", 502, "<html>bad gateway</html>"),
            answer("discord", 204, ""),
        ],
    ),
    "discord long": one("discord", {}, {"url": DISCORD}, parameter={"message": LONG}),
    "discord object": one(
        "discord", {"message": {"embeds": [{"title": "{{.title}}"}]}}, {"url": DISCORD + "?thread_id=4"}
    ),
    "googleChat": one(
        "googleChat",
        {},
        {"url": GCHAT},
        answers=[
            answer("googleChat", 200, {"name": "spaces/AAA/messages/1", "thread": {"name": "spaces/AAA/threads/2"}}),
            answer("googleChat", 403, {"error": {"status": "PERMISSION_DENIED", "message": "no"}}),
        ],
    ),
    "googleChat long": one("googleChat", {"thread": False}, {"url": GCHAT}, parameter={"message": LONG}),
    "lark": one(
        "lark",
        {},
        {"url": LARK, "secret": "bot-hidden"},
        answers=[
            answer("lark", 200, {"code": 0, "msg": "success"}),
            answer("lark", 200, {"code": 19021, "msg": "sign match fail"}),
            answer("lark", 200, {"code": 11232, "msg": "frequency limited"}),
            answer("lark", 200, ""),
        ],
    ),
    "lark long": one("lark", {}, {"url": LARK}, parameter={"message": LONG}),
    "lark of notification": one(
        "lark", {"message": {"msg_type": "text", "content": '{"text":"{{.app}} in {{.namespace}}"}'}}, {"url": LARK}
    ),
    "lark card": one("lark", {"message": {"msg_type": "interactive", "card": {"elements": []}}}, {"url": LARK}),
    "dingding": one(
        "dingding",
        {},
        {"url": DING, "secret": "SEChidden"},
        answers=[
            answer("dingding", 200, {"errcode": 0, "errmsg": "ok"}),
            answer("dingding", 200, {"errcode": 310000, "errmsg": "keywords not in content"}),
            answer("dingding", 200, {"errcode": 130101, "errmsg": "send too fast"}),
            answer("dingding", 200, {"errcode": -1, "errmsg": "system busy"}),
        ],
    ),
    "dingding long": one("dingding", {}, {"url": DING}, parameter={"message": LONG}),
    "dingding of notification": one(
        "dingding",
        {"message": {"msgtype": "markdown", "markdown": {"title": "{{.app}}", "text": "# {{.app}}"}}},
        {"url": DING},
    ),
    "telegram": one(
        "telegram",
        {"chat": -100123, "topic": 7, "parseMode": "HTML", "silent": True},
        {"token": "42:hidden"},
        answers=[
            answer("telegram", 200, {"ok": True, "result": {"message_id": 5}}),
            answer(
                "telegram", 429, {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 14}}
            ),
            answer("telegram", 400, {"ok": False, "description": "Bad Request: chat not found"}),
        ],
    ),
    "telegram in a mode": one(
        "telegram", {"chat": 1, "parseMode": "MarkdownV2", "message": "*{{.app}}*"}, {"token": "42:hidden"}
    ),
    "telegram by target": Case(
        {"telegram": {"target": "t", "message": {"chat_id": 666, "text": "x"}}},
        targets={"telegram": {"service": "telegram", "token": "42:hidden", "chat": "@ops"}},
    ),
    "telegram long": one("telegram", {"chat": "@ops"}, {"token": "42:hidden"}, parameter={"message": LONG}),
    "telegram emoji": one("telegram", {"chat": 1}, {"token": "42:hidden"}, parameter={"message": "\N{ROCKET}" * 4000}),
    "mattermost": one(
        "mattermost",
        {"channel": "town", "username": "ship"},
        {"url": MATTERMOST},
        answers=[
            answer("mattermost", 200, "ok"),
            answer("mattermost", 400, {"message": "Invalid webhook."}),
            answer("mattermost", 500, ""),
        ],
    ),
    "mattermost long": one("mattermost", {}, {"url": MATTERMOST}, parameter={"message": LONG}),
    "pagerduty change": one(
        "pagerduty",
        {"details": {"ticket": "T-{{.revision}}"}},
        {"routingKey": "rk-hidden"},
        parameter={"link": "https://acme.example/run"},
        answers=[
            answer("pagerduty", 202, {"status": "success"}),
            answer("pagerduty", 400, {"message": "Event object is invalid", "errors": ["'routing_key' is invalid"]}),
            answer("pagerduty", 429, ""),
        ],
    ),
    "pagerduty trigger": one("pagerduty", {"event": "trigger"}, {"routingKey": "rk-hidden"}, failed=["apply-web"]),
    "pagerduty resolve": one("pagerduty", {"event": "resolve", "dedupKey": "shop"}, {"routingKey": "rk-hidden"}),
    "grafana": one(
        "grafana",
        {"url": {"value": "https://grafana.acme.example/g/"}, "dashboardUID": "d1", "panelId": 4},
        {"token": "glsa_hidden"},
        answers=[
            answer("grafana", 200, {"message": "Annotation added", "id": 12}),
            answer("grafana", 401, {"message": "Unauthorized"}),
            answer("grafana", 200, [{"id": 1}]),
        ],
    ),
    "datadog": one(
        "datadog",
        {"site": "datadoghq.eu"},
        {"apiKey": "dd-hidden"},
        answers=[
            answer("datadog", 202, {"status": "ok", "event": {"id": 123456789012}}),
            answer("datadog", 403, {"errors": ["Forbidden"]}),
        ],
    ),
    "datadog long": one("datadog", {"message": LONG}, {"apiKey": "dd-hidden"}),
    "webhook": one(
        "webhook",
        {},
        {"url": "https://in.acme.example/hook?a=1", "secret": WHSEC, "token": "tok-hidden"},
        answers=[
            answer("webhook", 204, ""),
            answer("webhook", 503, {"error": "busy"}, retry_after="Sun, 15 Jun 2025 15:07:10 GMT"),
            answer("webhook", 422, "no\nsuch\tthing tok-hidden"),
            answer("webhook", 301, ""),
        ],
    ),
    "webhook binary": one(
        "webhook",
        {"format": "binary", "method": "PUT", "type": "com.acme.shipped", "headers": {"X-Team": "web"}},
        {"url": "http://in.acme.example/"},
    ),
    "webhook of an Application by vela up": one(
        "webhook",
        {"format": "json"},
        {"url": "http://in.acme.example/"},
        owner={
            "metadata": {"name": "shop", "annotations": {"app.oam.dev/last-applied-configuration": "env", "a/b": "c"}}
        },
    ),
    "webhook json": one(
        "webhook", {"format": "json", "message": {"who": "{{.app}}", "n": 1}}, {"url": "http://in.acme.example/"}
    ),
    "email": Case(
        {
            "email": {
                "from": {"address": "ship@acme.example", "host": "mail", "password": kept()},
                "to": ["a@acme.example"],
            }
        },
        secrets={"email.from.password": "pw-hidden"},
    ),
    "email of notification": Case(
        {
            "email": {
                "from": {
                    "address": "s@acme.example",
                    "alias": "Ship",
                    "host": "mail",
                    "port": 25,
                    "password": {"value": "pw"},
                },
                "to": ["a@acme.example"],
                "content": {"subject": "{{.app}}", "body": "<b>{{.revision}}</b>"},
            }
        }
    ),
    "everything": Case(
        {
            "message": '<{{.app}}> & "{{.vars.n}}"',
            "title": "T",
            "vars": {"n": "1\\2"},
            **{kind: {"url": {"value": "https://x.acme.example"}} for kind in ("slack", "mattermost", "webhook")},
        }
    ),
    "run without application": one("slack", {}, {"url": SLACK}, owner={"metadata": {"name": "shop"}}),
}
