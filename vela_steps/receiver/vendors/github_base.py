"""What all calls of the GitHub stand-in share: hosts, credentials, errors, settings and checked bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.schemas import breaches
from vela_steps.receiver.vendors.base import Routed

API = "(?:/api/v3)?"
REPO = API + r"/repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)"
OLD, NEW = "2022-11-28", "2026-03-10"  # versions of the API
DOCS = "https://docs.github.com/rest"
NO_AGENT = (
    "Request forbidden by administrative rules. Please make sure your request has a User-Agent header "
    "(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required)."
)


def error(status: int, message: str, *, problems: tuple[str, ...] = ()) -> Answer:
    """GitHub's shape of an error."""
    data = {"message": message, "documentation_url": DOCS, "status": str(status)}
    return json_answer(data, status, problems=problems)


class GitHubBase(Routed):
    """One GitHub, all hosts together; repositories exist until a setting says otherwise."""

    name = "github"
    hosts = ("api.github.com",)
    any_type = True
    defaults: ClassVar[Mapping[str, Any]] = {
        "exists": True,
        "token": None,
        "default_branch": "main",
        "refs": None,
        "workflows": None,
        "inputs": None,
        "dispatchable": True,
        "listens": True,
        "run_name": "",
        "conclusion": "success",
        "queued": 1,
        "running": 1,
        "queued_seconds": 0,
        "running_seconds": 0,
        "checks_fail": False,
        "run_details": None,
        "permissions": {},
    }

    def matches(self, request: Request) -> bool:
        """api.github.com, or GitHub Enterprise Server's path under any host."""
        return super().matches(request) or request.path.startswith("/api/v3/")

    def unknown(self, request: Request) -> Answer:
        """GitHub's 404."""
        return error(404, "Not Found", problems=(f"no {request.method} {request.path} in the stand-in",))

    def denied(self, request: Request) -> Answer | None:
        """User-Agent, API version and credential, as GitHub looks at them."""
        if not request.headers.get("user-agent"):
            return error(403, NO_AGENT)
        version = request.headers.get("x-github-api-version", OLD)
        if version not in ((OLD,) if self._is_ghes(request) else (OLD, NEW)):
            return error(400, f"{version} is not a supported version of the API.")
        token = request.bearer() or request.basic()[1]
        if not token:
            return error(401, "Requires authentication")
        return None

    def answer(self, request: Request) -> Answer:
        """As the table says, after a look at the repository, with GitHub's rate-limit headers."""
        said = self._absent(request) or super().answer(request)
        limits = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4999", "x-ratelimit-used": "1"}
        limits["x-ratelimit-reset"] = str(int(request.time) + 3600)
        headers = {**limits, "x-github-request-id": f"{int(request.time * 1e6):X}", **said.headers}
        return Answer(said.status, said.body, headers, said.problems, said.accepted)

    def _absent(self, request: Request) -> Answer | None:
        found = self.find(request)
        if found is None or "repo" not in found[1] or self.denied(request):
            return None
        parts = found[1]
        profile = self._profile(parts["owner"], parts["repo"])
        if profile["token"] and profile["token"] != (request.bearer() or request.basic()[1]):
            return error(401, "Bad credentials")
        known = profile["workflows"]
        if not profile["exists"] or ("workflow" in parts and known is not None and parts["workflow"] not in known):
            return error(404, "Not Found")
        return None

    @staticmethod
    def _is_ghes(request: Request) -> bool:
        return request.path.startswith("/api/v3/")

    def _source(self, request: Request) -> str:
        return "ghes" if self._is_ghes(request) else "github"

    def _urls(self, request: Request) -> tuple[str, str]:
        """Base URLs of API and web pages."""
        if self._is_ghes(request):
            return f"{request.scheme}://{request.host}/api/v3", f"{request.scheme}://{request.host}"
        return "https://api.github.com", "https://github.com"

    def _profile(self, owner: str, repo: str) -> dict[str, Any]:
        return self.setting(f"{owner}/{repo}")

    def summary(self, request: Request) -> str:
        """What is dispatched or reported."""
        body = request.object()
        parts = [str(body[name]) for name in ("event_type", "ref", "environment", "state") if name in body]
        return " ".join(parts)

    def _breach(self, request: Request, operation: str) -> Answer | None:
        """422 for a body that GitHub's description does not allow."""
        found = breaches(self._source(request), operation, "request", request.json())
        if not found:
            return None
        return error(422, "Invalid request.\n\n" + "\n".join(found), problems=found)
