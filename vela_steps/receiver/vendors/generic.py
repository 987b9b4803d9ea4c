"""Whatever has no stand-in of its own: any path on loopback, hosts that a test registers, and e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from email import message_from_bytes, policy
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Description, Request, json_answer
from vela_steps.receiver.vendors.base import Hosted
from vela_steps.receiver.vendors.signatures import standard_webhook_signature

SKEW = 300  # seconds that a signature's time may be off
READS = ("GET", "HEAD", "OPTIONS")


class Generic(Hosted):
    """Answers 200 with `{}`, or what was registered for the host: {status, headers, body}, and 401 to what has no
    Standard Webhooks signature made with the `secret` that was registered.

    Loopback names are always known; another host only once it was registered, so that a typing error in a host name
    does not pass. The key of a setting is `host` or `host/path`, with wildcards.
    """

    name = "generic"
    hosts: ClassVar[tuple[str, ...]] = ("127.0.0.1", "localhost", "[[]::1[]]")

    def matches(self, request: Request) -> bool:
        """Loopback, or registered."""
        return super().matches(request) or bool(self.setting(request.host + request.path))

    def setting(self, key: str) -> dict[str, Any]:
        """A key without a path is for the whole host."""
        found: dict[str, Any] = {}
        for pattern, value in self._settings:
            if fnmatchcase(key, pattern if "/" in pattern else pattern + "/*"):
                found.update({"status": 200}, **value)
        return found

    def answer(self, request: Request) -> Answer:
        """What was registered, else an empty object."""
        found = self.setting(request.host + request.path)
        if not found:
            return json_answer({})
        if found.get("secret") and not self._is_signed(request, str(found["secret"])):
            return json_answer({"message": "webhook-signature does not fit"}, 401)
        headers: Mapping[str, str] = {"content-type": "application/json", **found.get("headers", {})}
        return Answer(int(found["status"]), str(found.get("body", "{}")).encode(), headers)

    @staticmethod
    def _is_signed(request: Request, secret: str) -> bool:
        told = request.headers.get("webhook-timestamp", "")
        fresh = told.isdigit() and abs(request.time - int(told)) <= SKEW
        given = request.headers.get("webhook-signature", "").split()
        return fresh and standard_webhook_signature(request, secret) in given

    def describe(self, request: Request) -> Description:
        """Everything but reading is an effect."""
        kind = request.headers.get("ce-type") or request.object().get("type") or ""
        effect = "" if request.method in READS else "webhook"
        return Description(effect, f"{request.method} {request.host}{request.path} {kind}".strip())


class Mail(Hosted):
    """E-mail by SMTP."""

    name = "mail"

    def matches(self, request: Request) -> bool:
        """By scheme."""
        return request.scheme == "smtp"

    def answer(self, _request: Request) -> Answer:
        """Taken."""
        return Answer(200, b"OK")

    def describe(self, request: Request) -> Description:
        """Recipients and subject."""
        subject = message_from_bytes(request.body, policy=policy.default)["subject"] or "(no subject)"
        return Description("message", f"e-mail to {request.headers.get('to', '')}: {subject}")
