"""What notify sends to each service, and what it makes of the answers; the same with both versions of CUE."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.unit.definitions.notify_pure import NOW, Case, answer, evaluate
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
from vela_steps.sandbox.components import cache
from vela_steps.sandbox.components.recipes import GROUPS, RECIPES
from vela_steps.tools.cue import Cue

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
    "slack": one("slack", {}, {"url": SLACK}),
    "slack long": one("slack", {}, {"url": SLACK}, parameter={"message": LONG}),
    "slack of notification": one("slack", {"message": {"text": "{{.app}}", "mrkdwn": True}}, {"url": SLACK}),
    "slack blocks": one(
        "slack",
        {"message": {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "{{.app}} \"{{.step}}\""}}]}},
        {"url": SLACK},
    ),
    "slack api": one("slack", {"channel": "#ops"}, {"token": "xoxb-hidden"}, answers=[
        answer("slack", 200, {"ok": True, "ts": "17.5", "channel": "C1"}),
        answer("slack", 200, {"ok": False, "error": "channel_not_found"}),
        answer("slack", 200, {"ok": False, "error": "internal_error"}),
        answer("slack", 429, {"ok": False, "error": "ratelimited"}, retry_after="30"),
        answer("slack", 200, ""),
        answer("slack", 200, "[]"),
        answer("slack", 200, {"ok": False, "error": "invalid_auth xoxb-hidden"}),
    ]),
    "slack thread": one(
        "slack", {"channel": "C1", "broadcast": True}, {"token": "xoxb-hidden"}, thread="17.5",
        answers=[answer("slack", 200, {"ok": True, "ts": "18.1", "channel": "C1"})],
    ),
    "slack target": Case({"slack": {"target": "acme-slack"}}, targets={
        "slack": {"service": "slack", "token": "xoxb-hidden", "channel": "C9", "apiURL": "https://slack-gov.com/api"}
    }),
    "teams": one("teams", {}, {"url": TEAMS}, parameter={"link": "https://acme.example/{{.app}}", "level": "warning"}),
    "teams long": one("teams", {"message": LONG}, {"url": TEAMS}),
    "teams card": one("teams", {"message": {"type": "AdaptiveCard", "version": "1.5", "body": [
        {"type": "TextBlock", "text": "{{.revision}}"}]}}, {"url": TEAMS}),
    "teams whole": one("teams", {"message": {"type": "message", "attachments": [
        {"contentType": "application/vnd.microsoft.card.adaptive", "content": {"type": "AdaptiveCard", "version": "1.4"}}
    ]}}, {"url": TEAMS}),
    "discord": one("discord", {"thread": "9 9", "username": "ship"}, {"url": DISCORD}, answers=[
        answer("discord", 200, {"id": "77"}),
        answer("discord", 429, {"message": "You are being rate limited.", "retry_after": 2.31}, retry_after="3"),
        answer("discord", 404, {"message": "Unknown Webhook", "code": 10015}),
        answer("discord", 502, "<html>bad gateway</html>"),
        answer("discord", 204, ""),
    ]),
    "discord long": one("discord", {}, {"url": DISCORD}, parameter={"message": LONG}),
    "discord object": one("discord", {"message": {"embeds": [{"title": "{{.title}}"}]}}, {"url": DISCORD + "?thread_id=4"}),
    "googleChat": one("googleChat", {}, {"url": GCHAT}, answers=[
        answer("googleChat", 200, {"name": "spaces/AAA/messages/1", "thread": {"name": "spaces/AAA/threads/2"}}),
        answer("googleChat", 403, {"error": {"status": "PERMISSION_DENIED", "message": "no"}}),
    ]),
    "googleChat long": one("googleChat", {"thread": False}, {"url": GCHAT}, parameter={"message": LONG}),
    "lark": one("lark", {}, {"url": LARK, "secret": "bot-hidden"}, answers=[
        answer("lark", 200, {"code": 0, "msg": "success"}),
        answer("lark", 200, {"code": 19021, "msg": "sign match fail"}),
        answer("lark", 200, {"code": 11232, "msg": "frequency limited"}),
        answer("lark", 200, ""),
    ]),
    "lark long": one("lark", {}, {"url": LARK}, parameter={"message": LONG}),
    "lark of notification": one(
        "lark", {"message": {"msg_type": "text", "content": "{\"text\":\"{{.app}} in {{.namespace}}\"}"}}, {"url": LARK}),
    "lark card": one("lark", {"message": {"msg_type": "interactive", "card": {"elements": []}}}, {"url": LARK}),
    "dingding": one("dingding", {}, {"url": DING, "secret": "SEChidden"}, answers=[
        answer("dingding", 200, {"errcode": 0, "errmsg": "ok"}),
        answer("dingding", 200, {"errcode": 310000, "errmsg": "keywords not in content"}),
        answer("dingding", 200, {"errcode": 130101, "errmsg": "send too fast"}),
    ]),
    "dingding long": one("dingding", {}, {"url": DING}, parameter={"message": LONG}),
    "dingding of notification": one(
        "dingding", {"message": {"msgtype": "markdown", "markdown": {"title": "{{.app}}", "text": "# {{.app}}"}}},
        {"url": DING}),
    "telegram": one(
        "telegram", {"chat": -100123, "topic": 7, "parseMode": "HTML", "silent": True}, {"token": "42:hidden"}, answers=[
            answer("telegram", 200, {"ok": True, "result": {"message_id": 5}}),
            answer("telegram", 429, {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 14}}),
            answer("telegram", 400, {"ok": False, "description": "Bad Request: chat not found"}),
        ]),
    "telegram long": one("telegram", {"chat": "@ops"}, {"token": "42:hidden"}, parameter={"message": LONG}),
    "mattermost": one("mattermost", {"channel": "town", "username": "ship"}, {"url": MATTERMOST}, answers=[
        answer("mattermost", 200, "ok"),
        answer("mattermost", 400, {"message": "Invalid webhook."}),
        answer("mattermost", 500, ""),
    ]),
    "mattermost long": one("mattermost", {}, {"url": MATTERMOST}, parameter={"message": LONG}),
    "pagerduty change": one(
        "pagerduty", {"details": {"ticket": "T-{{.revision}}"}}, {"routingKey": "rk-hidden"},
        parameter={"link": "https://acme.example/run"},
        answers=[
            answer("pagerduty", 202, {"status": "success"}),
            answer("pagerduty", 400, {"message": "Event object is invalid", "errors": ["'routing_key' is invalid"]}),
            answer("pagerduty", 429, ""),
        ]),
    "pagerduty trigger": one("pagerduty", {"event": "trigger"}, {"routingKey": "rk-hidden"}, failed=["apply-web"]),
    "pagerduty resolve": one("pagerduty", {"event": "resolve", "dedupKey": "shop"}, {"routingKey": "rk-hidden"}),
    "grafana": one("grafana", {"url": {"value": "https://grafana.acme.example/g/"}, "dashboardUID": "d1", "panelId": 4},
                   {"token": "glsa_hidden"}, answers=[
        answer("grafana", 200, {"message": "Annotation added", "id": 12}), answer("grafana", 401, {"message": "Unauthorized"})]),
    "datadog": one("datadog", {"site": "datadoghq.eu"}, {"apiKey": "dd-hidden"}, answers=[
        answer("datadog", 202, {"status": "ok", "event": {"id": 123456789012}}),
        answer("datadog", 403, {"errors": ["Forbidden"]}),
    ]),
    "datadog long": one("datadog", {"message": LONG}, {"apiKey": "dd-hidden"}),
    "webhook": one("webhook", {}, {"url": "https://in.acme.example/hook?a=1", "secret": WHSEC, "token": "tok-hidden"}, answers=[
        answer("webhook", 204, ""),
        answer("webhook", 503, {"error": "busy"}, retry_after="Sun, 15 Jun 2025 15:07:10 GMT"),
        answer("webhook", 422, "no\nsuch\tthing tok-hidden"),
        answer("webhook", 301, ""),
    ]),
    "webhook binary": one(
        "webhook", {"format": "binary", "method": "PUT", "type": "com.acme.shipped", "headers": {"X-Team": "web"}},
        {"url": "http://in.acme.example/"}),
    "webhook json": one("webhook", {"format": "json", "message": {"who": "{{.app}}", "n": 1}}, {"url": "http://in.acme.example/"}),
    "email": Case({"email": {"from": {"address": "ship@acme.example", "host": "mail", "password": kept()},
                             "to": ["a@acme.example"]}}, secrets={"email.from.password": "pw-hidden"}),
    "email of notification": Case({"email": {
        "from": {"address": "s@acme.example", "alias": "Ship", "host": "mail", "port": 25, "password": {"value": "pw"}},
        "to": ["a@acme.example"], "content": {"subject": "{{.app}}", "body": "<b>{{.revision}}</b>"}}}),
    "everything": Case({"message": "<{{.app}}> & \"{{.vars.n}}\"", "title": "T", "vars": {"n": "1\\2"}, **{
        kind: {"url": {"value": "https://x.acme.example"}} for kind in ("slack", "mattermost", "webhook")}}),
    "run without application": one("slack", {}, {"url": SLACK}, owner={"metadata": {"name": "shop"}}),
}  # fmt: skip


# Parameters, and the sentence that says what is wrong with them.
WRONG: dict[str, tuple[Case, str]] = {
    name: (Case(parameter, alone=1), sentence)
    for name, parameter, sentence in [
        ("nothing", {}, "nothing to notify: write at least one of slack, teams, discord, googleChat, lark, dingding, "
         "telegram, mattermost, pagerduty, grafana, datadog, webhook, email"),
        ("level", {"level": "fatal", "teams": {"url": kept()}},
         'level is "fatal": write info, success, warning or error'),
        ("timeout", {"timeout": "soon", "teams": {"url": kept()}}, 'timeout is "soon": write a duration such as 30s'),
        ("no address", {"teams": {}}, "teams.url is missing: write {secretRef: {name: …, key: …}}, or name a target"),
        ("empty address", {"teams": {"url": {}}},
         "teams.url is empty: write {secretRef: {name: …, key: …}} or {value: …}"),
        ("two addresses", {"teams": {"url": {**kept(), "value": "https://x"}}},
         "teams.url has both value and secretRef: write one of them"),
        ("empty value", {"teams": {"url": {"value": ""}}},
         "teams.url.value is empty: write a value, or name a Secret by secretRef"),
        ("target and address", {"teams": {"url": kept(), "target": "acme"}},
         "teams.url is given, but target acme says where its credential is sent: leave teams.url out"),
        ("target and host", {"datadog": {"site": "datadoghq.eu", "target": "acme"}},
         "datadog.site is given, but target acme says where its credential is sent: leave datadog.site out"),
        ("slack without", {"slack": {"message": "x"}}, "slack needs url (an incoming webhook), or token and channel"),
        ("slack both", {"slack": {"url": kept(), "token": kept(), "channel": "c"}},
         "slack has both url and token: write url for an incoming webhook, or token and channel for the API"),
        ("slack channel", {"slack": {"token": kept()}},
         "slack.channel is missing: write the id or name of the channel that token may write to"),
        ("slack hook with channel", {"slack": {"url": kept(), "channel": "c"}},
         "slack.channel goes with token: an incoming webhook has its own channel"),
        ("telegram chat", {"telegram": {"token": kept()}},
         "telegram.chat is missing: write the id of the chat, or the @name of the channel"),
        ("pagerduty event", {"pagerduty": {"routingKey": kept(), "event": "page"}},
         'pagerduty.event is "page": write change, trigger, acknowledge or resolve'),
        ("webhook method", {"webhook": {"url": kept(), "method": "PATCH"}}, 'webhook.method is "PATCH": write POST or PUT'),
        ("webhook header", {"webhook": {"url": kept(), "token": kept(), "headers": {"authorization": "x"}}},
         "webhook has both token and headers.authorization: write one of them"),
        ("header name", {"webhook": {"url": kept(), "headers": {"X Team": "x"}}},
         'webhook.headers has "X Team", which is no name of a header'),
        ("email to nobody", {"email": {"from": {"address": "a@acme.example", "host": "mail"}, "to": []}},
         "email.to is empty: write at least one address"),
        ("email to no address", {"email": {"from": {"address": "a@acme.example", "host": "mail"}, "to": ["me"]}},
         'email.to has "me", which is no address'),
        ("email from nowhere", {"email": {"from": {"address": "a@acme.example"}, "to": ["b@acme.example"]}},
         "email.from.host is missing: write the sender's address and its SMTP server, or name a target"),
    ]
}  # fmt: skip
# The same of what was read, and of templates.
TROUBLE: dict[str, tuple[Case, str]] = {
    "no url": (one("teams", {}, {"url": "hooks.acme.example/x"}, alone=2),
               "teams.url is no address that can be called: it must begin with https:// (it is not shown, since it may be a secret)"),
    "no clean url": (one("teams", {}, {"url": "https://acme.example/%zz"}, alone=2),
                     "teams.url is no address that can be called: it must begin with https:// (it is not shown, since it may be a secret)"),
    "token of two lines": (one("slack", {"channel": "c"}, {"token": "xoxb-1\nxoxb-2"}, alone=2),
                           "slack.token holds a line break or another character that no header can carry"),
    "no secret": (one("webhook", {}, {"url": "https://acme.example", "secret": "whsec_%%"}, alone=2),
                  "webhook.secret is no base64: Standard Webhooks secrets are whsec_ and base64"),
    "target of another service": (Case({"teams": {"target": "t"}}, targets={"teams": {"service": "slack", "url": "https://x"}}, alone=2),
                                  "target t is for slack, not for teams: ask the platform team for one"),
    "target without": (Case({"teams": {"target": "t"}}, targets={"teams": {"service": "teams"}}, alone=2),
                       "target t has no url, which teams needs: ask the platform team"),
    "lark type": (one("lark", {"message": {"content": {"text": "x"}}}, {"url": LARK}, alone=2),
             "lark.message.msg_type is missing: write text, post or interactive"),
    "template": (one("teams", {"message": "{{.apps}}"}, {"url": TEAMS}, alone=2), '"{{.apps}}" is no Go template, or names what is not known: there are .'),
    "template of an object": (one("slack", {"message": {"blocks": [{"type": "{{if}}"}]}}, {"url": SLACK}, alone=2),
                              '"{{if}}" is no Go template, or names what is not known: there are .'),
    "template of tags": (one("grafana", {"url": {"value": "https://g.acme.example"}, "tags": ["{{.x}}"]}, {"token": "t"}, alone=2),
                         '"{{.x}}" is no Go template, or names what is not known: there are .'),
    "template of a letter": (Case({"email": {"from": {"address": "a@acme.example", "host": "m"}, "to": ["a@acme.example"],
                                             "content": {"subject": "{{.y}}"}}}, alone=2),
                             '"{{.y}}" is no Go template, or names what is not known: there are .'),
}  # fmt: skip
ALL = {**CASES, **{name: case for name, (case, _) in (WRONG | TROUBLE).items()}}
assert len(ALL) == len(CASES) + len(WRONG) + len(TROUBLE), "two cases of one name"


@pytest.fixture(scope="module", params=GROUPS["cue"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    component = cache.installed(RECIPES[request.param])
    if component is None:
        pytest.skip("CUE is not built: vela-steps sandbox build cue")
    return evaluate(ALL, Cue(component.binary("cue")), tmp_path_factory.mktemp("cue"))


def sent(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The one request of a case, with its body as JSON."""
    assert found[name]["problems"] == []
    assert found[name]["troubles"] == []
    (request,) = found[name]["requests"].values()
    return {**request, "json": json.loads(request["body"])}


