"""Ask the services themselves whether a credential works, by calls that change nothing.

A credential is sent where the step would send it: to the endpoint of its properties or of its target, else to the
vendor's own. It is never part of a finding.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import requests

from vela_steps.fleet.checks import Finding
from vela_steps.fleet.evidence import SYSTEM, Evidence, Step
from vela_steps.fleet.services import ASKED, Question

# Where a service of `notify` has its credential; the others have addresses that cannot be asked without a message.
NOTIFIED = {"slack": "token", "telegram": "token", "datadog": "apiKey"}


def check(evidence: Evidence) -> Iterator[Finding]:
    """Every step whose vendor can be asked, each question once."""
    asked: set[tuple[str, str, str, str]] = set()
    for step in evidence.steps:
        for vendor, question in _questions(evidence, step):
            what = json.dumps(question.properties, sort_keys=True, default=str)
            subject = (vendor, what, question.token, question.endpoint)
            if question.token and subject not in asked:
                asked.add(subject)
                yield from _guarded(vendor, question)


def _questions(evidence: Evidence, step: Step) -> Iterator[tuple[str, Question]]:
    properties = step.properties
    vendor = str(properties.get("provider", "")) if step.type == "cdn-purge" else step.type
    if vendor in ASKED:
        auth = properties.get("auth")
        yield vendor, _question(evidence, step, properties, auth if isinstance(auth, Mapping) else {}, "token")
    for service, key in NOTIFIED.items() if step.type == "notify" else ():
        section = properties.get(service)
        if isinstance(section, Mapping):
            named = section.get(key)
            auth = named if isinstance(named, Mapping) else {"target": section.get("target")}
            yield service, _question(evidence, step, section, auth, key)


def _question(
    evidence: Evidence, step: Step, properties: Mapping[str, Any], auth: Mapping[str, Any], key: str
) -> Question:
    """With the credential of a step, and the endpoint that its target fixes; "" for what there is not."""
    if isinstance(auth.get("target"), str):
        found = _json(_value(evidence.secrets.get((SYSTEM, auth["target"])), "input-properties"))
        return Question(step, {**found, **properties}, str(found.get(key, "")), _endpoint(found))
    reference = auth.get("secretRef") or {}
    secret = evidence.secrets.get((step.namespace, reference.get("name", "")))
    token = str(auth.get("value") or _value(secret, reference.get("key", "")))
    return Question(step, properties, token, _endpoint(properties))


def _endpoint(properties: Mapping[str, Any]) -> str:
    return str(properties.get("endpoint") or properties.get("apiURL") or "")


def _value(secret: Mapping[str, Any] | str | None, key: str) -> str:
    data = (secret.get("data") or {}) if isinstance(secret, Mapping) else {}
    return base64.b64decode(data.get(key, "")).decode(errors="replace").strip()


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _guarded(vendor: str, question: Question) -> Iterator[Finding]:
    try:
        yield from ASKED[vendor](question)
    except requests.RequestException as error:
        # Only the kind of the error: its text has the address, in which Telegram's token stands.
        step = question.step
        message = f"{step.place} ({step.name}): {vendor} cannot be asked: {type(error).__name__}"
        yield Finding("warning", step.type, message, "check the network from here; the cluster's may differ")
