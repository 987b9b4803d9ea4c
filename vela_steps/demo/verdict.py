"""Did what the demo shows happen? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vela_steps.demo.timeline import Event, Snapshot, app_revision_of, revision_of
from vela_steps.errors import VelaStepsError
from vela_steps.fleet.steps import refused, stuck
from vela_steps.receiver.client import Record

HOSTS = {"Fastly": "api.fastly.com", "GitHub": "api.github.com", "Slack": "hooks.slack.com"}
FIRST = {"Fastly": 1, "GitHub": 1, "Slack": 1}
LASTING = 5.0  # seconds after which an error is no hiccup: KubeVela tries again what it could not do
SECOND = {"Fastly": 0, "GitHub": 1, "Slack": 1}


class DemoError(VelaStepsError):
    """Something that the demo shows did not happen."""


def wrong_effects(records: Sequence[Record], wanted: Mapping[str, int]) -> list[str]:
    """Each service that did not get what the demo says, in words."""
    wrong = []
    for vendor, host in HOSTS.items():
        effects = [record for record in records if record.host == host and record.effect and record.accepted]
        if len(effects) != wanted[vendor]:
            number = f"{wanted[vendor]} {'request' if wanted[vendor] == 1 else 'requests'} with an effect"
            got = "; ".join(record.text for record in effects) or "nothing"
            wrong.append(f"{vendor} should have got {number}, and got {got}")
    return wrong


def wrong_ways(events: Sequence[Event]) -> list[str]:
    """What went wrong between the commit and its effects, in words."""
    wrong = [f"went wrong on the way: {event.text}" for event in events if not event.good]
    if not any(event.text == "says Progressing" for event in events):
        wrong.append("Argo CD did not wait for the workflow: it never said Progressing")
    return wrong


@dataclass
class Trouble:
    """What shows, before a commit is through, that it will not be; `before` is the Application's revision before it."""

    commit: str = ""
    before: str = ""
    _reason: str = ""
    _since: float = 0.0

    def look(self, now: Snapshot) -> str:
        """What is wrong at this moment; "" while nothing is."""
        failed = "the workflow fails" if self._failed(now) else ""
        again = [f"step {step} is refused again and again: {says}" for step, says in refused(now.markers).items()]
        return "; ".join([*([failed] if failed else []), *again, *self._stuck(now)])

    def _failed(self, now: Snapshot) -> bool:
        workflow = (now.application.get("status") or {}).get("workflow") or {}
        steps = workflow.get("steps") or [] if app_revision_of(now.application) != self.before else []
        return any(step.get("phase") == "failed" for step in steps)

    def _stuck(self, now: Snapshot) -> Iterator[str]:
        reason = stuck(now.application) if revision_of(now.argocd) == self.commit else ""
        if reason != self._reason:
            self._reason, self._since = reason, now.at
        if reason and now.at - self._since >= LASTING:
            yield "KubeVela cannot begin the workflow"


def is_through(now: Snapshot, commit: str) -> bool:
    """Whether Argo CD has this commit and calls it healthy, or KubeVela has given up on it (DemoError)."""
    status = now.application.get("status") or {}
    seen = status.get("observedGeneration") == (now.application.get("metadata") or {}).get("generation")
    argocd = now.argocd.get("status") or {}
    if revision_of(now.argocd) != commit or not seen:
        return False
    if status.get("status") in ("workflowFailed", "workflowTerminated"):
        raise DemoError(f"the workflow failed: {where(now)}")
    healthy = (argocd.get("health") or {}).get("status") == "Healthy"
    return healthy and status.get("status") == "running" and bool((status.get("workflow") or {}).get("finished"))


def where(now: Snapshot) -> str:
    """Which steps are not through, and what they say."""
    status = now.application.get("status") or {}
    steps = (status.get("workflow") or {}).get("steps") or []
    left = [step for step in steps if step.get("phase") not in ("succeeded", "skipped")]
    told = [f"step {step['name']} {step.get('phase')}: {step.get('message', 'no message')}" for step in left]
    health = ((now.argocd.get("status") or {}).get("health") or {}).get("status", "nothing")
    reason = stuck(now.application)
    return "; ".join(
        [
            *told,
            *([reason] if reason else []),
            f"Application {status.get('status', 'not there')}, Argo CD says {health}",
        ]
    )