def test_a_message_says_by_default_what_was_deployed_and_where_it_came_from(found: Mapping[str, Any]) -> None:
    assert sent(found, "slack")["json"] == {"text": TEXT}
    assert sent(found, "run without application")["json"] == {"text": "Deployed shop in prod\nRevision shop-v3\n(step tell)"}


def test_slack_gets_what_kubevelas_notification_takes_with_templates_filled(found: Mapping[str, Any]) -> None:
    assert sent(found, "slack of notification")["json"] == {"text": "shop", "mrkdwn": True}
    blocks = sent(found, "slack blocks")["json"]
    assert blocks["blocks"][0]["text"]["text"] == 'shop "tell"'
    assert blocks["text"] == TEXT


def test_slacks_api_gets_channel_token_and_the_thread_that_is_known(found: Mapping[str, Any]) -> None:
    first = sent(found, "slack api")
    assert first["url"] == "https://slack.com/api/chat.postMessage"
    assert first["header"]["Authorization"] == "Bearer xoxb-hidden"
    assert first["json"] == {"channel": "#ops", "text": TEXT}
    later = sent(found, "slack thread")["json"]
    assert (later["thread_ts"], later["reply_broadcast"]) == ("17.5", True)
    of_target = sent(found, "slack target")
    assert (of_target["url"], of_target["json"]["channel"]) == ("https://slack-gov.com/api/chat.postMessage", "C9")


