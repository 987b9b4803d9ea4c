"""PagerDuty's Events API v2: alerts and changes. Settings, by routing key: exists."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed

MOST = 512 * 1024  # bytes
ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "warning", "error", "info")


class PagerDuty(Routed):
    """events.pagerduty.com (and its EU twin)."""

    name = "pagerduty"
    hosts = ("events.pagerduty.com", "events.eu.pagerduty.com")
    defaults: ClassVar[Mapping[str, Any]] = {"exists": True}
    routes = (
        Route("POST", "/v2/enqueue", "event", "event", "alert:"),
        Route("POST", "/v2/change/enqueue", "change", "change", "change:"),
    )

    def summary(self, request: Request) -> str:
        """Action and summary."""
        body = request.object()
        payload = body.get("payload")
        said = payload.get("summary", "") if isinstance(payload, dict) else body.get("dedup_key", "")
        return f"{body.get('event_action', '')} {str(said)[:80]}"

    def _refusal(self, request: Request, errors: list[str]) -> Answer | None:
        if len(request.body) > MOST:
            return json_answer({"status": "invalid event", "message": "Event is too large"}, 413)
        key = str(request.object().get("routing_key") or "")
        if not key:
            errors = ["'routing_key' is missing or blank", *errors]
        elif not self.setting(key)["exists"]:
            errors = ["'routing_key' is invalid", *errors]
        if not errors:
            return None
        data = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
        return json_answer(data, 400)

    def event(self, request: Request) -> Answer:
        """202 with the deduplication key."""
        body = request.object()
        action, payload = body.get("event_action"), request.part("payload")
        errors = [] if action in ACTIONS else [f"'event_action' must be one of {', '.join(ACTIONS)}"]
        if action == "trigger":
            errors += [
                f"'payload.{name}' is missing or blank" for name in ("summary", "source") if not payload.get(name)
            ]
            if payload.get("severity") not in SEVERITIES:
                errors.append(
                    "'payload.severity' is invalid (must be one of: 'critical', 'warning', 'error' or 'info')"
                )
        elif not body.get("dedup_key"):
            errors.append("'dedup_key' is missing or blank")
        refused = self._refusal(request, errors)
        if refused:
            return refused
        key = body.get("dedup_key") or hashlib.md5(request.body, usedforsecurity=False).hexdigest()
        return json_answer({"status": "success", "message": "Event processed", "dedup_key": key}, 202)

    def change(self, request: Request) -> Answer:
        """202."""
        payload = request.part("payload")
        errors = [] if payload.get("summary") else ["'payload.summary' is missing or blank"]
        accepted = json_answer({"status": "success", "message": "Change event processed"}, 202)
        return self._refusal(request, errors) or accepted
