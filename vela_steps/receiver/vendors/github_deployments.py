"""The GitHub stand-in's deployments and their statuses."""

from __future__ import annotations

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.schemas import filled
from vela_steps.receiver.vendors.base import Route
from vela_steps.receiver.vendors.github_base import REPO, GitHubBase, error
from vela_steps.receiver.vendors.github_runs import FIRST_DEPLOYMENT, Deployment, stamp

DEPLOYMENT = REPO + r"/deployments/(?P<deployment>\d+)"
ROUTES = (
    Route("POST", f"{REPO}/deployments", "deploy", "deployment", "deployment {owner}/{repo}"),
    Route("GET", f"{REPO}/deployments", "list_deployments", "", "list deployments {owner}/{repo}"),
    Route("POST", f"{DEPLOYMENT}/statuses", "add_status", "status", "deployment {deployment} {owner}/{repo}"),
    Route("GET", f"{DEPLOYMENT}/statuses", "list_statuses", "", "statuses of {deployment} {owner}/{repo}"),
)


class GitHubDeployments(GitHubBase):
    """Deployments."""

    def __init__(self) -> None:
        super().__init__()
        self._deployments: list[Deployment] = []

    def deploy(self, request: Request, owner: str, repo: str) -> Answer:
        """201, or 409 where required contexts are not green."""
        wrong = self._breach(request, "deployment")
        if wrong:
            return wrong
        body, profile = request.object(), self._profile(owner, repo)
        if profile["refs"] is not None and body["ref"] not in profile["refs"]:
            return error(422, f"No ref found for: {body['ref']}")
        if profile["checks_fail"] and body.get("required_contexts") != []:
            return error(409, f"Conflict: Commit status checks failed for {body['ref']}.")
        made = Deployment(FIRST_DEPLOYMENT + len(self._deployments), f"{owner}/{repo}", body, request.time)
        self._deployments.append(made)
        api, _ = self._urls(request)
        return json_answer(filled(self._source(request), "deployment", made.data(api)), 201)

    def list_deployments(self, request: Request, owner: str, repo: str) -> Answer:
        """The repository's deployments, newest first, by environment and ref."""
        api, _ = self._urls(request)
        shown = [one.data(api) for one in reversed(self._deployments) if one.repo == f"{owner}/{repo}"]
        wanted = {name: value for name, value in request.args.items() if name in ("environment", "ref", "task", "sha")}
        kept = [one for one in shown if all(one[name] == value for name, value in wanted.items())]
        return json_answer([filled(self._source(request), "deployment", one) for one in kept])

    def _deployment(self, owner: str, repo: str, number: str) -> Deployment | None:
        return next((one for one in self._deployments if one.id == int(number) and one.repo == f"{owner}/{repo}"), None)

    def add_status(self, request: Request, owner: str, repo: str, deployment: str) -> Answer:
        """201."""
        found = self._deployment(owner, repo, deployment)
        if found is None:
            return error(404, "Not Found")
        body = request.object()
        wrong = self._breach(request, "deployment-status")
        if wrong or len(body.get("description", "")) > 140:
            return wrong or error(422, "description is too long (maximum is 140 characters)")
        shown = found.data(self._urls(request)[0])
        status = {
            "id": found.id * 10 + len(found.statuses),
            "environment": shown["environment"],
            "target_url": body.get("log_url", ""),
            "deployment_url": shown["url"],
            "repository_url": shown["repository_url"],
            "created_at": stamp(request.time),
            "updated_at": stamp(request.time),
            **body,
        }
        found.statuses.append(filled(self._source(request), "deployment-status", status))
        return json_answer(found.statuses[-1], 201)

    def list_statuses(self, _request: Request, owner: str, repo: str, deployment: str) -> Answer:
        """A deployment's statuses, newest first."""
        found = self._deployment(owner, repo, deployment)
        return json_answer(found.statuses[::-1]) if found else error(404, "Not Found")