def test_teams_gets_a_card_with_title_lines_and_a_button(found: Mapping[str, Any]) -> None:
    card = sent(found, "teams")["json"]["attachments"][0]["content"]
    assert [block["text"] for block in card["body"]] == [
        "Deployed shop in prod", *DETAILS.replace("(", "https://acme.example/shop\n(").split("\n")]  # fmt: skip
    assert card["body"][0]["color"] == "warning"
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open", "url": "https://acme.example/shop"}]
    own = sent(found, "teams card")["json"]["attachments"][0]["content"]
    assert own["body"][0]["text"] == "shop-v3"
    assert len(sent(found, "teams whole")["json"]["attachments"]) == 1


def test_discord_calls_nobody_and_keeps_the_query_of_its_address(found: Mapping[str, Any]) -> None:
    message = sent(found, "discord")
    assert message["url"] == DISCORD + "?wait=true&thread_id=9+9"
    assert message["json"] == {"content": TEXT, "username": "ship", "allowed_mentions": {"parse": []}}
    own = sent(found, "discord object")
    assert own["url"] == DISCORD + "?thread_id=4&wait=true"
    assert own["json"]["embeds"] == [{"title": "Deployed shop in prod"}]


def test_google_chat_gets_one_thread_for_app_and_revision(found: Mapping[str, Any]) -> None:
    assert sent(found, "googleChat")["json"] == {"text": TEXT, "thread": {"threadKey": "prod/shop/shop-v3"}}
    assert "thread" not in sent(found, "googleChat long")["json"]


