"""The chain itself: sandbox, addon, a Git repository; two commits, each watched to its end and then checked."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vela_steps.argocd.config import config_map
from vela_steps.demo import shop
from vela_steps.demo.page import Round
from vela_steps.demo.timeline import GIT, Event, Snapshot, Timeline, app_revision_of
from vela_steps.demo.verdict import FIRST, SECOND, DemoError, Trouble, is_through, where, wrong_effects, wrong_ways
from vela_steps.files.diff import Diff
from vela_steps.fleet.cluster import GROUP, Cluster
from vela_steps.fleet.steps import markers_by_owner
from vela_steps.receiver.client import Receiver, Record
from vela_steps.sandbox.client import Sandbox
from vela_steps.tools.run import run

EVERY = 0.25  # seconds between two looks
WITHIN = 180.0  # seconds that a commit may take until all of its effects are through
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Chain:
    """The demo over one sandbox; `tell` is called with each line for the terminal, `event` with each event."""

    sandbox: Sandbox
    tell: Tell
    event: Callable[[Event, float], None]

    def prepare(self) -> None:
        """Bring everything up, with nothing left of an earlier demo. Builds missing components."""
        self.sandbox.down()
        self.sandbox.up(("argocd",), tell=self.tell)
        os.environ["KUBECONFIG"] = str(self.sandbox.folder.kubeconfig)
        self.tell("telling Argo CD what healthy means for KubeVela (vela-steps argocd config)")
        self.sandbox.kubectl("patch", "configmap", "argocd-cm", "-n", "argocd", "-p", config_map())
        self.tell("enabling the addon (vela addon enable ./addon/vela-steps)")
        self.sandbox.vela.enable_addon(Path(__file__).parents[2] / "addon" / "vela-steps")
        self.tell("making the namespace shop and its Secrets")
        self.sandbox.kubectl.apply(shop.namespace_and_secrets())
        # The tests take two questions, so that one sees the step wait, and not KubeVela's growing pauses.
        Receiver.at(self.sandbox.folder.receiver).configure("github", "acme/shop", queued=0, running=1)

    def first(self) -> Round:
        """The first deploy: everything is new, so every step has its effect."""
        text = self._injected(shop.application_text())
        summary = "Everything is new: the CDN is purged, the end-to-end tests run on GitHub, Slack hears of it."
        return self._round("First commit: the shop, with its post-deploy steps", summary, "", text, FIRST)

    def second(self) -> Round:
        """A new image for the backend: only what follows from the backend happens."""
        before = (self.sandbox.repository.path / shop.FILE).read_text(encoding="utf-8")
        text, tag = shop.next_backend(before)
        summary = f"Only the backend's image changed, to {tag}: its tests run, Slack hears of it, and no CDN is purged."
        return self._round(f"Second commit: backend {tag}", summary, before, text, SECOND)

    def _injected(self, text: str) -> str:
        """What `vela-steps inject --write` makes of the shop, in the repository."""
        path = self.sandbox.repository.path / shop.FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        run([sys.executable, "-m", "vela_steps", "inject", "--write", "--plan", shop.plan_path(), path], timeout=60)
        return path.read_text(encoding="utf-8")

    def _round(self, title: str, summary: str, old: str, text: str, wanted: dict[str, int]) -> Round:
        self.tell(f"\n{title}\n{summary}\n")
        receiver = Receiver.at(self.sandbox.folder.receiver)
        already = len(receiver.requests())
        before = app_revision_of(_application(Cluster()))
        start = time.time()
        commit = self.sandbox.repository.commit({shop.FILE: text}, title)
        timeline = Timeline(commit, before)
        pushed = Event(start, GIT, f"commit {commit[:7]}")
        timeline.events.append(pushed)
        self.event(pushed, start)
        try:
            self._watch(timeline, receiver, already, start)
        except DemoError as error:
            wrong = [str(error), *wrong_effects(receiver.requests()[already:], wanted)]
            raise DemoError("; ".join(wrong), cure=self._look_around) from error
        self._check(receiver.requests()[already:], timeline, wanted)
        return Round(title, summary, Diff(shop.FILE).piece(old, text), timeline.events)

    def _watch(self, timeline: Timeline, receiver: Receiver, already: int, start: float) -> None:
        cluster, trouble = Cluster(), Trouble(timeline.commit, timeline.before)
        while True:
            effects = [record for record in receiver.requests()[already:] if record.effect]
            application = _application(cluster)
            now = Snapshot(time.time(), _argocd(cluster), application, effects, _markers(cluster, application))
            for event in timeline.look(now):
                self.event(event, start)
            if is_through(now, timeline.commit):
                return
            if wrong := trouble.look(now):
                raise DemoError(f"{wrong}: {where(now)}")
            if now.at - start > WITHIN:
                raise DemoError(f"not through after {WITHIN:.0f} s: {where(now)}")
            time.sleep(EVERY)

    @property
    def _look_around(self) -> str:
        return (
            f'eval "$(vela-steps sandbox env --name {self.sandbox.name})", then vela-steps status -n {shop.NAMESPACE}; '
            f"vela-steps demo --down --name {self.sandbox.name} ends the sandbox, which goes on running"
        )

    def _check(self, records: list[Record], timeline: Timeline, wanted: dict[str, int]) -> None:
        """Count what arrived. Raises DemoError where it is not what the demo says."""
        wrong = [*wrong_effects(records, wanted), *wrong_ways(timeline.events)]
        if wrong:
            raise DemoError("; ".join(wrong), cure=self._look_around)


def _argocd(cluster: Cluster) -> dict[str, Any]:
    apps = cluster.objects("argoproj.io", "v1alpha1", "applications", "argocd")
    return next((app for app in apps if app["metadata"]["name"] == "apps"), {})


def _markers(cluster: Cluster, application: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    uid = (application.get("metadata") or {}).get("uid", "")
    return markers_by_owner(cluster.markers(shop.NAMESPACE)).get(uid, {})


def _application(cluster: Cluster) -> dict[str, Any]:
    apps = cluster.objects(GROUP, "v1beta1", "applications", shop.NAMESPACE)
    return next((app for app in apps if app["metadata"]["name"] == shop.APPLICATION), {})
