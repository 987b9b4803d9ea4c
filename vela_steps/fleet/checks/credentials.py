"""Secrets and targets that steps name: there, readable, and not empty? Values are never shown."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import json
from collections.abc import Iterator, Mapping
from typing import Any

from vela_steps.fleet.checks import Finding
from vela_steps.fleet.evidence import SYSTEM, Evidence, Reference, references_of


def check(evidence: Evidence) -> Iterator[Finding]:
    """Each credential once, with the first step that names it."""
    references: dict[tuple[str, str, str], Reference] = {}
    for step in evidence.steps:
        for one in references_of(step):
            references.setdefault((one.namespace, one.name, one.key), one)
    for one in references.values():
        if not one.namespace:
            place = f"{one.step.place} ({one.step.name})"
            yield Finding("note", f"Secret {one.name}", f"{place} has no namespace in Git, so it was not looked up")
        else:
            yield _target(evidence, one) if one.target else _secret(evidence, one)


def _secret(evidence: Evidence, one: Reference) -> Finding:
    subject = f"Secret {one.namespace}/{one.name}"
    user = f"{one.step.place} ({one.step.name})"
    secret = evidence.secrets.get((one.namespace, one.name))
    if isinstance(secret, str):
        return Finding("note", subject, f"{secret}; {user} uses it")
    if secret is None:
        cure = f"kubectl -n {one.namespace} create secret generic {one.name} --from-literal={one.key or 'token'}=…"
        return Finding("error", subject, f"is missing; {user} uses it", cure)
    data = secret.get("data") or {}
    if one.key and one.key not in data:
        has = ", ".join(sorted(data)) or "no key"
        return Finding("error", subject, f"has no key {one.key}, which {user} uses; it has {has}")
    if one.key and not _decoded(data[one.key]).strip():
        return Finding("error", subject, f"the key {one.key}, which {user} uses, is empty")
    return Finding("ok", subject, f"has what {user} uses")


def _target(evidence: Evidence, one: Reference) -> Finding:
    subject = f"target {one.name}"
    user = f"{one.step.place} ({one.step.name})"
    config = evidence.secrets.get((SYSTEM, one.name))
    if isinstance(config, str):
        return Finding("note", subject, f"{config}; {user} uses it")
    labels = ((config or {}).get("metadata") or {}).get("labels") or {}
    if config is None or labels.get("config.oam.dev/catalog") != "velacore-config":
        cure = "the platform team makes it: vela config create, with one of the addon's templates"
        return Finding("error", subject, f"there is no such config in {SYSTEM}; {user} uses it", cure)
    allowed = _properties(config).get("namespaces") or []
    if one.step.namespace and not any(fnmatch.fnmatchcase(one.step.namespace, str(name)) for name in allowed):
        message = f"is not for namespace {one.step.namespace}, where {user} uses it"
        return Finding("error", subject, message, "the platform team lists the namespace in the config")
    return Finding("ok", subject, f"may be used by {user}")


def _properties(config: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = json.loads(_decoded((config.get("data") or {}).get("input-properties", "")) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value).decode(errors="replace")
    except binascii.Error:
        return ""
