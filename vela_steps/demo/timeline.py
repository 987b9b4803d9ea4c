"""What happened when, from three sides: Argo CD, KubeVela, and the receivers outside. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

GIT, ARGOCD, KUBEVELA, OUTSIDE = "Git", "Argo CD", "KubeVela", "outside"
BAD = ("Degraded", "Unknown", "Suspended")  # Missing is no trouble: the objects are not seen yet
VENDORS = {"fastly": "Fastly", "github": "GitHub", "slack": "Slack"}  # as people write them
LANES = (GIT, ARGOCD, KUBEVELA, OUTSIDE)


class Event(NamedTuple):
    """One thing that happened: `at` is Unix time in seconds, `lane` one of `LANES`."""

    at: float
    lane: str
    text: str
    good: bool = True


class Snapshot(NamedTuple):
    """The cluster and the receivers at one moment: Argo CD's Application, KubeVela's, requests with an effect, and the
    Application's markers by step."""

    at: float
    argocd: Mapping[str, Any]
    application: Mapping[str, Any]
    effects: Sequence[Any]
    markers: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


@dataclass
class Timeline:
    """Turns snapshots into the events that lie between them.

    `before` is the Application's revision before the commit: what its workflow and health say is no news.
    """

    commit: str
    before: str = ""
    events: list[Event] = field(default_factory=list)
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    def look(self, now: Snapshot) -> list[Event]:
        """The events that are new in this snapshot, which are kept too."""
        new = [event for key, event in self._all(now) if self._is_new(key)]
        self.events += new
        return new

    def _is_new(self, key: tuple[str, ...]) -> bool:
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _all(self, now: Snapshot) -> Iterator[tuple[tuple[str, ...], Event]]:
        fresh = app_revision_of(now.application) != self.before
        ours = revision_of(now.argocd) == self.commit
        health = list(self._health(now, fresh=fresh)) if ours else []
        # What Argo CD concludes stands below the steps from which it does, though both are seen at once.
        concluded = [one for one in health if one[1].text != "says Progressing"]
        if ours:
            yield from self._synced(now)
            yield from (one for one in health if one not in concluded)
        if ours and fresh:
            yield from self._kubevela(now)
        for record in now.effects:
            answered = "" if record.accepted else f" (answered {record.status})"
            text = f"{VENDORS.get(record.vendor, record.vendor)} gets the {record.effect}: {record.text}{answered}"
            yield ("effect", str(record.seq)), Event(record.at, OUTSIDE, text, record.accepted)
        yield from concluded

    def _synced(self, now: Snapshot) -> Iterator[tuple[tuple[str, ...], Event]]:
        if ((now.argocd.get("status") or {}).get("operationState") or {}).get("phase") == "Succeeded":
            yield ("synced",), Event(now.at, ARGOCD, f"synced {self.commit[:7]}: the Application is applied")

    def _health(self, now: Snapshot, *, fresh: bool) -> Iterator[tuple[tuple[str, ...], Event]]:
        health = ((now.argocd.get("status") or {}).get("health") or {}).get("status", "")
        if health and (fresh or health == "Progressing"):
            yield ("health", health), Event(now.at, ARGOCD, f"says {health}", health not in BAD)

    def _kubevela(self, now: Snapshot) -> Iterator[tuple[tuple[str, ...], Event]]:
        status = now.application.get("status") or {}
        workflow = status.get("workflow") or {}
        for step in workflow.get("steps") or []:
            phase, name = step.get("phase", ""), step.get("name", "")
            if phase in ("succeeded", "failed", "skipped"):
                key = (workflow.get("appRevision", ""), name, phase)
                yield key, Event(now.at, KUBEVELA, _told(step), phase != "failed")


def revision_of(argocd: Mapping[str, Any]) -> str:
    """The commit that Argo CD has synced, or is syncing."""
    status = argocd.get("status") or {}
    return str(((status.get("operationState") or {}).get("syncResult") or {}).get("revision", ""))


def app_revision_of(application: Mapping[str, Any]) -> str:
    """The revision whose workflow ran last, "" before the first."""
    return str(((application.get("status") or {}).get("workflow") or {}).get("appRevision", ""))


def _told(step: Mapping[str, Any]) -> str:
    name, phase = step["name"], step["phase"]
    if step.get("type") == "apply-component" and phase == "succeeded":
        return f"{name} is up"
    said = f": {step['message']}" if step.get("message") else ""
    return f"step {name} {phase}{said}"