def test_lark_gets_a_signature_and_content_as_an_object(found: Mapping[str, Any]) -> None:
    signed = sent(found, "lark")["json"]
    key = f"{NOW}\nbot-hidden".encode()
    expected = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert signed == {
        "timestamp": str(NOW), "sign": expected, "msg_type": "text", "content": {"text": TEXT}}  # fmt: skip
    assert sent(found, "lark of notification")["json"] == {"msg_type": "text", "content": {"text": "shop in prod"}}
    assert sent(found, "lark card")["json"] == {"msg_type": "interactive", "card": {"elements": []}}


def test_dingtalk_gets_its_signature_in_the_address(found: Mapping[str, Any]) -> None:
    message = sent(found, "dingding")
    query = dict(parse_qsl(urlsplit(message["url"]).query))
    data = f"{NOW}000\nSEChidden".encode()
    expected = base64.b64encode(hmac.new(b"SEChidden", data, hashlib.sha256).digest()).decode()
    assert query == {"access_token": "hidden-2", "timestamp": f"{NOW}000", "sign": expected}
    assert message["json"] == {"msgtype": "text", "text": {"content": TEXT}}
    own = sent(found, "dingding of notification")["json"]
    assert own == {"msgtype": "markdown", "markdown": {"title": "shop", "text": "# shop"}}


