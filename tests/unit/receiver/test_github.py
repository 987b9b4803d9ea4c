"""The GitHub stand-in: dispatches, runs, deployments, and GitHub's own rules about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from vela_steps.receiver.client import Receiver, unique
from vela_steps.receiver.schemas import breaches
from vela_steps.receiver.vendors.github_runs import created_within

TOKEN = {"authorization": "Bearer secret"}
NEW = TOKEN | {"x-github-api-version": "2026-03-10"}
CORRELATED: dict[str, Any] = {"run_name": "deploy ${{ github.event.client_payload.vela.id }}${{ inputs.id }}"}


class Repo:
    """One repository of the stand-in, on api.github.com or (with `ghes`) on a GHES."""

    def __init__(self, receiver: Receiver, *, ghes: bool = False, **settings: Any) -> None:
        self.name = unique("acme/shop")
        self.receiver = receiver
        self.base = receiver.as_host("ghes.acme.io") + "/api/v3" if ghes else receiver.as_host("api.github.com")
        if settings:
            receiver.configure("github", self.name, **settings)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        return requests.request(
            method, f"{self.base}/repos/{self.name}{path}", json=body, headers=headers or TOKEN, timeout=10
        )

    def dispatch(self, **payload: Any) -> requests.Response:
        return self.call("POST", "/dispatches", {"event_type": "deployed", "client_payload": payload})

    def workflow(self, body: Any, **headers: str) -> requests.Response:
        return self.call("POST", "/actions/workflows/e2e.yml/dispatches", body, **headers)

    def runs(self, query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", f"/actions/runs{query}").json()["workflow_runs"]
        return found


def test_a_repository_dispatch_is_204_without_a_body_and_starts_a_run(receiver: Receiver) -> None:
    repo = Repo(receiver, **CORRELATED)
    said = repo.dispatch(vela={"id": "abc"})
    assert (said.status_code, said.content) == (204, b"")
    [run] = repo.runs("?event=repository_dispatch&branch=main&per_page=5")
    assert (run["display_title"], run["status"], run["conclusion"]) == ("deploy abc", "queued", None)
    [record] = receiver.effects(contains=repo.name)
    assert record.text == f"repository_dispatch {repo.name} deployed"


def test_without_a_run_name_the_title_is_the_event(receiver: Receiver) -> None:
    repo = Repo(receiver)
    repo.dispatch(vela={"id": "abc"})
    assert repo.runs()[0]["display_title"] == "deployed"


def test_a_run_goes_from_queued_over_in_progress_to_its_conclusion(receiver: Receiver) -> None:
    repo = Repo(receiver, queued=2, running=1, conclusion="failure")
    repo.dispatch(a=1)
    number = repo.runs()[0]["id"]
    states = [repo.call("GET", f"/actions/runs/{number}").json() for _ in range(5)]
    assert [state["status"] for state in states] == ["queued", "queued", "in_progress", "completed", "completed"]
    assert [state["conclusion"] for state in states] == [None, None, None, "failure", "failure"]
    assert repo.runs("?status=failure")[0]["id"] == number
    assert repo.runs("?status=queued") == []


def test_a_run_stays_queued_as_long_as_told(receiver: Receiver) -> None:
    repo = Repo(receiver, queued=0, running=0, queued_seconds=3600)
    repo.dispatch(a=1)
    assert repo.call("GET", f"/actions/runs/{repo.runs()[0]['id']}").json()["status"] == "queued"


def test_a_run_can_be_cancelled_until_it_has_ended(receiver: Receiver) -> None:
    repo = Repo(receiver)
    repo.dispatch(a=1)
    number = repo.runs()[0]["id"]
    assert repo.call("POST", f"/actions/runs/{number}/cancel").status_code == 202
    assert repo.call("GET", f"/actions/runs/{number}").json()["conclusion"] == "cancelled"
    assert repo.call("POST", f"/actions/runs/{number}/cancel").status_code == 409
    assert repo.call("POST", "/actions/runs/1/cancel").status_code == 404


@pytest.mark.parametrize(
    ("ghes", "headers", "more", "status", "says"),
    [
        (False, TOKEN, {}, 204, ""),
        (False, TOKEN, {"return_run_details": True}, 200, "workflow_run_id"),
        (False, TOKEN, {"return_run_details": False}, 204, ""),
        (False, NEW, {}, 200, "workflow_run_id"),
        (False, NEW, {"return_run_details": True}, 422, '\\"return_run_details\\" is not a permitted key.'),
        (True, TOKEN, {}, 204, ""),
        (True, TOKEN, {"return_run_details": True}, 422, '\\"return_run_details\\" is not a permitted key.'),
        (True, NEW, {}, 400, "not a supported version"),
    ],
)
def test_whether_a_workflow_dispatch_tells_its_run_depends_on_version_and_server(
    receiver: Receiver, ghes: bool, headers: dict[str, str], more: dict[str, Any], status: int, says: str
) -> None:
    repo = Repo(receiver, ghes=ghes)
    said = repo.workflow({"ref": "main", **more}, **headers)
    assert (said.status_code, says in said.text) == (status, True)
    if status == 200:
        assert (
            repo.call("GET", f"/actions/runs/{said.json()['workflow_run_id']}").json()["event"] == "workflow_dispatch"
        )
    assert len(repo.runs()) == int(status < 400)


def test_a_ghes_that_knows_return_run_details_can_be_had(receiver: Receiver) -> None:
    repo = Repo(receiver, ghes=True, run_details=True)
    said = repo.workflow({"ref": "main", "return_run_details": True})
    assert said.json()["html_url"].startswith(f"http://ghes.acme.io/{repo.name}/actions/runs/")


@pytest.mark.parametrize(
    ("settings", "body", "says"),
    [
        ({}, {"inputs": {}}, "'ref' is a required property"),
        ({}, {"ref": "main", "input": {}}, '"input" is not a permitted key.'),
        ({}, {"ref": "main", "inputs": {str(n): "x" for n in range(26)}}, "too many properties"),
        ({}, {"ref": "main", "inputs": {"a": "x" * 65_536}}, "at most 65535"),
        ({"refs": ["main"]}, {"ref": "v9"}, "No ref found for: v9"),
        ({"inputs": ["env"]}, {"ref": "main", "inputs": {"x": "1"}}, 'Unexpected inputs provided: ["x"]'),
        ({"dispatchable": False}, {"ref": "main"}, "Workflow does not have 'workflow_dispatch' trigger"),
    ],
)
def test_a_workflow_dispatch_that_is_wrong_is_422(
    receiver: Receiver, settings: dict[str, Any], body: dict[str, Any], says: str
) -> None:
    repo = Repo(receiver, **settings)
    said = repo.workflow(body)
    assert said.status_code == 422
    assert says in said.json()["message"]
    assert "documentation_url" in said.json()
    assert repo.runs() == []


@pytest.mark.parametrize(
    "body",
    [
        {"client_payload": {}},
        {"event_type": "x" * 101},
        {"event_type": ""},
        {"event_type": "deployed", "client_payload": {str(n): n for n in range(11)}},
        {"event_type": "deployed", "client_payload": {"a": "x" * 65_536}},
        {"event_type": "deployed", "client_payload": []},
        {"event_type": "deployed", "payload": {}},
        None,
    ],
)
def test_a_repository_dispatch_against_githubs_own_description_is_422_and_noted(receiver: Receiver, body: Any) -> None:
    repo = Repo(receiver)
    assert repo.call("POST", "/dispatches", body).status_code == 422
    assert receiver.problems(contains=repo.name)
    assert receiver.effects(contains=repo.name) == []


def test_credentials_and_what_does_not_exist(receiver: Receiver) -> None:
    repo = Repo(receiver, token="right", workflows=["e2e.yml"])
    right = {"authorization": "token right"}
    assert repo.call("GET", "", **TOKEN).json()["message"] == "Bad credentials"
    assert repo.call("GET", "", **{"x-a": "b"}).json()["message"] == "Requires authentication"
    found = repo.call("GET", "", **right)
    assert (found.status_code, found.json()["permissions"]["push"]) == (200, True)
    assert repo.call("GET", "/actions/workflows/e2e.yml", **right).json()["state"] == "active"
    assert repo.call("GET", "/actions/workflows/none.yml", **right).status_code == 404
    gone = Repo(receiver, exists=False)
    assert gone.dispatch(a=1).status_code == 404
    assert "x-ratelimit-remaining" in found.headers


def test_a_deployment_and_its_statuses(receiver: Receiver) -> None:
    repo = Repo(receiver, checks_fail=True)
    body = {"ref": "v2", "environment": "prod", "auto_merge": False, "description": None}
    assert repo.call("POST", "/deployments", body).status_code == 409
    made = repo.call("POST", "/deployments", {**body, "required_contexts": []})
    assert made.status_code == 201
    statuses = f"/deployments/{made.json()['id']}/statuses"
    assert repo.call("POST", statuses, {"state": "success", "log_url": "https://acme.io/log"}).status_code == 201
    assert repo.call("POST", statuses, {"state": "fine"}).status_code == 422
    assert repo.call("POST", statuses, {"state": "success", "description": "x" * 141}).status_code == 422
    assert [one["state"] for one in repo.call("GET", statuses).json()] == ["success"]
    assert [one["ref"] for one in repo.call("GET", "/deployments?environment=prod").json()] == ["v2"]
    assert repo.call("GET", "/deployments?environment=dev").json() == []
    assert [record.effect for record in receiver.effects(contains=repo.name)] == ["deployment", "status"]


@pytest.mark.parametrize(("ghes", "source"), [(False, "github"), (True, "ghes")])
def test_answers_have_what_githubs_description_demands(receiver: Receiver, ghes: bool, source: str) -> None:
    repo = Repo(receiver, ghes=ghes)
    repo.dispatch(a=1)
    deployment = repo.call("POST", "/deployments", {"ref": "v2"}).json()
    status = repo.call("POST", f"/deployments/{deployment['id']}/statuses", {"state": "success"}).json()
    assert breaches(source, "run", "answer", repo.runs()[0]) == ()
    assert breaches(source, "repository", "answer", repo.call("GET", "").json()) == ()
    assert breaches(source, "workflow", "answer", repo.call("GET", "/actions/workflows/a.yml").json()) == ()
    assert breaches(source, "deployment", "answer", deployment) == ()
    assert breaches(source, "deployment-status", "answer", status) == ()


def test_runs_come_in_pages_newest_first(receiver: Receiver) -> None:
    repo = Repo(receiver, **CORRELATED)
    for number in range(5):
        repo.dispatch(vela={"id": str(number)})
    pages = [[run["display_title"] for run in repo.runs(f"?per_page=2&page={page}")] for page in (1, 2, 3)]
    assert pages == [["deploy 4", "deploy 3"], ["deploy 2", "deploy 1"], ["deploy 0"]]


@pytest.mark.parametrize(
    ("wanted", "within"),
    [
        (">=2026-01-02T10:00:00Z", True),
        (">2026-01-02T10:00:00Z", False),
        ("<=2026-01-02", True),
        ("<2026-01-02T10:00:01Z", True),
        ("2026-01-02", True),
        ("2026-01-03", False),
        ("2026-01-01..2026-01-02", True),
        ("*..2026-01-01", False),
        ("2026-01-02T09:00:00Z..*", True),
    ],
)
def test_the_created_filter_is_githubs(wanted: str, within: bool) -> None:
    assert created_within("2026-01-02T10:00:00Z", wanted) is within


def test_runs_are_known_again_after_kill_9(tmp_path: Path) -> None:
    first = Receiver.start(tmp_path)
    repo = Repo(first, queued=1, running=0, conclusion="neutral")
    repo.dispatch(a=1)
    first.fault(match={"contains": repo.name}, times=1, status=502)
    assert repo.dispatch(a=2).status_code == 502
    number = repo.runs()[0]["id"]
    repo.call("GET", f"/actions/runs/{number}")
    assert first.process is not None
    first.process.kill()
    first.process.communicate()
    second = Receiver.start(tmp_path)
    try:
        assert len(repo.runs()) == 1
        assert repo.call("GET", f"/actions/runs/{number}").json()["conclusion"] == "neutral"
    finally:
        second.stop()


def test_the_shipped_schemas_are_what_the_stand_in_needs() -> None:
    found = json.loads((Path(breaches.__code__.co_filename).with_name("github.json")).read_text())
    assert set(found) == {"github", "ghes"}
    assert "return_run_details" in found["github"]["workflow-dispatch"]["request"]["properties"]
    assert "return_run_details" not in found["ghes"]["workflow-dispatch"]["request"]["properties"]
