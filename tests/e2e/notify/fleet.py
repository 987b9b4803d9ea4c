"""Messages, to services that are each told with a credential of the row's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.e2e import rows
from tests.e2e.installed import KEPT, SEEN
from tests.e2e.rows import filled
from tests.manifests import Object, secret

STEP = "tell"
# What the step says by default of an Application without components.
DETAILS = "Revision {id}-v1\n(step tell)"
TEXT = "Deployed {id} in {ns}\n" + DETAILS
SIGNED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# What each service is called at, as the Secret of a row holds it; {id} is the row's, {key} a credential of its own.
SERVICES: Mapping[str, Mapping[str, str]] = {
    "slack": {"url": "https://hooks.slack.com/services/T0/{id}/{key}"},
    "slack-api": {"token": "xoxb-{key}"},
    "teams": {
        "url": "https://prod-1.westeurope.logic.azure.com/workflows/{id}/triggers/manual/paths/invoke?sig={key}&sv=1.0"
    },
    "discord": {"url": "https://discord.com/api/webhooks/{id}/{key}"},
    "googleChat": {"url": "https://chat.googleapis.com/v1/spaces/{id}/messages?key=k1&token={key}"},
    "lark": {"url": "https://open.larksuite.com/open-apis/bot/v2/hook/{id}", "secret": "{key}"},
    "dingding": {"url": "https://oapi.dingtalk.com/robot/send?access_token={id}", "secret": "SEC{key}"},
    "telegram": {"token": "42:{key}"},
    "mattermost": {"url": "https://chat.acme.io/hooks/{id}"},
    "pagerduty": {"routingKey": "rk-{key}"},
    "grafana": {"url": "https://grafana.acme.io/{id}/", "token": "glsa_{key}"},
    "datadog": {"apiKey": "dd-{key}"},
    "webhook": {"url": "https://in.acme.io/{id}?a=1", "secret": SIGNED, "token": "tok-{key}"},
    "email": {"password": "pw-{key}"},
}


@dataclass(frozen=True)
class Sent:
    """A request that is expected: its address, the exact body (as JSON, as text), some headers. `...` is anything."""

    url: str
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


@dataclass(frozen=True)
class Row(rows.Row):
    """One Application with one message. In strings `{ns}` is the namespace, `{key}` the row's credential, `{smtp}` the
    port of the mail server.

    `tells` names the services (of `SERVICES`) that are told with their credentials from the row's Secret; `properties`
    are added. `sent` is what arrived, `count` how many requests, `taken` how many of them the services took.
    """

    tells: tuple[str, ...] = ()
    sent: tuple[Sent, ...] | None = None
    count: int | None = None
    taken: int | None = None

    def credential(self, own: str) -> str:
        """A row's credential; of those that KubeVela prints, because a call breaks off, another one."""
        return (SEEN if any("close" in fault or "delay" in fault for fault in self.faults) else KEPT) + own


def telling(name: str, tells: tuple[str, ...], properties: Mapping[str, Any] | None = None, **more: Any) -> Row:
    """A row that tells these services."""
    return Row(name, properties or {}, tells=tells, **more)


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values put together; None takes one away."""
    found = dict(base)
    for key, value in more.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = merged(found[key], value) if both else value
    return {key: value for key, value in found.items() if value is not None}


def told(kind: str, own: str) -> dict[str, Any]:
    """The properties by which a service gets its credentials from the Secret `own`."""
    names = {name: {"secretRef": {"name": own, "key": f"{kind}.{name}"}} for name in SERVICES[kind]}
    if kind == "slack-api":
        return {"slack": {**names, "channel": f"C-{own}"}}
    if kind == "email":
        mail = {"address": "ship@acme.io", "host": "127.0.0.1", "port": "{smtp}", **names}
        return {"email": {"from": mail, "to": [f"{own}@acme.io"]}}
    return {kind: {**names, **({"chat": -100} if kind == "telegram" else {})}}


def credentials(own: str, key: str) -> Object:
    """The Secret of a row, with the credentials of all services."""
    values = {
        f"{kind}.{name}": filled(text, {"id": own, "key": key})
        for kind, fields in SERVICES.items()
        for name, text in fields.items()
    }
    return secret(own, {**values, "empty": "", "lines": "two\nlines", "noaddress": "hooks.acme.io/x"})


class Fleet(rows.Fleet[Row]):
    """The Applications of a table of messages."""

    TYPE, STEP, WITHIN = "notify", STEP, 300.0

    def secrets(self) -> Iterable[Object]:
        """One for each row."""
        return [credentials(own, self.rows[name].credential(own)) for name, own in self.own.items()]

    def values(self, row: Row) -> Mapping[str, str | int]:
        """The row's name and credential, the namespace and the mail server."""
        own = self.own[row.name]
        smtp = int(self.receiver.state["smtp"])
        return {"id": own, "ns": self.cluster.namespace, "key": row.credential(own), "smtp": smtp}

    def settings(self, row: Row) -> Iterable[rows.Setting]:
        """The secrets that signatures are checked with, and the row's own."""
        signed = (
            ("lark", "{id}", {"secret": "{key}"}),
            ("dingtalk", "{id}", {"secret": "SEC{key}"}),
            ("generic", "in.acme.io/{id}*", {"secret": SIGNED}),
        )
        return (*signed, *row.settings)

    def properties(self, row: Row) -> dict[str, Any]:
        """How each service is told, and the row's own."""
        found: dict[str, Any] = {}
        for kind in row.tells:
            found = merged(found, told(kind, "{id}"))
        return merged(found, row.properties)
