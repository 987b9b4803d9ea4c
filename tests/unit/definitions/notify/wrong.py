"""What notify must refuse, and the sentences that say why."""

from __future__ import annotations

from typing import Any

from tests.unit.definitions.notify.cases import LARK, SLACK, TEAMS, kept, one
from tests.unit.definitions.notify.pure import Case

NO_ADDRESS = (
    "teams.url is no address that can be called: it must begin with https:// "
    "(it is not shown, since it may be a secret)"
)
# Parameters, and the sentence that says what is wrong with them.
_WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "nothing",
        {},
        "nothing to notify: write at least one of slack, teams, discord, googleChat, lark, dingding, "
        "telegram, mattermost, pagerduty, grafana, datadog, webhook, email",
    ),
    (
        "level",
        {"level": "fatal", "teams": {"url": kept()}},
        'level is "fatal": write info, success, warning or error',
    ),
    ("timeout", {"timeout": "soon", "teams": {"url": kept()}}, 'timeout is "soon": write a duration such as 30s'),
    ("no address", {"teams": {}}, "teams.url is missing: write {secretRef: {name: …, key: …}}, or name a target"),
    (
        "empty address",
        {"teams": {"url": {}}},
        "teams.url is empty: write {secretRef: {name: …, key: …}} or {value: …}",
    ),
    (
        "two addresses",
        {"teams": {"url": {**kept(), "value": "https://x"}}},
        "teams.url has both value and secretRef: write one of them",
    ),
    (
        "empty value",
        {"teams": {"url": {"value": ""}}},
        "teams.url.value is empty: write a value, or name a Secret by secretRef",
    ),
    (
        "target and address",
        {"teams": {"url": kept(), "target": "acme"}},
        "teams.url is given, but target acme says where its credential is sent: leave teams.url out",
    ),
    (
        "target and host",
        {"datadog": {"site": "datadoghq.eu", "target": "acme"}},
        "datadog.site is given, but target acme says where its credential is sent: leave datadog.site out",
    ),
    ("slack without", {"slack": {"message": "x"}}, "slack needs url (an incoming webhook), or token and channel"),
    (
        "slack both",
        {"slack": {"url": kept(), "token": kept(), "channel": "c"}},
        "slack has both url and token: write url for an incoming webhook, or token and channel for the API",
    ),
    (
        "slack channel",
        {"slack": {"token": kept()}},
        "slack.channel is missing: write the id or name of the channel that token may write to",
    ),
    (
        "slack hook with channel",
        {"slack": {"url": kept(), "channel": "c"}},
        "slack.channel goes with token: an incoming webhook has its own channel",
    ),
    (
        "telegram chat",
        {"telegram": {"token": kept()}},
        "telegram.chat is missing: write the id of the chat, or the @name of the channel",
    ),
    (
        "pagerduty event",
        {"pagerduty": {"routingKey": kept(), "event": "page"}},
        'pagerduty.event is "page": write change, trigger, acknowledge or resolve',
    ),
    (
        "webhook method",
        {"webhook": {"url": kept(), "method": "PATCH"}},
        'webhook.method is "PATCH": write POST or PUT',
    ),
    (
        "webhook header",
        {"webhook": {"url": kept(), "token": kept(), "headers": {"authorization": "x"}}},
        "webhook has both token and headers.authorization: write one of them",
    ),
    (
        "header name",
        {"webhook": {"url": kept(), "headers": {"X Team": "x"}}},
        'webhook.headers has "X Team", which is no name of a header',
    ),
    (
        "header of the client",
        {"webhook": {"url": kept(), "headers": {"host": "x"}}},
        "webhook.headers has host, which the HTTP client sets itself: leave it out",
    ),
    (
        "type of two lines",
        {"webhook": {"url": kept(), "type": "com.acme.shipped\n"}},
        'webhook.type is "com.acme.shipped\n": write a type without spaces, such as com.acme.deployed',
    ),
    (
        "email to nobody",
        {"email": {"from": {"address": "a@acme.example", "host": "mail"}, "to": []}},
        "email.to is empty: write at least one address",
    ),
    (
        "email to no address",
        {"email": {"from": {"address": "a@acme.example", "host": "mail"}, "to": ["me"]}},
        'email.to has "me", which is no address',
    ),
    (
        "email from nowhere",
        {"email": {"from": {"address": "a@acme.example"}, "to": ["b@acme.example"]}},
        "email.from.host is missing: write the sender's address and its SMTP server, or name a target",
    ),
]
WRONG = {name: (Case(given, alone=1 if given else 3), sentence) for name, given, sentence in _WRONG}
# The same of what was read, and of templates.
TROUBLE: dict[str, tuple[Case, str]] = {
    "no url": (
        one("teams", {}, {"url": "hooks.acme.example/x"}, alone=2),
        NO_ADDRESS,
    ),
    "no clean url": (
        one("teams", {}, {"url": "https://acme.example/%zz"}, alone=2),
        NO_ADDRESS,
    ),
    "user that no address can hold": (
        one("teams", {}, {"url": "https://user:p^ss@acme.example/"}, alone=2),
        NO_ADDRESS,
    ),
    "header named like an address": (
        one("webhook", {"headers": {"X.url": "a\nb"}}, {"url": "https://acme.example"}, alone=2),
        "webhook.headers.X.url holds a line break or another character that no header can carry",
    ),
    "empty secret": (
        one("webhook", {}, {"url": "https://acme.example", "secret": "whsec_"}, alone=2),
        "webhook.secret is empty: Standard Webhooks secrets are whsec_ and base64",
    ),
    "slack target of a webhook with a channel": (
        Case(
            {"slack": {"target": "t", "channel": "#ops"}},
            targets={"slack": {"service": "slack", "url": "https://x.example/a"}},
            alone=2,
        ),
        "slack.channel is given, but target t is an incoming webhook",
    ),
    "name that is not known, passed on": (
        one("teams", {"message": '{{.apps | html}} {{printf "%s" .nmae}}'}, {"url": TEAMS}, alone=2),
        '"{{.apps | html}} {{printf "%s" .nmae}}" is no Go template, or names what is not known: there are .',
    ),
    "token of two lines": (
        one("slack", {"channel": "c"}, {"token": "xoxb-1\nxoxb-2"}, alone=2),
        "slack.token holds a line break or another character that no header can carry",
    ),
    "no secret": (
        one("webhook", {}, {"url": "https://acme.example", "secret": "whsec_%%"}, alone=2),
        "webhook.secret is no base64: Standard Webhooks secrets are whsec_ and base64",
    ),
    "target of another service": (
        Case({"teams": {"target": "t"}}, targets={"teams": {"service": "slack", "url": "https://x"}}, alone=2),
        "target t is for slack, not for teams: ask the platform team for one",
    ),
    "target without": (
        Case({"teams": {"target": "t"}}, targets={"teams": {"service": "teams"}}, alone=2),
        "target t has no url, which teams needs: ask the platform team",
    ),
    "target with an empty url": (
        Case({"lark": {"target": "t"}}, targets={"lark": {"service": "lark", "url": ""}}, alone=2),
        "target t has no url, which lark needs: ask the platform team",
    ),
    "slack target with an empty url": (
        Case({"slack": {"target": "t"}}, targets={"slack": {"service": "slack", "url": "", "token": ""}}, alone=2),
        "target t has neither url nor token, one of which slack needs: ask the platform team",
    ),
    "lark type": (
        one("lark", {"message": {"content": {"text": "x"}}}, {"url": LARK}, alone=2),
        "lark.message.msg_type is missing: write text, post or interactive",
    ),
    "template": (
        one("teams", {"message": "{{.apps}}"}, {"url": TEAMS}, alone=2),
        '"{{.apps}}" is no Go template, or names what is not known: there are .',
    ),
    "template of an object": (
        one("slack", {"message": {"blocks": [{"type": "{{if}}"}]}}, {"url": SLACK}, alone=2),
        '"{{if}}" is no Go template, or names what is not known: there are .',
    ),
    "template of tags": (
        one("grafana", {"url": {"value": "https://g.acme.example"}, "tags": ["{{.x}}"]}, {"token": "t"}, alone=2),
        '"{{.x}}" is no Go template, or names what is not known: there are .',
    ),
    "template of a letter": (
        Case(
            {
                "email": {
                    "from": {"address": "a@acme.example", "host": "m"},
                    "to": ["a@acme.example"],
                    "content": {"subject": "{{.y}}"},
                }
            },
            alone=2,
        ),
        '"{{.y}}" is no Go template, or names what is not known: there are .',
    ),
}
