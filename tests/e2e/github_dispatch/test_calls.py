"""Each thing the step can do, each answer of GitHub: the requests as they arrive, what the step says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.github_dispatch.fleet import COMMIT, TOKEN, Fleet, Row

pytestmark = pytest.mark.e2e

WAIT = {"timeout": "10m", "poll": "1s"}
GHES = "https://ghes.acme.io/api/v3"
START = {"workflow": "e2e.yml", "ref": "main"}
EVENT = {"event": "deployed"}
NAMED = "e2e ${{ github.event.client_payload.vela.id }}"
DISPATCH = {"path": "/dispatches$"}
DEPLOYMENT = {"environment": "prod", "environmentURL": "https://{{.app}}.acme.io"}
PAST = {"timeout": "2s", "poll": "1s"}


def said(message: str) -> str:
    """An error as GitHub writes it."""
    return f'{{"message": "{message}", "documentation_url": "https://docs.github.com/rest"}}'


def refused(name: str, properties: dict[str, Any], message: str, **more: Any) -> Row:
    """A dispatch to which GitHub says no: asked for once, and nothing started."""
    return Row(name, properties, "failed", message, effects=(), posts=1, **more)


def polled(name: str, fault: dict[str, Any]) -> Row:
    """A dispatch whose run is asked for, and the first answer is this; the next one is good."""
    faults = ({"on": {"path": r"/runs/\d+$"}, "times": 1, **fault},)
    return Row(name, {**START, "wait": WAIT}, message="ended with success", faults=faults, posts=1)


SENT = (
    Row(
        "event",
        {"event": "deployed", "payload": {"a": 1, "deep": {"app": "{{.app}}", "list": ["{{.gitRevision}}", True]}}},
        message=r"^event deployed was sent to acme/{id}$",
        calls=(r"POST https://api\.github\.com/repos/acme/{id}/dispatches$",),
        body={"event_type": "deployed", "client_payload": {"a": 1, "deep": {"app": "{id}", "list": [COMMIT, True]}}},
        posts=1,
    ),
    Row(
        "ghes",
        {**EVENT, "payload": {"a": 1}, "apiURL": f"{GHES}/"},
        calls=(r"POST https://ghes\.acme\.io/api/v3/repos/acme/{id}/dispatches$",),
        posts=1,
    ),
    Row(
        "inputs",
        {**START, "inputs": {"env": "prod", "count": 3, "dry": False, "more": {"app": "{{.app}}"}}},
        github={"inputs": ["env", "count", "dry", "more"]},
        message=r"^workflow e2e.yml was started in acme/{id}: https://github.com/acme/{id}/actions/runs/\d+$",
        calls=(r"POST https://api\.github\.com/repos/acme/{id}/actions/workflows/e2e\.yml/dispatches$",),
        body={
            "ref": "main",
            "inputs": {"env": "prod", "count": "3", "dry": "false", "more": '{"app":"{id}"}'},
            "return_run_details": True,
        },
        posts=1,
    ),
    Row(
        "new-api",
        {**START, "apiVersion": "2026-03-10"},
        message=r"runs/\d+$",
        body={"ref": "main"},
        posts=1,
    ),
    Row("old-ghes", {**START, "apiURL": GHES}, message=r"was started in acme/{id}$", body={"ref": "main"}, posts=2),
    Row(
        "old-ghes-waits",
        {**START, "apiURL": GHES, "wait": WAIT, "correlationInput": "dispatch"},
        github={"run_name": "e2e ${{ inputs.dispatch }}", "inputs": ["dispatch"]},
        message=r"^workflow e2e.yml in acme/{id} ended with success: https://ghes.acme.io/acme/{id}/actions/runs/\d+$",
        calls=(r"GET .*/actions/workflows/e2e\.yml/runs\?event=workflow_dispatch&.*created=%3E%3D",),
        posts=2,
    ),
    Row(
        "old-ghes-cannot-wait",
        {**START, "apiURL": GHES, "wait": WAIT},
        phase="failed",
        message=r"^this GitHub does not say which run it starts, .*nothing was started: declare an input",
        effects=(),
        posts=1,
    ),
)
WAITED = (
    Row(
        "event-waits",
        {**EVENT, "wait": WAIT},
        github={"run_name": NAMED},
        message=r"^event deployed in acme/{id} ended with success: https://github.com/acme/{id}/actions/runs/\d+$",
        calls=(r"GET .*/actions/runs\?event=repository_dispatch&", r"GET .*/actions/runs/\d+$"),
        posts=1,
    ),
    Row("waits", {**START, "wait": WAIT}, message=r"ended with success: ", calls=(r"GET .*/runs/\d+$",), posts=1),
    Row(
        "run-fails",
        {**START, "wait": WAIT},
        github={"conclusion": "failure"},
        phase="failed",
        message=r"^run \d+ ended with failure, wanted success: https://github.com/acme/{id}/actions/runs/\d+$",
    ),
    Row(
        "run-may-fail",
        {**START, "wait": {**WAIT, "conclusions": ["success", "failure"]}},
        github={"conclusion": "failure"},
        message="ended with failure: ",
    ),
    Row(
        "fails-and-goes-on",
        {**START, "wait": WAIT, "onFailure": "continue"},
        github={"conclusion": "timed_out"},
        message=r"^Failed, and the workflow goes on: run \d+ ended with timed_out, wanted success: https://",
    ),
    Row(
        "times-out",
        {**START, "wait": PAST},
        github={"running_seconds": 600},
        phase="failed",
        message=r"^run \d+ had not completed after 2s: https://",
    ),
    Row(
        "cancelled",
        {**START, "wait": {**PAST, "cancelOnTimeout": True}},
        github={"running_seconds": 600},
        phase="failed",
        message=r"^run \d+ had not completed after 2s; it was cancelled: https://",
        effects=("dispatch", "cancel"),
    ),
    Row(
        "ends-while-it-is-cancelled",
        {**START, "wait": {**PAST, "cancelOnTimeout": True}},
        github={"running_seconds": 6, "queued": 0, "running": 0},
        faults=({"on": {"path": "/cancel$"}, "status": 409, "body": said("Cannot cancel"), "delay": 8, "times": 1},),
        message="ended with success: ",
    ),
    Row(
        "no-run-name",
        {**EVENT, "wait": PAST},
        phase="failed",
        message=r"no run with [0-9a-f]{16} in its name was there after 2s: .*run-name: … .*client_payload.vela.id",
    ),
)
REFUSED = (
    refused(
        "bad-credentials",
        EVENT,
        r"^GitHub answered 401 .*acme/{id}: Bad credentials; the token is wrong or has expired$",
        github={"token": "another"},
    ),
    refused(
        "no-permission",
        EVENT,
        r"403 .*Resource not accessible.*; the token needs Contents: write on acme/{id} ",
        faults=({"status": 403, "body": said("Resource not accessible by personal access token")},),
    ),
    refused(
        "no-repository",
        EVENT,
        r"404 .*there is no repository acme/{id}, or the token may not see it; .*Contents: write",
        github={"exists": False},
    ),
    refused(
        "no-workflow",
        {**START, "apiURL": "https://ghes.acme.io/api/v3"},
        r"404 .*no repository acme/{id}, or no workflow e2e.yml in it, .*Actions: write",
        github={"workflows": ["other.yml"]},
    ),
    refused(
        "no-ref",
        {**START, "ref": "v9"},
        r"^GitHub answered 422 to the start of e2e.yml in acme/{id}: No ref found for: v9$",
        github={"refs": ["main"]},
    ),
    refused(
        "unexpected-inputs",
        {**START, "inputs": {"x": 1}},
        r'422 .*Unexpected inputs provided: \["x"\]$',
        github={"inputs": []},
    ),
    refused(
        "no-trigger",
        START,
        r"422 .*Workflow does not have 'workflow_dispatch' trigger$",
        github={"dispatchable": False},
    ),
    Row(
        "told-to-wait",
        EVENT,
        faults=({"on": DISPATCH, "status": 429, "headers": {"Retry-After": "2"}, "body": said("slow"), "times": 1},),
        posts=2,
    ),
    Row(
        "secondary-limit",
        EVENT,
        faults=(
            {
                "on": DISPATCH,
                "status": 403,
                "headers": {"Retry-After": "3"},
                "body": said("You have exceeded a secondary rate limit."),
                "times": 1,
            },
        ),
        posts=2,
    ),
    Row(
        "limit-used-up",
        EVENT,
        faults=(
            {
                "on": DISPATCH,
                "status": 403,
                "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000000"},
                "body": said("API rate limit exceeded"),
                "times": 2,
            },
        ),
        posts=3,
    ),
    Row(
        "always-503",
        {**START, "retries": 1},
        faults=({"on": DISPATCH, "status": 503, "body": "<html>"},),
        phase="failed",
        message=r"^GitHub answered 503 to the start of e2e.yml in acme/{id}: no message; sent 2 times$",
        effects=(),
        posts=2,
    ),
    Row(
        "always-503-goes-on",
        {**START, "retries": 1, "onFailure": "continue"},
        faults=({"on": DISPATCH, "status": 503},),
        message=r"^Failed, and the workflow goes on: GitHub answered 503",
        effects=(),
        posts=2,
    ),
    Row("slow", EVENT, faults=({"on": DISPATCH, "delay": 6, "times": 1},), posts=1),
)
LOST = (
    Row(
        "cut-after",
        EVENT,
        github={"run_name": NAMED},
        faults=({"on": DISPATCH, "close": "after", "times": 1},),
        message=r"^event deployed was sent to acme/{id}: https://github.com/acme/{id}/actions/runs/\d+$",
        posts=1,
    ),
    Row(
        "cut-before",
        EVENT,
        github={"run_name": NAMED},
        faults=({"on": DISPATCH, "close": "before", "times": 1},),
        calls=(r"GET .*/actions/runs\?event=repository_dispatch&",),
        posts=1,
    ),
    Row(
        "bad-gateway",
        {**START, "correlationInput": "dispatch", "delivery": "atMostOnce"},
        github={"run_name": "e2e ${{ inputs.dispatch }}"},
        faults=({"on": DISPATCH, "status": 502, "body": "<html>", "times": 1},),
        calls=(r"GET .*/workflows/e2e.yml/runs\?event=workflow_dispatch&",),
        posts=2,
    ),
    Row(
        "cut-after-and-nobody-to-ask",
        START,
        faults=({"on": DISPATCH, "close": "after", "times": 1},),
        effects=("dispatch", "dispatch"),
        posts=2,
    ),
    Row(
        "cut-after-at-most-once",
        {**START, "delivery": "atMostOnce"},
        faults=({"on": DISPATCH, "close": "after", "times": 1},),
        phase="failed",
        message=r"^the start of e2e.yml in acme/{id}: the connection broke off .*with delivery: atMostOnce it is not",
        posts=1,
    ),
    Row(
        "5xx-at-most-once",
        {**START, "delivery": "atMostOnce"},
        faults=({"on": DISPATCH, "status": 500, "times": 1},),
        phase="failed",
        message=r"^GitHub answered 500 .*; it may have arrived or not, and with delivery: atMostOnce it is not sent",
        effects=(),
        posts=1,
    ),
    polled("empty-answer", {"status": 200, "body": ""}),
    polled("not-github", {"status": 200, "body": "[1]"}),
    polled("poll-is-cut", {"close": "after"}),
)
DEPLOYED = (
    Row(
        "deployment",
        {"deployment": {**DEPLOYMENT, "description": "to {{.namespace}}", "production": True}},
        message=r"^a deployment to prod was noted in acme/{id}$",
        effects=("deployment", "status", "status"),
    ),
    Row(
        "deployment-and-run",
        {**START, "wait": WAIT, "deployment": {**DEPLOYMENT, "autoInactive": False}},
        message="ended with success: ",
        effects=("deployment", "status", "dispatch", "status"),
    ),
    Row(
        "deployment-and-failed-run",
        {**EVENT, "wait": WAIT, "deployment": DEPLOYMENT},
        github={"conclusion": "failure", "run_name": NAMED},
        phase="failed",
        message="^run .* ended with failure",
        effects=("deployment", "status", "dispatch", "status"),
    ),
    Row(
        "deployment-and-refused-dispatch",
        {**START, "ref": "v9", "deployment": {**DEPLOYMENT, "ref": "main"}},
        github={"refs": ["main"]},
        phase="failed",
        message="No ref found for: v9$",
        effects=("deployment", "status", "status"),
    ),
    Row(
        "deployment-refused",
        {**EVENT, "deployment": DEPLOYMENT},
        faults=({"on": {"path": "/deployments$"}, "status": 403, "body": said("Resource not accessible")},),
        phase="failed",
        message=r"403 to the deployment of acme/{id}: .*Deployments: write",
        effects=(),
        posts=1,
    ),
    Row(
        "last-status-refused",
        {**EVENT, "deployment": DEPLOYMENT},
        faults=({"on": {"path": "/statuses$"}, "status": 422, "body": said("No"), "probability": 1.0},),
        phase="failed",
        message=r"^GitHub answered 422 to the deployment of acme/{id}: No",
        effects=("deployment",),
    ),
    Row(
        "deployment-is-cut",
        {**EVENT, "deployment": DEPLOYMENT},
        faults=(
            {"on": {"path": "/deployments$"}, "close": "after", "times": 1},
            {"on": {"path": "/statuses$", "method": "POST"}, "close": "after", "times": 1},
        ),
        effects=("deployment", "status", "dispatch", "status"),
    ),
    Row(
        "deployment-is-cut-before",
        {**EVENT, "deployment": DEPLOYMENT},
        faults=({"on": {"path": "/deployments$", "method": "POST"}, "close": "before", "times": 1},),
        effects=("deployment", "status", "dispatch", "status"),
    ),
)
ROWS = SENT + WAITED + REFUSED + LOST + DEPLOYED


@pytest.mark.parametrize("name", [row.name for row in ROWS])
def test_row(fleet: Fleet, name: str) -> None:
    """The phase, the message, what GitHub took, and that nothing broke GitHub's own description of its API."""
    row, own = fleet.rows[name], fleet.own[name]
    fleet.checked(name)
    requests = fleet.requests(name)
    seen = "\n".join(f"{one} {one.body or ''}" for one in requests)
    assert tuple(one.effect for one in requests if one.effect and one.accepted) == row.effects, seen
    posts = [one for one in requests if one.method == "POST"]
    if row.posts is not None:
        assert len(posts) == row.posts, seen
    called = [f"{one.method} {one.url}" for one in requests]
    for wanted in row.calls:
        assert any(re.search(fleet.fill(row, wanted), one) for one in called), called
    check_body(row.body and fleet.fill(row, row.body), own, [one for one in posts if one.effect == "dispatch"])
    for one in requests:
        assert one.headers["authorization"] == f"Bearer {TOKEN}"
        assert one.headers["accept"] == "application/vnd.github+json"
        assert one.headers["user-agent"] == "vela-steps"
    assert [one for one in requests if one.problems and name not in MISUSED] == []