def test_telegram_gets_chat_topic_and_mode(found: Mapping[str, Any]) -> None:
    message = sent(found, "telegram")
    assert message["url"] == "https://api.telegram.org/bot42:hidden/sendMessage"
    assert message["json"] == {
        "chat_id": -100123, "message_thread_id": 7, "parse_mode": "HTML", "disable_notification": True, "text": TEXT
    }  # fmt: skip


def test_pagerduty_gets_changes_and_alerts(found: Mapping[str, Any]) -> None:
    change = sent(found, "pagerduty change")
    assert change["url"] == "https://events.pagerduty.com/v2/change/enqueue"
    assert change["json"]["payload"]["summary"] == "Deployed shop in prod"
    assert change["json"]["payload"]["custom_details"]["ticket"] == "T-shop-v3"
    assert change["json"]["links"] == [{"href": "https://acme.example/run", "text": "Open"}]
    alert = sent(found, "pagerduty trigger")["json"]
    assert (alert["event_action"], alert["dedup_key"]) == ("trigger", "prod/shop")
    assert (alert["payload"]["severity"], alert["payload"]["summary"]) == ("error", "Failed to deploy shop in prod")
    assert sent(found, "pagerduty resolve")["json"] == {
        "routing_key": "rk-hidden", "event_action": "resolve", "dedup_key": "shop"
    }  # fmt: skip


