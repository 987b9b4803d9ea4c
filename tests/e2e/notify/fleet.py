"""Many Applications at once, one for each row of a table, so that their waits go by together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.installed import KEPT, SEEN, secret
from vela_steps.receiver.client import Receiver, Record, unique
from vela_steps.testing.cluster import Cluster, Object, step_of

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
class Row:
    """One Application with one step. In strings `{id}` is the row's own name, `{ns}` the namespace, `{key}` the
    credential, `{smtp}` the port of the mail server.

    `tells` names the services (of `SERVICES`) that are told with their credentials from the row's Secret; `properties`
    are added. `settings` are those of stand-ins: (vendor, key, values). `sent` is what arrived, in any order; `taken`
    how many of the requests the services took.
    """

    name: str
    tells: tuple[str, ...]
    properties: Mapping[str, Any] = field(default_factory=dict)
    phase: str = "succeeded"
    message: str = ""
    sent: tuple[Sent, ...] | None = None
    count: int | None = None
    taken: int | None = None
    faults: tuple[Mapping[str, Any], ...] = ()
    settings: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    components: tuple[Mapping[str, Any], ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)

    def credential(self, own: str) -> str:
        """A row's credential; of those that KubeVela prints, because a call breaks off, another one."""
        return (SEEN if any("close" in fault or "delay" in fault for fault in self.faults) else KEPT) + own


def filled(value: Any, values: Mapping[str, str]) -> Any:
    """The placeholders filled in every string; a text that is one placeholder in braces of its own is a number."""
    if isinstance(value, str):
        if value == "{smtp}":
            return int(values["smtp"])
        for name, text in values.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, Mapping):
        return {filled(key, values): filled(item, values) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, values) for item in value]
    return value


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values put together; None takes one away."""
    found = dict(base)
    for key, value in more.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = merged(found[key], value) if both else value
    return {key: value for key, value in found.items() if value is not None}


def application(name: str, *steps: Object, annotations: Any = None, components: Iterable[Any] = ()) -> Object:
    """An Application that applies its components, and then runs these steps."""
    parts = list(components)
    applied = [
        {"name": f"apply-{part['name']}", "type": "apply-component", "properties": {"component": part["name"]}}
        for part in parts
    ]
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": name, "annotations": dict(annotations or {})},
        "spec": {"components": parts, "workflow": {"steps": [*applied, *steps]}},
    }


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


def prepare(receiver: Receiver, own: str, key: str) -> None:
    """What the stand-ins have to know of a row: secrets that signatures are checked with."""
    receiver.configure("lark", own, secret=key)
    receiver.configure("dingtalk", own, secret=f"SEC{key}")
    receiver.configure("generic", f"in.acme.io/{own}*", secret=SIGNED)


class Fleet:
    """The Applications of a table, applied together."""

    def __init__(self, cluster: Cluster, receiver: Receiver, rows: Iterable[Row]) -> None:
        self.cluster, self.receiver = cluster, receiver
        self.rows = {row.name: row for row in rows}
        assert len(self.rows) == len(list(rows)), "two rows of one name"
        self.own = {name: unique("n") for name in self.rows}
        for row in self.rows.values():
            self._prepare(row)
        kept = [credentials(own, self.rows[name].credential(own)) for name, own in self.own.items()]
        cluster.apply({"apiVersion": "v1", "kind": "List", "items": kept})
        apps = [self.application(row) for row in self.rows.values()]
        cluster.apply({"apiVersion": "v1", "kind": "List", "items": apps})

    def _prepare(self, row: Row) -> None:
        own = self.own[row.name]
        prepare(self.receiver, own, row.credential(own))
        for vendor, key, settings in row.settings:
            self.receiver.configure(vendor, self.fill(row, key), **self.fill(row, settings))
        for fault in row.faults:
            how = {key: value for key, value in fault.items() if key != "on"}
            self.receiver.fault(match={"contains": own, **self.fill(row, fault.get("on", {}))}, **self.fill(row, how))

    def fill(self, row: Row, value: Any) -> Any:
        """A row's placeholders filled."""
        own = self.own[row.name]
        smtp = str(self.receiver.state["smtp"])
        return filled(value, {"id": own, "ns": self.cluster.namespace, "key": row.credential(own), "smtp": smtp})

    def properties(self, row: Row) -> dict[str, Any]:
        """The step's properties."""
        found: dict[str, Any] = {}
        for kind in row.tells:
            found = merged(found, told(kind, "{id}"))
        return dict(self.fill(row, merged(found, row.properties)))

    def application(self, row: Row) -> Object:
        """The Application of a row."""
        step: Object = {"name": STEP, "type": "notify", "properties": self.properties(row)}
        if row.outputs:
            step["outputs"] = [{"name": key, "valueFrom": path} for key, path in row.outputs.items()]
        parts = self.fill(row, row.components)
        return application(self.own[row.name], step, annotations=row.annotations, components=parts)

    def ended(self, name: str, timeout: float = 300) -> Object:
        """The step's status once its workflow has ended."""

        def over(app: Mapping[str, Any]) -> bool:
            return bool(((app.get("status") or {}).get("workflow") or {}).get("finished"))

        found = self.cluster.wait(self.own[name], over, what=f"{name}: the workflow's end", timeout=timeout)
        return step_of(found, STEP) or {}

    def requests(self, name: str, **match: Any) -> list[Record]:
        """What reached the receiver for a row."""
        return self.receiver.requests(contains=self.own[name], **match)