MISUSED = ("old-ghes", "old-ghes-waits", "old-ghes-cannot-wait")  # ask for what GHES does not know, on purpose


def check_body(wanted: Mapping[str, Any] | None, own: str, dispatches: list[Any]) -> None:
    """The last dispatch's body: as it is wanted, and with what is deployed under one key."""
    if wanted is None:
        return
    body = dispatches[-1].json()
    if "client_payload" in body:
        facts = body["client_payload"].pop("vela")
        assert re.fullmatch("[0-9a-f]{16}", facts.pop("id"))
        assert facts.pop("namespace").startswith("t-")
        revision = {"revision": f"{own}-v1", "step": "tell", "images": [], "gitRevision": COMMIT}
        assert facts == {"app": own, **revision}
    assert body == wanted


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("deployment", ["in_progress", "success"]),
        ("deployment-and-run", ["in_progress", "success"]),
        ("deployment-and-failed-run", ["in_progress", "failure"]),
        ("deployment-and-refused-dispatch", ["in_progress", "failure"]),
    ],
)
def test_the_environment_page_shows_the_deploy(fleet: Fleet, name: str, states: list[str]) -> None:
    fleet.ended(name)
    made, *statuses = [one for one in fleet.requests(name, effects=True) if one.effect in ("deployment", "status")]
    body = made.json()
    assert (body["environment"], body["auto_merge"], body["required_contexts"]) == ("prod", False, [])
    assert body["ref"] == fleet.rows[name].properties["deployment"].get("ref", COMMIT)
    assert body["payload"]["vela"]["app"] == fleet.own[name]
    assert [one.json()["state"] for one in statuses] == states
    assert {one.json()["environment_url"] for one in statuses} == {f"https://{fleet.own[name]}.acme.io"}
    waited = "wait" in fleet.rows[name].properties
    assert ("log_url" in statuses[-1].json()) is waited
    if name == "deployment-and-run":
        assert statuses[-1].json()["auto_inactive"] is False
