"""What each service can be asked without an effect: is this credential good for what the step does with it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import requests

from vela_steps.fleet.checks import Finding
from vela_steps.fleet.evidence import Step

TIMEOUT = 10  # seconds for one question


class Question(NamedTuple):
    """One credential of a step: `properties` are those of the service, `endpoint` where it is not the vendor's own."""

    step: Step
    properties: Mapping[str, Any]
    token: str
    endpoint: str

    def base(self, usual: str) -> str:
        """The base address, without a slash at its end."""
        return (self.endpoint or usual).rstrip("/")


Ask = Callable[[Question], Iterator[Finding]]


def _get(url: str, **headers: str) -> requests.Response:
    # A redirect would carry the credential to wherever it points.
    return requests.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=False)


def _github(question: Question) -> Iterator[Finding]:
    step, repository = question.step, str(question.properties.get("repo", ""))
    base = f"{question.base('https://api.github.com')}/repos/{repository}"
    headers = {"Authorization": f"Bearer {question.token}", "Accept": "application/vnd.github+json"}
    subject = f"GitHub {repository}"
    answer = _get(base, **headers)
    if answer.status_code == requests.codes.too_many or answer.status_code >= requests.codes.server_error:
        message = f"answers {answer.status_code}, which says nothing of the token of {step.place} ({step.name})"
        yield Finding("warning", subject, message, "ask again later")
        return
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
    workflow = question.properties.get("workflow")
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


def _cloudflare(question: Question) -> Iterator[Finding]:
    url = f"{question.base('https://api.cloudflare.com')}/client/v4/user/tokens/verify"
    answer = _get(url, Authorization=f"Bearer {question.token}")
    found = _object(answer)
    state = _mapping(found.get("result")).get("status")
    good = found.get("success") is True and state == "active"
    yield _judged("Cloudflare", question, answer, good=good, says=f"it is {state}" if state else "")


def _fastly(question: Question) -> Iterator[Finding]:
    answer = _get(f"{question.base('https://api.fastly.com')}/tokens/self", **{"Fastly-Key": question.token})
    if answer.status_code != requests.codes.ok:
        yield _judged("Fastly", question, answer, good=False)
        return
    found, service = _object(answer), question.properties.get("service")
    scopes = str(found.get("scope") or "global").split()
    only = found.get("services") or []
    if not set(scopes) & {"global", "purge_all", "purge_select"}:
        yield _judged("Fastly", question, answer, good=False, says=f"its scope {' '.join(scopes)} does not purge")
    elif service and only and service not in only:
        yield _judged("Fastly", question, answer, good=False, says=f"it is for other services than {service}")
    else:
        yield _judged("Fastly", question, answer, good=True)


def _slack(question: Question) -> Iterator[Finding]:
    url = f"{question.base('https://slack.com/api')}/auth.test"
    answer = _get(url, Authorization=f"Bearer {question.token}")
    found = _object(answer)
    yield _judged("Slack", question, answer, good=found.get("ok") is True, says=str(found.get("error") or ""))


def _telegram(question: Question) -> Iterator[Finding]:
    answer = _get(f"{question.base('https://api.telegram.org')}/bot{question.token}/getMe")
    found = _object(answer)
    yield _judged("Telegram", question, answer, good=found.get("ok") is True, says=str(found.get("description") or ""))


def _datadog(question: Question) -> Iterator[Finding]:
    site = question.properties.get("site") or "datadoghq.com"
    answer = _get(f"{question.base(f'https://api.{site}')}/api/v1/validate", **{"DD-API-KEY": question.token})
    yield _judged("Datadog", question, answer, good=_object(answer).get("valid") is True)


def _judged(vendor: str, question: Question, answer: requests.Response, *, good: bool, says: str = "") -> Finding:
    user = f"{question.step.place} ({question.step.name})"
    if good:
        return Finding("ok", vendor, f"takes the token of {user}")
    if answer.status_code == requests.codes.too_many or answer.status_code >= requests.codes.server_error:
        message = f"answers {answer.status_code}, which says nothing of the token of {user}"
        return Finding("warning", vendor, message, "ask again later")
    message = f"does not take the token of {user}: {answer.status_code} {says or _said(answer)}"
    return Finding("error", vendor, message, "renew it in its Secret")


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        return _mapping(answer.json())
    except ValueError:
        return {}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _said(answer: requests.Response) -> str:
    found = _object(answer)
    errors = found.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    told = first.get("message") if isinstance(first, dict) else first
    return str(found.get("message") or found.get("msg") or told or answer.reason)


ASKED: dict[str, Ask] = {
    "github-dispatch": _github,
    "cloudflare": _cloudflare,
    "fastly": _fastly,
    "slack": _slack,
    "telegram": _telegram,
    "datadog": _datadog,
}
