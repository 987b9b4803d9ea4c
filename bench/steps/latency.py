"""How soon a step acts: one Application after the other, on a machine that does nothing else.

The clock starts when the component is up: at the last change of the Deployment's status (its pod is ready), seen by a
watch, as the end of the step that applies it is not told to more than a second. From then on KubeVela must see that it
is healthy, end that step, begin the next one and have it send; the receiver's record ends it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes import client, config, watch

from bench.steps.kinds import HOST, application, secret
from tests.chaos.run import namespace
from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.client import Sandbox

WITHIN = 120.0  # seconds


@dataclass(frozen=True)
class Moments:
    """One Application's moments, as Unix time: applied, component up, step of it seen to have ended, request sent."""

    applied: float
    up: float
    ended: float
    sent: float


def measure(sandbox: Sandbox, kind: str, count: int) -> list[Moments]:
    """So many Applications, one after the other."""
    receiver = Receiver.at(sandbox.folder.receiver)
    receiver.answer_for(HOST)
    with namespace(sandbox, "bench") as where:
        sandbox.kubectl.apply(json.dumps(secret()), namespace=where)
        eye = Eye(sandbox, where)
        try:
            return [one(sandbox, receiver, eye, where, kind) for _ in range(count)]
        finally:
            eye.close()


def one(sandbox: Sandbox, receiver: Receiver, eye: Eye, where: str, kind: str) -> Moments:
    """One Application's moments."""
    name = unique("late")
    applied = time.time()
    sandbox.kubectl.apply(json.dumps(application(name, kind)), namespace=where, validate=False)
    [record, *_] = receiver.wait_for(1, contains=name, timeout=WITHIN)
    eye.wait(name)
    return Moments(applied, eye.up[name], eye.ended[name], record.at)


class Eye:
    """Notes when each component was up, and when the step that applies it was first seen to have ended."""

    def __init__(self, sandbox: Sandbox, where: str) -> None:
        self.up: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self.over, self.grown = threading.Event(), threading.Condition()
        api = config.new_client_from_config(str(sandbox.folder.kubeconfig))
        lists = {
            self._deployment: (client.AppsV1Api(api).list_namespaced_deployment, (where,)),
            self._application: (
                client.CustomObjectsApi(api).list_namespaced_custom_object,
                ("core.oam.dev", "v1beta1", where, "applications"),
            ),
        }
        watches = [(see, lister, args) for see, (lister, args) in lists.items()]
        self.threads = [threading.Thread(target=self._watch, args=one, daemon=True) for one in watches]
        for thread in self.threads:
            thread.start()

    def close(self) -> None:
        """Look away, before the API server goes."""
        self.over.set()
        for thread in self.threads:
            thread.join()

    def wait(self, name: str) -> None:
        """Until both moments of an Application were seen."""
        with self.grown:
            if not self.grown.wait_for(lambda: name in self.up and name in self.ended, WITHIN):
                raise AssertionError(f"{name}: not seen to be up and applied within {WITHIN:g} s")

    def _watch(self, see: Any, lister: Any, args: Any) -> None:
        version = None
        while not self.over.is_set():
            stream = watch.Watch()
            for event in stream.stream(lister, *args, resource_version=version, timeout_seconds=3):
                at = time.time()
                with self.grown:
                    see(event["raw_object"], at)
                    self.grown.notify_all()
            version = stream.resource_version

    def _deployment(self, found: Mapping[str, Any], at: float) -> None:
        status = found.get("status") or {}
        if status.get("availableReplicas") == found["spec"].get("replicas", 1):
            self.up.setdefault(found["metadata"]["name"], at)

    def _application(self, found: Mapping[str, Any], at: float) -> None:
        steps = ((found.get("status") or {}).get("workflow") or {}).get("steps") or []
        if any(step["name"] == "apply" and step.get("phase") == "succeeded" for step in steps):
            self.ended.setdefault(found["metadata"]["name"], at)
