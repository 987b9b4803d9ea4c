"""Each service: the request as it arrives, whole and right, and what the step says of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from email import message_from_string, policy
from typing import Any

import pytest

from tests.e2e.installed import KEPT, assert_nowhere
from tests.e2e.notify.fleet import DETAILS, SIGNED, TEXT, Fleet, Row, Sent, telling
from vela_steps.receiver.client import Record

pytestmark = pytest.mark.e2e

JSON = "application/json"
SLACK = "https://hooks.slack.com/services/T0/{id}/{key}"
TEAMS = "https://prod-1.westeurope.logic.azure.com/workflows/{id}/triggers/manual/paths/invoke?sig={key}&sv=1.0"
CHAT = "https://chat.googleapis.com/v1/spaces/{id}/messages?key=k1&token={key}"
CARD = "application/vnd.microsoft.card.adaptive"
FACTS = {
    "app": "{id}",
    "namespace": "{ns}",
    "revision": "{id}-v1",
    "step": "tell",
    "images": [],
    "image": "",
    "gitRevision": "",
    "failed": [],
    "labels": ...,
    "annotations": ...,
    "vars": {},
    "level": "success",
    "title": "Deployed {id} in {ns}",
    "link": "",
}
EVENT = {
    "specversion": "1.0",
    "id": ...,
    "source": "/kubevela/{ns}/{id}",
    "type": "dev.vela-steps.deployed",
    "subject": "{id}-v1",
    "time": ...,
}
PAGED = {name: FACTS[name] for name in FACTS if name in ("app", "namespace", "revision", "step", "images", "image")}


def line(text: str, **more: Any) -> dict[str, Any]:
    """A line of a Teams card."""
    return {"type": "TextBlock", "text": text, "wrap": True, **(more or {"spacing": "Small"})}


def card(*lines: Mapping[str, Any]) -> dict[str, Any]:
    """A message to Teams with a card of these lines."""
    schema = "http://adaptivecards.io/schemas/adaptive-card.json"
    content: dict[str, Any] = {
        "$schema": schema,
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
    }
    content |= {"body": list(lines), "actions": []}
    return {"type": "message", "attachments": [{"contentType": CARD, "contentUrl": None, "content": content}]}


TITLE = line("Deployed {id} in {ns}", weight="Bolder", size="Medium", color="good")
ROWS = (
    telling(
        "slack", ("slack",), message="^sent to Slack$", sent=(Sent(SLACK, {"text": TEXT}, {"content-type": JSON}),)
    ),
    telling(
        "slack-api",
        ("slack-api",),
        sent=(
            Sent(
                "https://slack.com/api/chat.postMessage",
                {"text": TEXT, "channel": "C-{id}"},
                {"authorization": "Bearer xoxb-{key}", "content-type": JSON},
            ),
        ),
    ),
    telling(
        "slack-gov",
        ("slack-api",),
        {"slack": {"apiURL": "https://www.slack.com/api/"}, "message": "{{.app}}"},
        sent=(Sent("https://www.slack.com/api/chat.postMessage", {"text": "{id}", "channel": "C-{id}"}),),
    ),
    telling(
        "teams", ("teams",), sent=(Sent(TEAMS, card(TITLE, *map(line, DETAILS.split("\n"))), {"content-type": JSON}),)
    ),
    telling(
        "discord",
        ("discord",),
        {"discord": {"thread": "77", "username": "ship it"}},
        sent=(
            Sent(
                "https://discord.com/api/webhooks/{id}/{key}?wait=true&thread_id=77",
                {"content": TEXT, "allowed_mentions": {"parse": []}, "username": "ship it"},
            ),
        ),
    ),
    telling(
        "google-chat",
        ("googleChat",),
        message="^sent to Google Chat$",
        sent=(
            Sent(
                CHAT + "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
                {"text": TEXT, "thread": {"threadKey": "{ns}/{id}/{id}-v1"}},
            ),
        ),
    ),
    telling(
        "lark",
        ("lark",),
        sent=(
            Sent(
                "https://open.larksuite.com/open-apis/bot/v2/hook/{id}",
                {"timestamp": ..., "sign": ..., "msg_type": "text", "content": {"text": TEXT}},
            ),
        ),
    ),
    telling(
        "lark-of-notification",
        ("lark",),
        {"lark": {"message": {"msg_type": "text", "content": '{"text":"{{.app}} ü"}'}, "secret": None}},
        settings=(("lark", "{id}", {"secret": None}),),
        sent=(Sent(".../hook/{id}", {"msg_type": "text", "content": {"text": "{id} ü"}}),),
    ),
    telling("dingtalk", ("dingding",), sent=(Sent("...", {"msgtype": "text", "text": {"content": TEXT}}),)),
    telling(
        "telegram",
        ("telegram",),
        {"telegram": {"topic": 7, "parseMode": "HTML", "silent": True}, "message": "<b>{{.app}}</b> Grüße 🚀 & \"'"},
        sent=(
            Sent(
                "https://api.telegram.org/bot42:{key}/sendMessage",
                {
                    "chat_id": -100,
                    "message_thread_id": 7,
                    "parse_mode": "HTML",
                    "disable_notification": True,
                    "text": "<b>{id}</b> Grüße 🚀 & \"'",
                },
            ),
        ),
    ),
    telling(
        "mattermost",
        ("mattermost",),
        {"mattermost": {"channel": "town", "message": {"text": "{{.title}}", "attachments": [{"text": "{{.step}}"}]}}},
        sent=(
            Sent(
                "https://chat.acme.io/hooks/{id}",
                {"channel": "town", "text": "Deployed {id} in {ns}", "attachments": [{"text": "tell"}]},
            ),
        ),
    ),
    telling(
        "pagerduty-change",
        ("pagerduty",),
        {"link": "https://ci.acme.io/{{.app}}", "pagerduty": {"details": {"n": 1}}},
        sent=(
            Sent(
                "https://events.pagerduty.com/v2/change/enqueue",
                {
                    "routing_key": "rk-{key}",
                    "payload": {
                        "summary": "Deployed {id} in {ns}",
                        "source": "{ns}/{id}",
                        "custom_details": {**PAGED, "gitRevision": "", "failed": [], "n": 1},
                    },
                    "links": [{"href": "https://ci.acme.io/{id}", "text": "Open"}],
                },
            ),
        ),
    ),
    telling(
        "pagerduty-trigger",
        ("pagerduty",),
        {"level": "warning", "pagerduty": {"event": "trigger", "apiURL": "https://events.eu.pagerduty.com/"}},
        sent=(
            Sent(
                "https://events.eu.pagerduty.com/v2/enqueue",
                {
                    "routing_key": "rk-{key}",
                    "event_action": "trigger",
                    "dedup_key": "{ns}/{id}",
                    "client": "KubeVela",
                    "payload": {
                        "summary": "Deployed {id} in {ns}",
                        "source": "{ns}/{id}",
                        "severity": "warning",
                        "component": "{id}",
                        "group": "{ns}",
                        "custom_details": ...,
                    },
                },
            ),
        ),
        outputs={"key": "outputs.pagerduty.dedupKey"},
    ),
    telling(
        "grafana",
        ("grafana",),
        {"grafana": {"dashboardUID": "d1", "panelId": 4}},
        sent=(
            Sent(
                "https://grafana.acme.io/{id}/api/annotations",
                {
                    "dashboardUID": "d1",
                    "panelId": 4,
                    "tags": ["deploy", "app:{id}", "namespace:{ns}"],
                    "text": TEXT,
                },
                {"authorization": "Bearer glsa_{key}"},
            ),
        ),
    ),
    telling(
        "datadog",
        ("datadog",),
        {"datadog": {"site": "datadoghq.eu", "tags": ["{{.app}}"]}},
        sent=(
            Sent(
                "https://api.datadoghq.eu/api/v1/events",
                {
                    "title": "Deployed {id} in {ns}",
                    "text": DETAILS,
                    "tags": ["{id}"],
                    "alert_type": "success",
                    "source_type_name": "kubevela",
                    "aggregation_key": "{ns}/{id}/{id}-v1",
                },
                {"dd-api-key": "dd-{key}"},
            ),
        ),
    ),
    telling(
        "webhook",
        ("webhook",),
        {"message": 'Grüße 🚀 {{.vars.n}} "\\', "vars": {"n": 7}},
        sent=(
            Sent(
                "https://in.acme.io/{id}?a=1",
                {
                    **EVENT,
                    "datacontenttype": "application/json",
                    "data": {**FACTS, "vars": {"n": 7}, "message": 'Grüße 🚀 7 "\\'},
                },
                {"authorization": "Bearer tok-{key}", "content-type": "application/cloudevents+json; charset=utf-8"},
            ),
        ),
    ),
    telling(
        "webhook-binary",
        ("webhook",),
        {
            "webhook": {
                "format": "binary",
                "method": "PUT",
                "type": "io.acme.shipped",
                "token": None,
                "headers": {
                    "X-Team": "web",
                    "content-type": "application/json; v=2",
                    "X-Key": {"secretRef": {"name": "{id}", "key": "slack-api.token"}},
                },
                "message": {"who": "{{.app}}", "n": 1},
            }
        },
        sent=(
            Sent(
                "https://in.acme.io/{id}?a=1",
                {"who": "{id}", "n": 1},
                {
                    "x-team": "web",
                    "content-type": "application/json; v=2",
                    "x-key": "xoxb-{key}",
                    "ce-type": "io.acme.shipped",
                    "ce-source": "/kubevela/{ns}/{id}",
                    "ce-specversion": "1.0",
                    "ce-subject": "{id}-v1",
                },
                "PUT",
            ),
        ),
    ),
    telling(
        "what-was-deployed",
        ("slack",),
        annotations={"acme.io/git-revision": "4f2d9c1"},
        components=({"name": "{id}-web", "type": "webservice", "properties": {"image": "acme/web:1"}},),
        sent=(
            Sent(
                SLACK,
                {
                    "text": "Deployed {id} in {ns}\nRevision {id}-v1\n• acme/web:1\nGit revision 4f2d9c1\n(step tell)",
                },
            ),
        ),
    ),
    telling(
        "several",
        ("slack", "teams", "discord", "mattermost", "pagerduty", "webhook"),
        message="^sent to Slack, Teams, Discord, Mattermost, PagerDuty, webhook$",
        count=6,
    ),
    telling(
        "long",
        ("slack", "discord", "telegram", "teams", "lark", "datadog"),
        {"message": "{{.app}} " + "ä\n" * 3000},
        count=6,
    ),
    telling("email", ("email",), message="^sent to e-mail$", count=1),
    telling(
        "email-of-its-own",
        ("email",),
        {"email": {"content": {"subject": "Hä {{.app}}", "body": "<b>{{.step}}</b>"}}},
        count=1,
    ),
)


def same(found: Any, wanted: Any) -> bool:
    """Equal, but for `...`, which is anything."""
    if wanted is ...:
        return True
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return found.keys() == wanted.keys() and all(same(found[key], wanted[key]) for key in wanted)
    return bool(found == wanted)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_message_arrives_whole_and_once(fleet: Fleet, row: Row) -> None:
    fleet.checked(row.name)
    found = fleet.requests(row.name)
    assert [record for record in found if not record.accepted or record.problems] == []
    if row.sent is None:
        assert len(found) == row.count
        return
    assert len(found) == len(row.sent)
    for record, wanted in zip(found, row.sent, strict=True):
        check(fleet, row, record, wanted)


def check(fleet: Fleet, row: Row, record: Record, wanted: Sent) -> None:
    """One request: method, address, headers and the body as JSON."""
    assert record.method == wanted.method
    url = fleet.fill(row, wanted.url)
    assert record.url.endswith(url[3:]) if url.startswith("...") else record.url == url
    assert same(record.json(), fleet.fill(row, wanted.json)), record.body
    for name, value in fleet.fill(row, wanted.headers).items():
        told = record.headers[name]
        assert told.split(";")[0] == value if value == JSON else told == value


def base64_hmac(key: bytes, data: bytes) -> str:
    return base64.b64encode(hmac.new(key, data, hashlib.sha256).digest()).decode()


def test_the_signatures_are_those_of_the_vendors_formulas(fleet: Fleet) -> None:
    """The stand-ins refuse another signature; here it is computed once more, from what arrived."""
    for name in ("lark", "dingtalk", "webhook", "webhook-binary"):
        fleet.ended(name)
    key = fleet.rows["lark"].credential(fleet.own["lark"])
    [lark] = fleet.requests("lark")
    assert lark.json()["sign"] == base64_hmac(f"{lark.json()['timestamp']}\n{key}".encode(), b"")
    secret = "SEC" + fleet.rows["dingtalk"].credential(fleet.own["dingtalk"])
    [ding] = fleet.requests("dingtalk")
    query = dict(part.split("=", 1) for part in ding.query.split("&"))
    sign = base64_hmac(secret.encode(), f"{query['timestamp']}\n{secret}".encode())
    assert query["sign"] == sign.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    for name in ("webhook", "webhook-binary"):
        [hook] = fleet.requests(name)
        told = f"{hook.headers['webhook-id']}.{hook.headers['webhook-timestamp']}.{hook.body}"
        key_bytes = base64.b64decode(SIGNED.removeprefix("whsec_"))
        assert hook.headers["webhook-signature"] == "v1," + base64_hmac(key_bytes, told.encode())
        assert abs(int(hook.headers["webhook-timestamp"]) - hook.at) < 120


def test_an_email_has_sender_subject_and_both_bodies(fleet: Fleet) -> None:
    for name, subject, body in (
        ("email", "Deployed {id} in {ns}", "<p>Revision {id}-v1<br>"),
        ("email-of-its-own", "Hä {id}", "<b>tell</b>"),
    ):
        fleet.ended(name)
        [mail] = fleet.requests(name)
        message = message_from_string(mail.body or "", policy=policy.default)
        assert message["subject"] == fleet.fill(fleet.rows[name], subject)
        assert message["to"] == f"{fleet.own[name]}@acme.io"
        assert "ship@acme.io" in message["from"]
        content = message.get_body(("html", "plain"))
        assert content is not None
        assert fleet.fill(fleet.rows[name], body) in content.get_content().replace("\r\n", "")


def test_a_long_text_ends_with_a_mark(fleet: Fleet) -> None:
    fleet.ended("long")
    for record in fleet.requests("long"):
        assert "…" in (record.json() and str(record.json())), record.vendor


def test_outputs_are_for_later_steps(fleet: Fleet) -> None:
    fleet.ended("pagerduty-trigger")
    own = fleet.own["pagerduty-trigger"]
    assert f"{fleet.cluster.namespace}/{own}" in fleet.kept("pagerduty-trigger")


def test_nothing_that_was_stored_or_logged_holds_a_credential(fleet: Fleet) -> None:
    fleet.all_ended()
    credentials = [KEPT + own for own in fleet.own.values()]
    assert_nowhere(fleet.cluster, SIGNED, *credentials, logged_never=[SIGNED.removeprefix("whsec_"), *credentials])
