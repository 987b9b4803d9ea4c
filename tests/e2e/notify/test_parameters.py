"""What the step says of wrong parameters, credentials, templates and targets: a sentence, and nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.installed import KEPT, assert_nowhere, targets
from tests.e2e.notify.fleet import Fleet, Row, Sent, telling
from tests.manifests import config
from vela_steps.receiver.client import unique

if TYPE_CHECKING:
    from vela_steps.testing.cluster import Cluster
    from vela_steps.testing.place import Place

pytestmark = pytest.mark.e2e

TARGETS = {kind: unique(kind) for kind in ("slack", "hook", "elsewhere", "other", "blank", "bare", "mail")}
TARGET_TOKEN = f"xoxb-{KEPT}{unique('target')}"


def key(name: str, of: str = "{id}", **more: str) -> dict[str, Any]:
    """A value in a Secret."""
    return {"secretRef": {"name": of, "key": name, **more}}


def refused(name: str, properties: Mapping[str, Any], message: str, *tells: str) -> Row:
    """A row that fails with this sentence and sends nothing."""
    return telling(name, tells, properties, phase="failed", message=message, count=0, taken=0)


HOOK = key("slack.url")
WRONG = (
    refused("nothing", {}, "^nothing to notify: write at least one of slack, teams, discord, "),
    refused("level", {"level": "fatal"}, '^level is "fatal": write info, success, warning or error$', "slack"),
    refused("timeout", {"timeout": "soon"}, '^timeout is "soon": write a duration such as 30s$', "slack"),
    refused("no-address", {"teams": {}}, r"^teams\.url is missing: write \{secretRef: "),
    refused("no-value", {"slack": {"url": {}}}, r"^slack\.url is empty: write \{secretRef: "),
    refused("two-values", {"slack": {"url": {**HOOK, "value": "https://x"}}}, r"^slack\.url has both value and secret"),
    refused("empty-value", {"slack": {"url": {"value": ""}}}, r"^slack\.url\.value is empty: "),
    refused("slack-without", {"slack": {"message": "x"}}, r"^slack needs url \(an incoming webhook\), or token and"),
    refused("slack-both", {"slack": {"url": HOOK}}, "^slack has both url and token: ", "slack-api"),
    refused("no-channel", {"slack": {"channel": None}}, r"^slack\.channel is missing: ", "slack-api"),
    refused("no-chat", {"telegram": {"chat": None}}, r"^telegram\.chat is missing: ", "telegram"),
    refused("no-routing-key", {"pagerduty": {}}, r"^pagerduty\.routingKey is missing: "),
    refused("event", {"pagerduty": {"event": "page"}}, r'^pagerduty\.event is "page": write change, ', "pagerduty"),
    refused("no-token", {"grafana": {"token": None}}, r"^grafana\.token is missing: ", "grafana"),
    refused("method", {"webhook": {"method": "PATCH"}}, r'^webhook\.method is "PATCH": write POST or PUT$', "webhook"),
    refused(
        "header-twice",
        {"webhook": {"headers": {"authorization": "x"}}},
        r"^webhook has both token and headers\.authorization: write one of them$",
        "webhook",
    ),
    refused("nobody", {"email": {"to": []}}, r"^email\.to is empty: write at least one address$", "email"),
    refused("no-server", {"email": {"from": {"host": None}}}, r"^email\.from\.host is missing: ", "email"),
    refused("two-troubles", {"level": "x", "teams": {}}, r'^level is "x": .*; teams\.url is missing: ', "slack"),
    refused("no-secret", {"slack": {"url": key("url", "nope")}}, r"^slack\.url\.secretRef: there is no Secret nope in"),
    refused(
        "no-key",
        {"slack": {"url": key("nope")}},
        r"^slack\.url\.secretRef: Secret \S+ in namespace t-\w+ has no key nope; it has ",
    ),
    refused("empty-key", {"slack": {"url": key("empty")}}, r"^slack\.url\.secretRef: the key empty of .* is empty$"),
    refused(
        "secret-of-another-namespace",
        {"slack": {"url": key("token", "github-target", namespace="vela-system")}},
        r"^slack\.url\.secretRef: there is no Secret github-target in namespace t-",
    ),
    refused(
        "no-address-in-the-secret",
        {"teams": {"url": key("noaddress")}},
        r"^teams\.url is no address that can be called: it must begin with https:// \(it is not shown",
    ),
    refused(
        "token-of-two-lines",
        {"slack": {"token": key("lines")}},
        r"^slack\.token holds a line break or another character that no header can carry$",
        "slack-api",
    ),
    refused("unknown-field", {"message": "{{.apps}}"}, r'^"\{\{\.apps\}\}" is no Go template, or names what', "slack"),
    refused("unknown-var", {"message": "{{.vars.run}}"}, r'^"\{\{\.vars\.run\}\}" is no Go template, or', "slack"),
    refused("half-a-template", {"title": "{{if}}"}, r'^"\{\{if\}\}" is no Go template', "slack"),
    refused(
        "template-in-an-object",
        {"slack": {"message": {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "{{.nope}}"}}]}}},
        r'^"\{\{\.nope\}\}" is no Go template, or names what is not known: there are \.',
        "slack",
    ),
    telling(
        "wrong-and-the-workflow-goes-on",
        ("slack",),
        {"level": "fatal", "onFailure": "continue"},
        message='^Failed, and the workflow goes on: level is "fatal"',
        count=0,
        taken=0,
    ),
)
TARGETED = (
    telling(
        "target",
        (),
        {"slack": {"target": TARGETS["slack"]}},
        message="^sent to Slack$",
        sent=(
            Sent(
                "https://slack.com/api/chat.postMessage",
                ...,
                {"authorization": f"Bearer {TARGET_TOKEN}"},
            ),
        ),
        count=1,
        taken=1,
    ),
    telling("target-of-a-webhook", (), {"webhook": {"target": TARGETS["hook"]}}, count=1, taken=1),
    telling(
        "target-of-a-mailbox",
        (),
        {"email": {"target": TARGETS["mail"], "to": ["{id}@acme.io"]}},
        message="^sent to e-mail$",
        count=1,
        taken=1,
    ),
    refused(
        "target-sent-elsewhere",
        {"slack": {"target": TARGETS["slack"], "apiURL": "https://evil.acme.io/api"}},
        r"^slack\.apiURL is given, but target slack-\w+ says where its credential is sent: leave slack\.apiURL out$",
    ),
    refused(
        "target-with-an-address",
        {"webhook": {"target": TARGETS["hook"], "url": {"value": "https://evil.acme.io/{id}"}}},
        r"^webhook\.url is given, but target hook-\w+ says where its credential is sent: leave webhook\.url out$",
    ),
    refused(
        "target-for-another-service",
        {"mattermost": {"target": TARGETS["slack"]}},
        r"^target slack-\w+ is for slack, not for mattermost: ask the platform team for one",
    ),
    refused(
        "target-of-others", {"slack": {"target": TARGETS["elsewhere"]}}, r"^slack\.target: elsewhere-\w+ is not for"
    ),
    refused("target-of-another-kind", {"slack": {"target": TARGETS["other"]}}, r"^slack\.target: there is no target"),
    refused("target-that-is-none", {"slack": {"target": "nope"}}, r"^slack\.target: there is no target nope: ask the"),
    refused("target-without-a-token", {"slack": {"target": TARGETS["bare"]}}, r"^target bare-\w+ has neither url nor"),
    refused(
        "target-with-an-empty-url", {"teams": {"target": TARGETS["blank"]}}, r"^target blank-\w+ has no url, which"
    ),
)
ROWS = WRONG + TARGETED


@pytest.fixture(scope="module", autouse=True)
def before(place: Place, shared: Cluster) -> Iterator[None]:
    """The targets, before the table's Applications are applied."""
    here: dict[str, Any] = {"namespaces": [shared.namespace[:4] + "*"]}
    smtp = place.receiver().state["smtp"]
    slack = {**here, "service": "slack", "token": TARGET_TOKEN, "channel": "C-target"}
    hook = {**here, "service": "webhook", "url": "http://127.0.0.1:1/", "headers": {"X-Key": TARGET_TOKEN}}
    hook["url"] = f"{place.receiver().http}/{TARGETS['hook']}"
    mail = {**here, "service": "email", "host": "127.0.0.1", "port": smtp, "address": "ship@acme.io", "password": "pw"}
    configs = (
        config(TARGETS["slack"], "vela-steps-notify", slack),
        config(TARGETS["hook"], "vela-steps-notify", hook),
        config(TARGETS["mail"], "vela-steps-notify", mail),
        config(TARGETS["elsewhere"], "vela-steps-notify", {**slack, "namespaces": ["team-*"]}),
        config(TARGETS["other"], "vela-steps-cdn", slack),
        config(TARGETS["blank"], "vela-steps-notify", {**here, "service": "teams", "url": ""}),
        config(TARGETS["bare"], "vela-steps-notify", {**here, "service": "slack"}),
    )
    yield from targets(place, shared, *configs)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(fleet: Fleet, row: Row) -> None:
    fleet.checked(row.name)
    requests = fleet.requests(row.name)
    assert (len(requests), len([one for one in requests if one.accepted])) == (row.count, row.taken)
    for record, wanted in zip(requests, row.sent or (), strict=bool(row.sent)):
        assert record.url == fleet.fill(row, wanted.url)
        assert {name: record.headers[name] for name in wanted.headers} == wanted.headers


def test_nothing_went_to_a_host_that_an_author_named(fleet: Fleet) -> None:
    fleet.all_ended()
    assert fleet.receiver.requests(host="evil.acme.io") == []
    assert_nowhere(fleet.cluster, TARGET_TOKEN, logged_never=[TARGET_TOKEN])
