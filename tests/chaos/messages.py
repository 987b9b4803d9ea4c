"""Messages to several services in one step, each an effect of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.chaos.wanted import KEY, NONE, Effect, Maker, Recipe, Step

SECRETS: Mapping[str, Mapping[str, str]] = {
    "telegram": {"token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"},
    "mail": {"password": "secret"},
    "slack": {"token": "xoxb-0123456789"},
    "pagerduty": {"key": "0123456789abcdef0123456789abcdef"},
    "datadog": {"key": "0123456789abcdef"},
    "grafana": {"token": "glsa_0123456789"},
}
HOOKS = "hooks.acme.io"


def secret(name: str, key: str) -> dict[str, Any]:
    """A parameter that is a Secret's key."""
    return {"secretRef": {"name": name, "key": key}}


def service(kind: str, make: Maker, token: str) -> tuple[Mapping[str, Any], str, str]:
    """A service's parameters, with the token in what is sent; what the stand-in calls it, and its identity."""
    said = f"Deployed {{{{.app}}}} {token}"
    known: dict[str, tuple[Mapping[str, Any], str, str]] = {
        "slack": ({"url": {"value": f"https://hooks.slack.com/services/T0/B0/{token}"}}, "message", NONE),
        "slack API": ({"token": secret("slack", "token"), "channel": "C1", "message": said}, "message", NONE),
        "discord": ({"url": {"value": "https://discord.com/api/webhooks/1/x"}, "message": said}, "message", NONE),
        "telegram": ({"token": secret("telegram", "token"), "chat": "-100", "message": said}, "message", NONE),
        "pagerduty": (
            {"routingKey": secret("pagerduty", "key"), "event": "trigger", "dedupKey": token},
            "event",
            KEY,
        ),
        "datadog": ({"apiKey": secret("datadog", "key"), "message": said}, "event", NONE),
        "grafana": (
            {
                "url": {"value": "https://grafana.acme.io"},
                "token": secret("grafana", "token"),
                "message": said,
            },
            "annotation",
            NONE,
        ),
        "webhook": ({"url": {"value": f"https://{HOOKS}/{token}"}}, "webhook", KEY),
        "email": (
            {
                "from": {
                    "address": "vela@acme.io",
                    "host": "127.0.0.1",
                    "port": make.smtp,
                    "password": secret("mail", "password"),
                },
                "to": ["team@acme.io"],
                "content": {"subject": f"Deployed {token}", "body": token},
            },
            "message",
            NONE,
        ),
    }
    return known[kind]


def notify(make: Maker, delivery: str, *kinds: str) -> Step:
    """A step that tells these services."""
    properties: dict[str, Any] = {"delivery": delivery}
    effects = []
    for kind in kinds:
        token, name = make.token(), kind.partition(" ")[0]
        properties[name], effect, identity = service(kind, make, token)
        effects.append(Effect(token, f"notify: {kind}", effect, name, delivery, identity))
    return Step("notify", properties, tuple(effects), (("generic", HOOKS, {"status": 202}),))


def chat(make: Maker, delivery: str) -> Step:
    """Three chats and a webhook."""
    return notify(make, delivery, "slack", "discord", "telegram", "webhook")


def operations(make: Maker, delivery: str) -> Step:
    """What operators look at."""
    return notify(make, delivery, "pagerduty", "datadog", "grafana")


def threads(make: Maker, delivery: str) -> Step:
    """Slack's API, whose thread is kept."""
    return notify(make, delivery, "slack API")


def mail(make: Maker, delivery: str) -> Step:
    """E-mail, by KubeVela's own provider."""
    return notify(make, delivery, "email")


RECIPES: tuple[Recipe, ...] = (chat, operations, threads, mail)
