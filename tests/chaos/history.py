"""What happens, as it happens: every request, every note in a marker, every state of an Application, every blow."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kubernetes import client, watch
from urllib3.exceptions import HTTPError

from vela_steps.errors import VelaStepsError
from vela_steps.receiver.client import Receiver
from vela_steps.testing.cluster import APPLICATION, has_ended

MARKERS = "vela-steps.dev/marker=true"
ROUND = 3  # seconds after which a watch sees whether all is over
BACK_WITHIN = 120.0  # seconds that whoever is struck may take until it serves again
REQUEST, NOTE, CHANGE = "request", "note", "change"  # CHANGE: of an Application's status
CORE, API, RECEIVER = "vela-core", "kube-apiserver", "receiver"


@dataclass(frozen=True)
class Note:
    """A marker as it was written: the state of each call, and what it says of those that failed."""

    at: float
    app: str
    step: str
    calls: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Blow:
    """What was done to whom, from when to when (Unix time): within, an outcome may have been lost."""

    what: str
    at: float
    until: float


@dataclass
class History:
    """Shared by all that watch and all that wait."""

    apps: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    blows: list[Blow] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=lambda: Counter({REQUEST: 0, NOTE: 0, CHANGE: 0}))
    away: Counter[str] = field(default_factory=Counter)  # who is struck and does not serve yet
    over: bool = False
    grown: threading.Condition = field(default_factory=threading.Condition)

    def count(self, kind: str, number: int = 1) -> None:
        """Something has happened."""
        with self.grown:
            self.seen[kind] += number
            self.grown.notify_all()

    def wait(self, enough: Callable[[], bool], timeout: float) -> bool:
        """Wait until something holds; False where it does not within `timeout` seconds, or all is over."""
        with self.grown:
            return self.grown.wait_for(lambda: self.over or enough(), timeout) and not self.over

    @contextmanager
    def blow(self, what: str) -> Iterator[None]:
        """Within, `what` is away; afterwards it has been struck."""
        at = time.time()
        with self.grown:
            self.away[what] += 1
        try:
            yield
            self.blows.append(Blow(what, at, time.time()))
        finally:
            with self.grown:
                self.away[what] -= 1
                self.grown.notify_all()

    def wait_back(self, what: str) -> None:
        """After a call that failed: wait until `what` serves again; where nobody struck it, for whatever is next."""
        with self.grown:
            if self.away[what]:
                self.grown.wait_for(lambda: self.over or not self.away[what], BACK_WITHIN)
            elif not self.over:
                self.grown.wait(ROUND)

    def end(self) -> None:
        """All that waits stops waiting."""
        with self.grown:
            self.over = True
            self.grown.notify_all()

    def ended(self) -> list[str]:
        """The Applications whose workflow has come to its end."""
        return [name for name, found in list(self.apps.items()) if has_ended(found)]


@dataclass
class Watchers:
    """Threads that fill a history, from one namespace and one receiver."""

    history: History
    api: client.ApiClient
    receiver: Callable[[], Receiver]
    namespace: str
    token: str  # in every request of the run
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(thread_name_prefix="chaos"))

    def __enter__(self) -> Watchers:
        self.running = [self.pool.submit(each) for each in (self._requests, self._notes, self._apps)]
        return self

    def __exit__(self, *_: object) -> None:
        self.history.end()
        self.pool.shutdown()

    def check(self) -> None:
        """Raise what ended a watcher too early: without them nothing would be seen."""
        for each in self.running:
            if each.done():
                each.result()

    def _requests(self) -> None:
        since = 0
        while not self.history.over:
            try:
                new = self.receiver().next(since, timeout=ROUND, contains=self.token)
            except VelaStepsError:  # the receiver is being restarted
                self.history.wait_back(RECEIVER)
                continue
            if new:
                since = new[-1].seq
                self.history.count(REQUEST, len(new))

    def _events(self, lister: Any, *args: Any, **options: Any) -> Iterator[Mapping[str, Any]]:
        """Added and changed objects; after the API server was away, all of them once more."""
        version: Any = None
        while not self.history.over:
            stream = watch.Watch()
            try:
                for event in stream.stream(
                    lister,
                    *args,
                    resource_version=version,
                    timeout_seconds=ROUND,
                    _request_timeout=ROUND + 10,
                    **options,
                ):
                    if event["type"] in ("ADDED", "MODIFIED"):
                        yield event["raw_object"]
                version = stream.resource_version
            except (client.ApiException, HTTPError, OSError):
                version = None
                self.history.wait_back(API)

    def _notes(self) -> None:
        latest: dict[str, str] = {}
        core = client.CoreV1Api(self.api)
        for found in self._events(core.list_namespaced_config_map, self.namespace, label_selector=MARKERS):
            metadata, text = found["metadata"], (found.get("data") or {}).get("record") or "{}"
            if latest.get(metadata["name"]) == text:
                continue
            latest[metadata["name"]] = text
            step = (metadata.get("annotations") or {}).get("vela-steps.dev/step", "")
            app = metadata["ownerReferences"][0]["name"]
            self.history.notes.append(Note(time.time(), app, step, json.loads(text).get("calls") or {}))
            self.history.count(NOTE)

    def _apps(self) -> None:
        custom = client.CustomObjectsApi(self.api)
        lister = custom.list_namespaced_custom_object
        for found in self._events(lister, *APPLICATION[:2], self.namespace, APPLICATION.plural):
            name = found["metadata"]["name"]
            before, self.history.apps[name] = self.history.apps.get(name), dict(found)
            if before is None or before.get("status") != found.get("status"):
                self.history.count(CHANGE)
