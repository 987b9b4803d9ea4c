"""Objects as the tests apply them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Object = dict[str, Any]


def listed(items: Iterable[Object]) -> Object:
    """A List, to be applied in one call."""
    return {"apiVersion": "v1", "kind": "List", "items": list(items)}


def secret(name: str, data: Mapping[str, str], labels: Mapping[str, str] | None = None) -> Object:
    """A Secret."""
    coded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": labels or {}}, "data": coded}


def config(name: str, template: str, properties: Mapping[str, Any]) -> Object:
    """A config as `vela config create` stores it."""
    labels = {"config.oam.dev/catalog": "velacore-config", "config.oam.dev/type": template}
    return secret(name, {"input-properties": json.dumps(properties)}, labels)


def webservice(name: str, image: str = "nginx:1", **properties: Any) -> Object:
    """A component: a Deployment of one replica. One Deployment has one Application only."""
    return {"name": name, "type": "webservice", "properties": {"image": image, **properties}}


def application(
    name: str,
    *steps: Mapping[str, Any],
    components: Sequence[Mapping[str, Any]] = (),
    annotations: Mapping[str, str] | None = None,
) -> Object:
    """An Application that applies its components, and then runs these steps."""
    applied = [
        {"name": f"apply-{part['name']}", "type": "apply-component", "properties": {"component": part["name"]}}
        for part in components
    ]
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": name, "annotations": dict(annotations or {})},
        "spec": {"components": list(components), "workflow": {"steps": [*applied, *steps]}},
    }


def watched(name: str) -> list[Object]:
    """`onlyIfChanged`: the images of a Deployment."""
    return [{"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "fields": ["images"]}]