def test_grafana_and_datadog_get_tags(found: Mapping[str, Any]) -> None:
    note = sent(found, "grafana")
    assert note["url"] == "https://grafana.acme.example/g/api/annotations"
    assert note["header"]["Authorization"] == "Bearer glsa_hidden"
    tags = ["deploy", "app:shop", "namespace:prod"]
    assert note["json"] == {"text": TEXT, "tags": tags, "dashboardUID": "d1", "panelId": 4}
    event = sent(found, "datadog")
    assert (event["url"], event["header"]["DD-API-KEY"]) == ("https://api.datadoghq.eu/api/v1/events", "dd-hidden")
    assert event["json"]["tags"] == ["app:shop", "kube_namespace:prod", "version:shop-v3"]
    assert (event["json"]["title"], event["json"]["text"]) == ("Deployed shop in prod", DETAILS)


def test_a_webhook_gets_a_cloudevent_with_the_signature_of_standard_webhooks(found: Mapping[str, Any]) -> None:
    event = sent(found, "webhook")
    header, body = event["header"], event["json"]
    signed = f"id-of-webhook.{NOW}.{event['body']}".encode()
    key = base64.b64decode(WHSEC.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert header["webhook-signature"] == expected
    assert (header["webhook-id"], header["webhook-timestamp"]) == ("id-of-webhook", str(NOW))
    assert header["Content-Type"].startswith("application/cloudevents+json")
    assert header["Authorization"] == "Bearer tok-hidden"
    assert {name: body[name] for name in ("specversion", "id", "source", "type", "subject", "time")} == {
        "specversion": "1.0", "id": "id-of-webhook", "source": "/kubevela/prod/shop", "type": "dev.vela-steps.deployed",
        "subject": "shop-v3", "time": "2025-06-15T15:06:40Z",
    }  # fmt: skip
    assert body["data"]["images"] == ["acme/web:1.2"]
    assert body["data"]["message"] == TEXT


def test_a_webhook_can_be_binary_or_plain_json(found: Mapping[str, Any]) -> None:
    binary = sent(found, "webhook binary")
    assert (binary["header"]["ce-type"], binary["header"]["X-Team"]) == ("com.acme.shipped", "web")
    assert binary["json"]["message"] == TEXT
    assert "webhook-signature" not in binary["header"]
    assert sent(found, "webhook json")["json"] == {"who": "shop", "n": 1}


def test_an_email_is_html_and_escaped_unless_it_is_written_as_html(found: Mapping[str, Any]) -> None:
    letter = found["email"]["letter"]
    assert letter["subject"] == "Deployed shop in prod"
    assert letter["body"] == "<p>" + DETAILS.replace("\n", "<br>\n") + "</p>"
    sender = {"address": "ship@acme.example", "alias": "", "host": "mail", "port": 587, "password": "pw-hidden"}
    assert letter["from"] == sender
    own = found["email of notification"]["letter"]
    assert (own["subject"], own["body"], own["from"]["alias"]) == ("shop", "<b>shop-v3</b>", "Ship")


def test_several_services_get_the_same_message_whatever_is_in_it(found: Mapping[str, Any]) -> None:
    requests = found["everything"]["requests"]
    assert json.loads(requests["slack"]["body"])["text"] == '<shop> & "1\\2"'
    assert json.loads(requests["mattermost"]["body"])["text"] == '<shop> & "1\\2"'
    assert json.loads(requests["webhook"]["body"])["data"]["message"] == '<shop> & "1\\2"'


STAND_INS = {
    "slack": Slack, "teams": Teams, "discord": Discord, "googleChat": GoogleChat, "lark": Lark, "dingding": DingTalk,
    "telegram": Telegram, "mattermost": Mattermost, "pagerduty": PagerDuty, "grafana": Grafana, "datadog": Datadog,
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith(("webhook", "email", "everything"))])
def test_the_service_would_take_it(found: Mapping[str, Any], name: str) -> None:
    request = sent(found, name)
    url = urlsplit(request["url"])
    stand_in = STAND_INS[name.split()[0] if not name.startswith("run") else "slack"]()
    said = stand_in.answer(Request(
        time=NOW, method="POST", scheme="https", host=url.hostname or "", path=url.path, query=url.query,
        headers={key.lower(): value for key, value in request["header"].items()}, body=request["body"].encode(),
    ))  # fmt: skip
    # The stand-in knows the thread only from an earlier message.
    assert [problem for problem in said.problems if "thread_ts" not in problem] == []
    assert said.taken, said.body


