"""What notify sends to each service; the same with both versions of CUE."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.unit.definitions.notify.cases import DETAILS, DISCORD, TEXT, WHSEC
from tests.unit.definitions.notify.pure import NOW, sent


def test_a_message_says_by_default_what_was_deployed_and_where_it_came_from(found: Mapping[str, Any]) -> None:
    assert sent(found, "slack")["json"] == {"text": TEXT}
    assert sent(found, "run without application")["json"] == {
        "text": "Deployed shop in prod\nRevision shop-v3\n(step tell)"
    }


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
        "Deployed shop in prod",
        *DETAILS.replace("(", "https://acme.example/shop\n(").split("\n"),
    ]
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
    assert signed == {"timestamp": str(NOW), "sign": expected, "msg_type": "text", "content": {"text": TEXT}}
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
        "chat_id": -100123,
        "message_thread_id": 7,
        "disable_notification": True,
        "text": TEXT,  # as plain text: it is not written for a mode
    }
    own = sent(found, "telegram in a mode")["json"]
    assert own == {"chat_id": 1, "parse_mode": "MarkdownV2", "text": "*shop*"}


def test_a_target_decides_the_chat_and_a_message_its_own_thread(found: Mapping[str, Any]) -> None:
    assert sent(found, "telegram by target")["json"] == {"chat_id": "@ops", "text": "x"}
    assert sent(found, "slack in a thread of its own")["json"]["thread_ts"] == "99.9"


def test_what_was_applied_last_is_not_told(found: Mapping[str, Any]) -> None:
    assert sent(found, "webhook of an Application by vela up")["json"]["annotations"] == {"a/b": "c"}


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
        "routing_key": "rk-hidden",
        "event_action": "resolve",
        "dedup_key": "shop",
    }


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
        "specversion": "1.0",
        "id": "id-of-webhook",
        "source": "/kubevela/prod/shop",
        "type": "dev.vela-steps.deployed",
        "subject": "shop-v3",
        "time": "2025-06-15T15:06:40Z",
    }
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
