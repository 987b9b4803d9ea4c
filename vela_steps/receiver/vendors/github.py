"""GitHub's REST API: dispatches, workflow runs, deployments; api.github.com, and GHES under any host's /api/v3.

Bodies are checked against GitHub's own OpenAPI description. Settings, by `owner/repo`:
exists; token (the only one that is let in); default_branch; refs, workflows, inputs (the known ones; None: any);
dispatchable (the workflow has a workflow_dispatch trigger); listens (repository_dispatch starts a run);
run_name (a workflow's `run-name:`, with `${{ … }}`); conclusion; queued and running (for how many questions),
queued_seconds and running_seconds (how long at least); checks_fail (a deployment's contexts are not green);
run_details (None: api.github.com knows return_run_details, GHES does not).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.schemas import filled
from vela_steps.receiver.vendors.base import Route
from vela_steps.receiver.vendors.github_base import API, NEW, OLD, REPO, error
from vela_steps.receiver.vendors.github_deployments import ROUTES as DEPLOYMENT_ROUTES
from vela_steps.receiver.vendors.github_deployments import GitHubDeployments
from vela_steps.receiver.vendors.github_runs import FIRST_RUN, Run, filtered, rendered

WORKFLOW = REPO + r"/actions/workflows/(?P<workflow>[^/]+)"
RUN = REPO + r"/actions/runs/(?P<run>\d+)"
PAYLOAD_LIMIT, INPUTS_LIMIT = 64 * 1024, 65_535  # bytes, characters


class GitHub(GitHubDeployments):
    """The whole stand-in: dispatches, runs, deployments."""

    routes = (
        Route("POST", f"{REPO}/dispatches", "repository_dispatch", "dispatch", "repository_dispatch {owner}/{repo}"),
        Route("POST", f"{WORKFLOW}/dispatches", "workflow_dispatch", "dispatch", "{workflow} {owner}/{repo}"),
        Route("GET", f"{WORKFLOW}/runs", "list_runs", "", "list runs of {workflow} {owner}/{repo}"),
        Route("GET", WORKFLOW, "get_workflow", "", "workflow {workflow} {owner}/{repo}"),
        Route("GET", f"{REPO}/actions/runs", "list_runs", "", "list runs {owner}/{repo}"),
        Route("GET", RUN, "get_run", "", "run {run} {owner}/{repo}"),
        Route("POST", f"{RUN}/cancel", "cancel", "cancel", "cancel run {run} {owner}/{repo}"),
        Route("GET", REPO, "get_repo", "", "repository {owner}/{repo}"),
        *DEPLOYMENT_ROUTES,
        Route("GET", f"{API}/rate_limit", "rate_limit", "", "rate limit"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[Run] = []

    def _start(self, request: Request, repo: str, workflow: str, event: str, said: dict[str, Any], ref: str) -> Run:
        profile = self.setting(repo)
        title = rendered(profile["run_name"], said) or str(said.get("action") or workflow)
        run = Run(FIRST_RUN + len(self._runs), repo, workflow, event, ref, title, request.time, profile)
        self._runs.append(run)
        return run

    def repository_dispatch(self, request: Request, owner: str, repo: str) -> Answer:
        """204 and never an id; a workflow that listens starts a run on the default branch."""
        wrong = self._breach(request, "repository-dispatch")
        if wrong:
            return wrong
        if len(request.body) >= PAYLOAD_LIMIT:
            said = "client_payload is too large."
            return error(422, said, problems=(said,))
        body, profile = request.object(), self._profile(owner, repo)
        if profile["listens"]:
            workflow = (profile["workflows"] or ["on-dispatch.yml"])[0]
            event = {"action": body["event_type"], "client_payload": body.get("client_payload", {})}
            self._start(request, f"{owner}/{repo}", workflow, "repository_dispatch", event, profile["default_branch"])
        return Answer(204)

    def _refusal(self, request: Request, profile: Mapping[str, Any]) -> str:
        """What GitHub says to a workflow_dispatch that fits the schema but not the workflow."""
        body = request.object()
        inputs = body.get("inputs", {})
        if not profile["dispatchable"]:
            return "Workflow does not have 'workflow_dispatch' trigger"
        if profile["refs"] is not None and body["ref"] not in profile["refs"]:
            return f"No ref found for: {body['ref']}"
        unexpected = [] if profile["inputs"] is None else [name for name in inputs if name not in profile["inputs"]]
        if unexpected:
            return "Unexpected inputs provided: [" + ", ".join(f'"{name}"' for name in unexpected) + "]"
        if sum(len(str(value)) for value in inputs.values()) > INPUTS_LIMIT:
            return f"inputs are too large: at most {INPUTS_LIMIT} characters"
        return ""

    def _tells(self, request: Request, profile: Mapping[str, Any]) -> bool | None:
        """Whether the answer brings the run's id; None: `return_run_details` is not known here."""
        asked = request.object().get("return_run_details")
        if request.headers.get("x-github-api-version", OLD) == NEW:
            return None if asked is not None else True
        knows = profile["run_details"] if profile["run_details"] is not None else not self._is_ghes(request)
        return bool(asked) if knows or asked is None else None

    def workflow_dispatch(self, request: Request, owner: str, repo: str, workflow: str) -> Answer:
        """204, or 200 with the run where that was asked for (from 2026-03-10 on: always)."""
        profile = self._profile(owner, repo)
        tells = self._tells(request, profile)
        if tells is None:
            return error(422, 'Invalid request.\n\n"return_run_details" is not a permitted key.')
        wrong = self._breach(request, "workflow-dispatch")
        if wrong and not (profile["run_details"] and "return_run_details" in wrong.body.decode()):
            return wrong
        refusal = self._refusal(request, profile)
        if refusal:
            return error(422, refusal)
        body = request.object()
        event = {"inputs": body.get("inputs", {})}
        run = self._start(request, f"{owner}/{repo}", workflow, "workflow_dispatch", event, body["ref"])
        if not tells:
            return Answer(204)
        api, web = self._urls(request)
        shown = run.data(request.time, api, web)
        return json_answer({"workflow_run_id": run.id, "run_url": shown["url"], "html_url": shown["html_url"]})

    def list_runs(self, request: Request, owner: str, repo: str, workflow: str = "") -> Answer:
        """The repository's (or one workflow's) runs, newest first, filtered and in pages."""
        args = request.args
        mine = [
            run for run in self._runs if run.repo == f"{owner}/{repo}" and (not workflow or run.workflow == workflow)
        ]
        found = list(filtered(mine, args, request.time))
        size = min(int(args.get("per_page", "30")), 100)
        page = found[(int(args.get("page", "1")) - 1) * size :][:size]
        shown = [self._run_data(request, run) for run in page]
        return json_answer({"total_count": len(found), "workflow_runs": shown})

    def _run_data(self, request: Request, run: Run) -> dict[str, Any]:
        return filled(self._source(request), "run", run.data(request.time, *self._urls(request)))

    def _run(self, owner: str, repo: str, number: str) -> Run | None:
        return next((run for run in self._runs if run.id == int(number) and run.repo == f"{owner}/{repo}"), None)

    def get_run(self, request: Request, owner: str, repo: str, run: str) -> Answer:
        """One run; each question brings it on."""
        found = self._run(owner, repo, run)
        if found is None:
            return error(404, "Not Found")
        said = json_answer(self._run_data(request, found))
        found.asked += 1
        return said

    def cancel(self, request: Request, owner: str, repo: str, run: str) -> Answer:
        """202, or 409 for a run that has ended."""
        found = self._run(owner, repo, run)
        if found is None:
            return error(404, "Not Found")
        if found.status(request.time)[0] == "completed":
            return error(409, "Cannot cancel a workflow run that is completed.")
        found.cancelled = True
        return json_answer({}, 202)

    def get_workflow(self, request: Request, owner: str, repo: str, workflow: str) -> Answer:
        """A workflow that is active."""
        api, web = self._urls(request)
        data = {
            "id": 1,
            "name": workflow,
            "path": f".github/workflows/{workflow}",
            "state": "active",
            "url": f"{api}/repos/{owner}/{repo}/actions/workflows/1",
            "html_url": f"{web}/{owner}/{repo}/blob/main/.github/workflows/{workflow}",
        }
        return json_answer(filled(self._source(request), "workflow", data))

    def get_repo(self, request: Request, owner: str, repo: str) -> Answer:
        """The repository, with what the token may do."""
        api, web = self._urls(request)
        data = {
            "name": repo,
            "full_name": f"{owner}/{repo}",
            "default_branch": self._profile(owner, repo)["default_branch"],
            "url": f"{api}/repos/{owner}/{repo}",
            "html_url": f"{web}/{owner}/{repo}",
            "permissions": {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True}
            | self._profile(owner, repo)["permissions"],
        }
        return json_answer(filled(self._source(request), "repository", data))

    def rate_limit(self, request: Request) -> Answer:
        """The limits, untouched."""
        core = {"limit": 5000, "remaining": 4999, "reset": int(request.time) + 3600, "used": 1}
        return json_answer({"resources": {"core": core}, "rate": core})