@pytest.mark.parametrize(
    ("name", "path", "most"),
    [
        ("slack long", "text", 4000), ("discord long", "content", 2000), ("telegram long", "text", 4096),
        ("mattermost long", "text", 8000), ("datadog long", "text", 4000),
    ],
)  # fmt: skip
def test_a_long_text_is_cut_with_a_mark(found: Mapping[str, Any], name: str, path: str, most: int) -> None:
    text = sent(found, name)["json"][path]
    assert len(text) == most
    assert text.endswith("ä…")


@pytest.mark.parametrize(
    ("name", "path", "most"),
    [("googleChat long", ["text"], 32_000), ("lark long", ["content", "text"], 20_480),
     ("dingding long", ["text", "content"], 20_000), ("teams long", [], 28_000)],
)  # fmt: skip
def test_a_text_is_cut_by_bytes_where_the_service_counts_them(
    found: Mapping[str, Any], name: str, path: list[str], most: int
) -> None:
    request = sent(found, name)
    assert len(request["body"].encode()) < most
    text = request["json"]
    for field in path:
        text = text[field]
    assert "ä…" in (text if path else request["body"])


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
        ("again", "DingTalk answered 200: errcode 130101: send too fast", 0),
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
    "grafana": [("done", "", 0), ("refused", "Grafana answered 401: Unauthorized", 0)],
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
    assert (learnt["telegram"], learnt["grafana"], learnt["datadog"]) == ({"id": "5"}, {"id": "12"}, {"id": "123456789012"})
    assert found["discord"]["answers"][4]["learnt"] == {}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_parameter_is_named_with_what_to_write(found: Mapping[str, Any], name: str) -> None:
    assert WRONG[name][1] in found[name]["problems"]


@pytest.mark.parametrize("name", TROUBLE)
def test_what_was_read_is_checked_before_anything_is_sent(found: Mapping[str, Any], name: str) -> None:
    assert found[name]["requests"] == {}
    assert [said for said in found[name]["troubles"] if said.startswith(TROUBLE[name][1])]
