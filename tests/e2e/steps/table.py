"""Applications of a table, one for each row, applied together so that their waits go by together."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vela_steps.receiver.client import Receiver, Record, unique
from vela_steps.testing.cluster import Cluster, Object, step_of

STEP = "do"
TOKEN = "s3cret-token-of-the-tests"


@dataclass(frozen=True)
class Row:
    """One Application with one step.

    In strings `{id}` is the row's own name, `{url}` an address of the receiver under it. `message` is a regular
    expression; `sent` what arrived, as "METHOD path-below-the-address", in order; `faults` strike its requests.
    """

    type: str
    properties: Mapping[str, Any]
    phase: str = "succeeded"
    message: str = ""
    sent: tuple[str, ...] | None = None
    faults: tuple[Mapping[str, Any], ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)  # name: valueFrom
    kept: Mapping[str, Any] | None = None  # what became of the outputs
    components: tuple[Mapping[str, Any], ...] = ()


def filled(value: Any, own: str, url: str) -> Any:
    """`{id}` and `{url}` replaced in every string."""
    if isinstance(value, str):
        return value.replace("{id}", own).replace("{url}", f"{url}/{own}")
    if isinstance(value, Mapping):
        return {key: filled(item, own, url) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, own, url) for item in value]
    return value


def secret(name: str, data: Mapping[str, str]) -> Object:
    """A Secret."""
    coded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": coded}


def webservice(name: str, image: str = "nginx:1") -> Object:
    """A component: a Deployment of one replica."""
    return {"name": name, "type": "webservice", "properties": {"image": image, "ports": [{"port": 80}]}}


def application(name: str, steps: Iterable[Object], components: Iterable[Mapping[str, Any]] = ()) -> Object:
    """An Application that applies its components first."""
    parts = list(components)
    applied = [
        {"name": f"apply-{part['name']}", "type": "apply-component", "properties": {"component": part["name"]}}
        for part in parts
    ]
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": name},
        "spec": {"components": parts, "workflow": {"steps": [*applied, *steps]}},
    }


class Table:
    """The Applications of a table."""

    def __init__(self, cluster: Cluster, receiver: Receiver, rows: Mapping[str, Row]) -> None:
        self.cluster, self.receiver, self.rows = cluster, receiver, rows
        self.own = {name: unique(name) for name in rows}
        for name, row in rows.items():
            for fault in row.faults:
                receiver.fault(match={"contains": f"/{self.own[name]}", "path": fault.get("path", "")}, **_rule(fault))
        items = [self.application(name) for name in rows]
        cluster.apply({"apiVersion": "v1", "kind": "List", "items": items})

    def application(self, name: str) -> Object:
        """The Application of a row."""
        row, own = self.rows[name], self.own[name]
        step: Object = {"name": STEP, "type": row.type, "properties": filled(row.properties, own, self.receiver.http)}
        if row.outputs:
            step["outputs"] = [{"name": key, "valueFrom": path} for key, path in row.outputs.items()]
        return application(own, [step], filled(row.components, own, self.receiver.http))

    def ended(self, name: str, timeout: float = 240) -> Object:
        """The step's status once its workflow has ended."""

        def over(app: Mapping[str, Any]) -> bool:
            return bool(((app.get("status") or {}).get("workflow") or {}).get("finished"))

        found = self.cluster.wait(self.own[name], over, what=f"{name}: the workflow's end", timeout=timeout)
        return step_of(found, STEP) or {}

    def sent(self, name: str) -> list[Record]:
        """What reached the receiver for a row."""
        return self.receiver.requests(contains=f"/{self.own[name]}")

    def kept(self, name: str) -> str:
        """The outputs that KubeVela keeps, as it keeps them."""
        found = self.cluster.get("configmap", f"workflow-{self.own[name]}-context") or {}
        return str((found.get("data") or {}).get("vars", ""))


def _rule(fault: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fault.items() if key != "path"}
