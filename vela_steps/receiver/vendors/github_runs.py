"""Workflow runs and deployments as the GitHub stand-in keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

FIRST_RUN, FIRST_DEPLOYMENT = 16_000_000_001, 2_100_000_001
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")


def stamp(at: float) -> str:
    """A time as GitHub writes it."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def rendered(template: str, event: Mapping[str, Any]) -> str:
    """A workflow's `run-name` for an event: `${{ github.event.… }}` and `${{ inputs.… }}`, missing ones empty."""
    known: dict[str, Any] = {"github": {"event": event}, "inputs": event.get("inputs", {})}

    def value(found: re.Match[str]) -> str:
        place: Any = known
        for part in found.group(1).split("."):
            place = place.get(part) if isinstance(place, Mapping) else None
        return "" if place is None else str(place)

    return EXPRESSION.sub(value, template)


@dataclass
class Run:
    """One workflow run. It goes from queued to in_progress to completed when it has been asked for often enough and
    has taken long enough: `queued`, `running` count questions, `queued_seconds`, `running_seconds` are seconds."""

    id: int
    repo: str
    workflow: str
    event: str
    branch: str
    title: str
    made: float
    profile: Mapping[str, Any]
    asked: int = 0
    cancelled: bool = False

    def status(self, now: float) -> tuple[str, str | None]:
        """Status and conclusion at a time."""
        if self.cancelled:
            return "completed", "cancelled"
        profile, age = self.profile, now - self.made
        queued, queued_seconds = int(profile["queued"]), float(profile["queued_seconds"])
        if self.asked <= queued - 1 or age < queued_seconds:
            return "queued", None
        if self.asked <= queued + int(profile["running"]) - 1 or age < queued_seconds + profile["running_seconds"]:
            return "in_progress", None
        return "completed", str(profile["conclusion"])

    def data(self, now: float, api: str, web: str) -> dict[str, Any]:
        """The run as the API shows it."""
        status, conclusion = self.status(now)
        url = f"{api}/repos/{self.repo}/actions/runs/{self.id}"
        return {
            "id": self.id,
            "name": self.workflow,
            "event": self.event,
            "status": status,
            "conclusion": conclusion,
            "display_title": self.title,
            "head_branch": self.branch,
            "head_sha": f"{self.id:040x}",
            "path": f".github/workflows/{self.workflow}",
            "run_number": self.id - FIRST_RUN + 1,
            "run_attempt": 1,
            "url": url,
            "html_url": f"{web}/{self.repo}/actions/runs/{self.id}",
            "jobs_url": f"{url}/jobs",
            "logs_url": f"{url}/logs",
            "cancel_url": f"{url}/cancel",
            "rerun_url": f"{url}/rerun",
            "created_at": stamp(self.made),
            "updated_at": stamp(now),
            "run_started_at": stamp(self.made),
        }


@dataclass
class Deployment:
    """One deployment with its statuses, oldest first."""

    id: int
    repo: str
    body: Mapping[str, Any]
    made: float
    statuses: list[dict[str, Any]] = field(default_factory=list)

    def data(self, api: str) -> dict[str, Any]:
        """The deployment as the API shows it."""
        url = f"{api}/repos/{self.repo}/deployments/{self.id}"
        environment = self.body.get("environment", "production")
        return {
            "id": self.id,
            "url": url,
            "sha": f"{self.id:040x}",
            "ref": self.body["ref"],
            "task": self.body.get("task", "deploy"),
            "payload": self.body.get("payload", {}),
            "environment": environment,
            "original_environment": environment,
            "description": self.body.get("description"),
            "statuses_url": f"{url}/statuses",
            "repository_url": f"{api}/repos/{self.repo}",
            "created_at": stamp(self.made),
            "updated_at": stamp(self.made),
        }


def created_within(made: str, wanted: str) -> bool:
    """GitHub's `created` filter: `>=DATE`, `<DATE`, `DATE..DATE` (either may be *), or one day or moment."""
    first, dots, last = wanted.partition("..")
    if dots:
        return (first in ("", "*") or made >= first) and (last in ("", "*") or made <= last + "~")
    found = re.fullmatch(r"(>=|<=|>|<)?(.*)", wanted)
    sign, date = (found.group(1), found.group(2)) if found else (None, wanted)
    same = made.startswith(date)
    return {
        ">=": made >= date,
        "<=": made <= date or same,
        ">": made > date and not same,
        "<": made < date,
        None: same,
    }[sign]


def filtered(runs: list[Run], args: Mapping[str, str], now: float) -> Iterator[Run]:
    """The runs that a list's filters leave, newest first."""
    for run in reversed(runs):
        status, conclusion = run.status(now)
        if (
            args.get("event", run.event) == run.event
            and args.get("branch", run.branch) == run.branch
            and args.get("head_sha", f"{run.id:040x}") == f"{run.id:040x}"
            and args.get("status", status) in (status, conclusion)
            and ("created" not in args or created_within(stamp(run.made), args["created"]))
        ):
            yield run
