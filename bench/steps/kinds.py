"""The steps that are compared: each sends one request, with a name of its own in it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

Object = dict[str, Any]
HOST = "hooks.acme.io"
NOTHING, THEIRS = "(no step)", "request"
SECRET = {"token": "t0ken-0123456789"}


def github(token: str) -> Object:
    """A repository_dispatch."""
    auth = {"secretRef": {"name": "token", "key": "token"}}
    return {"repo": f"acme/{token}", "event": "deployed", "payload": {"env": "prod"}, "auth": auth}


def fastly(token: str) -> Object:
    """A purge of two tags."""
    auth = {"secretRef": {"name": "token", "key": "token"}}
    return {"provider": "fastly", "service": "SU1Z0", "tags": [token, f"{token}-b"], "auth": auth}


KINDS: Mapping[str, tuple[str, Callable[[str], Object]] | None] = {
    NOTHING: None,
    THEIRS: ("request", lambda token: {"url": f"https://{HOST}/{token}", "method": "POST", "body": {"env": "prod"}}),
    "github-dispatch": ("github-dispatch", github),
    "cdn-purge": ("cdn-purge", fastly),
    "notify": (
        "notify",
        lambda token: {"slack": {"url": {"value": f"https://hooks.slack.com/services/T/B/{token}"}}},
    ),
    "http-check": ("http-check", lambda token: {"url": f"https://{HOST}/{token}"}),
}


def secret() -> Object:
    """The Secret that the steps name."""
    coded = {key: base64.b64encode(value.encode()).decode() for key, value in SECRET.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token"}, "data": coded}


def application(name: str, kind: str) -> Object:
    """One component, and after it a step of a kind; its request has the Application's name in it."""
    web = {"name": name, "type": "webservice", "properties": {"image": "nginx:1", "ports": [{"port": 80}]}}
    steps: list[Object] = [{"name": "apply", "type": "apply-component", "properties": {"component": name}}]
    made = KINDS[kind]
    if made is not None:
        steps.append({"name": "do", "type": made[0], "properties": made[1](name)})
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": name},
        "spec": {"components": [web], "workflow": {"steps": steps}},
    }
