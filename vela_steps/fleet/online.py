"""Ask the services themselves whether a credential works, by calls that change nothing.

A credential is sent where the step would send it: to the endpoint of its properties or of its target, else to the
vendor's own. It is never part of a finding.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests

from vela_steps.fleet.checks import Finding
from vela_steps.fleet.evidence import SYSTEM, Evidence, Step

TIMEOUT = 10  # seconds for one question
Ask = Callable[[Step, str, str], Iterator[Finding]]


def check(evidence: Evidence) -> Iterator[Finding]:
    """Every step whose vendor can be asked, each question once."""
    asked: set[tuple[str, str, str]] = set()
    for step in evidence.steps:
        vendor = _vendor(step)
        token, endpoint = _credential(evidence, step)
        subject = (vendor, json.dumps(step.properties, sort_keys=True, default=str), token)
        if vendor in ASKED and token and subject not in asked:
            asked.add(subject)
            yield from _guarded(ASKED[vendor], step, token, endpoint)


def _vendor(step: Step) -> str:
    if step.type == "cdn-purge":
        return str(step.properties.get("provider", ""))
    return step.type


def _credential(evidence: Evidence, step: Step) -> tuple[str, str]:
    """The token of a step, and the endpoint that its target fixes; "" for what there is not."""
    auth = step.properties.get("auth")
    auth = auth if isinstance(auth, Mapping) else {}
    if isinstance(auth.get("target"), str):
        config = evidence.secrets.get((SYSTEM, auth["target"]))
        properties = _json(_value(config, "input-properties"))
        return str(properties.get("token", "")), str(properties.get("endpoint") or properties.get("apiURL") or "")
    reference = auth.get("secretRef") or {}
    token = _value(evidence.secrets.get((step.namespace, reference.get("name", ""))), reference.get("key", ""))
    return token, str(step.properties.get("endpoint") or step.properties.get("apiURL") or "")


def _value(secret: Mapping[str, Any] | str | None, key: str) -> str:
    data = (secret.get("data") or {}) if isinstance(secret, Mapping) else {}
    return base64.b64decode(data.get(key, "")).decode(errors="replace").strip()


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _guarded(ask: Ask, step: Step, token: str, endpoint: str) -> Iterator[Finding]:
    try:
        yield from ask(step, token, endpoint)
    except requests.RequestException as error:
        message = f"{step.place} ({step.name}): the service cannot be asked: {type(error).__name__}"
        yield Finding("warning", step.type, message, "check the network from here; the cluster's may differ")


def _get(url: str, **headers: str) -> requests.Response:
    # A redirect would carry the credential to wherever it points.
    return requests.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=False)


def _github(step: Step, token: str, endpoint: str) -> Iterator[Finding]:
    repository = str(step.properties.get("repo", ""))
    base = f"{(endpoint or 'https://api.github.com').rstrip('/')}/repos/{repository}"
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    subject = f"GitHub {repository}"
    answer = _get(base, **headers)
    if answer.status_code != requests.codes.ok:
        cure = "the repository's name, the token, and its access to this repository"
        yield Finding("error", subject, f"answers {answer.status_code} {_said(answer)} to {step.place}", cure)
        return
    scopes, needed = answer.headers.get("x-oauth-scopes"), "repo"
    if scopes is not None and needed not in [scope.strip() for scope in scopes.split(",")]:
        cure = "give it the scope repo, or use a fine-grained token"
        yield Finding("error", subject, f"the token has the scopes {scopes or 'none'}, not {needed}", cure)
    elif (_object(answer).get("permissions") or {}).get("push") is False:
        yield Finding("error", subject, "the token may read this repository only", "give it Contents or Actions: write")
    else:
        yield Finding("ok", subject, "the token reaches it")
    workflow = step.properties.get("workflow")
    if workflow:
        found = _get(f"{base}/actions/workflows/{workflow}", **headers)
        yield _workflow(subject, str(workflow), found)


def _workflow(subject: str, workflow: str, answer: requests.Response) -> Finding:
    if answer.status_code == requests.codes.not_found:
        return Finding("error", subject, f"has no workflow {workflow}", "the file's name below .github/workflows")
    state = _object(answer).get("state", "active")
    if state != "active":
        return Finding("error", subject, f"the workflow {workflow} is {state}", "enable it on the Actions page")
    return Finding("ok", subject, f"has the workflow {workflow}")


def _cloudflare(step: Step, token: str, endpoint: str) -> Iterator[Finding]:
    base = (endpoint or "https://api.cloudflare.com").rstrip("/")
    answer = _get(f"{base}/client/v4/user/tokens/verify", Authorization=f"Bearer {token}")
    yield _judged("Cloudflare", step, answer, good=_object(answer).get("success") is True)


def _fastly(step: Step, token: str, endpoint: str) -> Iterator[Finding]:
    answer = _get(f"{(endpoint or 'https://api.fastly.com').rstrip('/')}/tokens/self", **{"Fastly-Key": token})
    yield _judged("Fastly", step, answer, good=answer.status_code == requests.codes.ok)


def _judged(vendor: str, step: Step, answer: requests.Response, *, good: bool) -> Finding:
    if good:
        return Finding("ok", vendor, f"takes the token of {step.place} ({step.name})")
    message = f"does not take the token of {step.place} ({step.name}): {answer.status_code} {_said(answer)}"
    return Finding("error", vendor, message, "renew it in its Secret")


def _object(answer: requests.Response) -> dict[str, Any]:
    return _json(answer.text)


def _said(answer: requests.Response) -> str:
    found = _object(answer)
    errors = found.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return str(found.get("message") or found.get("msg") or first.get("message") or answer.reason)


ASKED: dict[str, Ask] = {"github-dispatch": _github, "cloudflare": _cloudflare, "fastly": _fastly}
