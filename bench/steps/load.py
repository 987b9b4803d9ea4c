"""Many Applications at once with one kind of step: how long until all are through, and what it cost."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes import client, config, watch

from bench.steps.kinds import HOST, NOTHING, application, secret
from bench.steps.meter import Reading, read
from tests.chaos.run import namespace
from vela_steps.errors import VelaStepsError
from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.client import Sandbox
from vela_steps.testing.cluster import APPLICATION, has_ended, phase_of, told

CHUNK = 100  # Applications in one apply
SILENT = 600  # seconds without any Application that ends
ENDING = 900  # seconds for a namespace to go, with all that is in it


@dataclass(frozen=True)
class Load:
    """What a load took. `late` are the seconds from an Application's creation to its workflow's end, sorted."""

    kind: str
    apps: int
    wall: float
    used: Reading
    effects: int
    late: tuple[float, ...]


def run(sandbox: Sandbox, kind: str, count: int) -> Load:
    """Apply them all, wait until each is `running`, and read the meters.

    Raises VelaStepsError where one ends otherwise, or none ends for ten minutes.
    """
    receiver = Receiver.at(sandbox.folder.receiver)
    receiver.answer_for(HOST)
    token = unique("load")
    with namespace(sandbox, "bench") as where:
        sandbox.kubectl.apply(json.dumps(secret()), namespace=where)
        items = [application(f"{token}-{number}", kind) for number in range(count)]
        before, began = read(sandbox), time.monotonic()
        for first in range(0, count, CHUNK):
            chunk = {"apiVersion": "v1", "kind": "List", "items": items[first : first + CHUNK]}
            sandbox.kubectl.apply(json.dumps(chunk), namespace=where, validate=False, timeout=300)
        late = waited(sandbox, where, count)
        wall, used = time.monotonic() - began, read(sandbox).since(before)
        sent = len(receiver.requests(contains=token))
        if kind != NOTHING and sent < count:
            raise VelaStepsError(f"{kind}: {sent} of {count} requests arrived")
    # The next load must not pay for this one's end; a thousand Applications deleted one by one would take minutes.
    sandbox.kubectl("wait", "namespace", where, "--for=delete", f"--timeout={ENDING}s", timeout=ENDING + 30)
    return Load(kind, count, wall, used, sent, tuple(sorted(late)))


def waited(sandbox: Sandbox, where: str, count: int) -> list[float]:
    """Wait until all are through; how long each took."""
    custom = client.CustomObjectsApi(config.new_client_from_config(str(sandbox.folder.kubeconfig)))
    took: dict[str, float] = {}
    last, version = time.monotonic(), None
    while len(took) < count:
        stream = watch.Watch()
        for event in stream.stream(
            custom.list_namespaced_custom_object,
            *APPLICATION[:2],
            where,
            APPLICATION.plural,
            resource_version=version,
            timeout_seconds=5,
        ):
            found: Mapping[str, Any] = event["object"]
            name = found["metadata"]["name"]
            if event["type"] != "DELETED" and name not in took and has_ended(dict(found)):
                if phase_of(dict(found)) != "running":
                    raise VelaStepsError(f"{name} did not succeed:\n{told(dict(found))}")
                took[name], last = time.time() - created(found), time.monotonic()
            if len(took) == count:
                break
        version = stream.resource_version
        if time.monotonic() - last > SILENT:
            raise VelaStepsError(f"{len(took)} of {count} Applications have ended, and no other one for {SILENT} s")
    return list(took.values())


def created(found: Mapping[str, Any]) -> float:
    """When an object was created, as Unix time (whole seconds)."""
    stamp = found["metadata"]["creationTimestamp"]
    return time.mktime(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
