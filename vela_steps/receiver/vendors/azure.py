"""Azure Front Door: the client-credentials token, the purge and its operation.

Settings, by client id: secret (the only one that is let in). By profile: polls (how often the operation still runs when
asked for; -1: the purge is answered 200 at once), error ({code, message}: how the operation ends).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed, listed

ENDPOINT = (
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/Microsoft\.Cdn"
    r"/profiles/(?P<profile>[^/]+)/afdEndpoints/(?P<endpoint>[^/]+)"
)
OPERATION = r"/subscriptions/(?P<subscription>[^/]+)/providers/Microsoft\.Cdn/operationresults/(?P<operation>[^/]+)"
TOKEN = r"/(?P<tenant>[^/]+)/oauth2/v2\.0/token"  # noqa: S105  # a path


def error(status: int, code: str, message: str) -> Answer:
    """Azure Resource Manager's shape of an error."""
    return json_answer({"error": {"code": code, "message": message}}, status)


class Azure(Routed):
    """login.microsoftonline.com and management.azure.com."""

    name = "azure"
    hosts = ("login.microsoftonline.com", "management.azure.com")
    defaults: ClassVar[Mapping[str, Any]] = {"secret": None, "polls": 1, "error": None}
    routes = (
        Route("POST", TOKEN, "token", "", "token of tenant {tenant}"),
        Route("POST", f"{ENDPOINT}/purge", "purge", "purge", "{profile}/{endpoint}:"),
        Route("GET", OPERATION, "operation", "", "operation {operation}"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._left: dict[str, tuple[int, str]] = {}

    def denied(self, request: Request) -> Answer | None:
        """A bearer token, but for the call that gets one."""
        if request.bearer() or request.host.startswith("login."):
            return None
        return error(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")

    def token(self, request: Request, tenant: str) -> Answer:
        """A token for the client's secret."""
        form = request.form
        if form.get("grant_type") != "client_credentials" or not form.get("client_id") or not form.get("scope"):
            return json_answer({"error": "invalid_request", "error_description": "AADSTS900144"}, 400)
        wanted = self.setting(form["client_id"])["secret"]
        given = form.get("client_secret", "")
        if not given or (wanted is not None and wanted != given):
            said = "AADSTS7000215: Invalid client secret provided."
            return json_answer({"error": "invalid_client", "error_description": said}, 401)
        token = base64.urlsafe_b64encode(f"{tenant}.{form['client_id']}.{request.time}".encode()).decode()
        return json_answer({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token})

    def summary(self, request: Request) -> str:
        """The paths."""
        return listed(request.object().get("contentPaths", []))

    def purge(self, request: Request, subscription: str, profile: str, **_: str) -> Answer:
        """202 with the operation's address, or 200 at once."""
        if "api-version" not in request.args:
            return error(400, "MissingApiVersionParameter", "The api-version query parameter is required.")
        paths = request.object().get("contentPaths")
        if not isinstance(paths, list) or not paths or not all(str(path).startswith("/") for path in paths):
            return error(400, "BadRequest", "contentPaths: paths that begin with / are needed")
        polls = int(self.setting(profile)["polls"])
        if polls < 0:
            return Answer(200)
        number = f"{len(self._left) + 1:08x}-0000-4000-8000-000000000000"
        self._left[number] = (polls, profile)
        base = f"https://management.azure.com/subscriptions/{subscription}/providers/Microsoft.Cdn/operationresults"
        return Answer(202, headers={"location": f"{base}/{number}?api-version=2023-05-01", "retry-after": "1"})

    def operation(self, request: Request, operation: str, **_: str) -> Answer:
        """202 while it runs, 200 at its end, or the error it ended with."""
        if operation not in self._left:
            return error(404, "NotFound", f"operation {operation} was not found")
        left, profile = self._left[operation]
        self._left[operation] = (left - 1, profile)
        if left > 0:
            target = f"https://management.azure.com{request.path}?{request.query}"
            return Answer(202, headers={"location": target, "retry-after": "1"})
        failed = self.setting(profile)["error"]
        return error(409, failed["code"], failed["message"]) if failed else json_answer({})
