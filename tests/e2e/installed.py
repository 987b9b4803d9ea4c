"""What the tests of the shipped steps have in common: a namespace with definitions in it, targets, searches."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vela_steps.testing.cluster import Cluster, Object
from vela_steps.tools.vela import Vela

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from vela_steps.receiver.client import Receiver
    from vela_steps.testing.place import Place

DEFINITIONS = Path(__file__).parents[2] / "definitions"
# Whatever a step could have left a credential in, but for the Secrets.
STORED = (
    "configmaps",
    "applications.core.oam.dev",
    "applicationrevisions.core.oam.dev",
    "controllerrevisions",
    "events",
)
# KubeVela's controller prints a call that broke off, credential and all: what is sent in such calls is told apart.
SEEN, KEPT = "seen-", "kept-"


def namespace_with(place: Place, kube: ApiClient, home: Path, *files: Path) -> Iterator[Cluster]:
    """A namespace with these definitions, unmodified: those in an Application's namespace come before all others."""
    name = f"t-{secrets.token_hex(5)}"
    place.kubectl("create", "namespace", name)
    vela = Vela(Path(str(place.kubectl.program)).parent / "vela", Path(str(place.kubectl.kubeconfig)), home)
    for file in files:
        vela("def", "apply", file, "-n", name)
    yield Cluster(place.kubectl, kube, name, place.log)
    place.kubectl("delete", "namespace", name, "--wait=false")


def healed(receiver: Receiver) -> Iterator[None]:
    """Takes the faults away that were set in between."""
    before = {fault["id"] for fault in receiver.faults()}
    yield
    new = [fault["id"] for fault in receiver.faults() if fault["id"] not in before]
    if new:
        receiver.heal(*new)


def secret(name: str, data: Mapping[str, str], labels: Mapping[str, str] | None = None) -> Object:
    """A Secret."""
    coded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": labels or {}}, "data": coded}


def config(name: str, template: str, properties: Mapping[str, Any]) -> Object:
    """A config as `vela config create` stores it."""
    labels = {"config.oam.dev/catalog": "velacore-config", "config.oam.dev/type": template}
    return secret(name, {"input-properties": json.dumps(properties)}, labels)


def stored(cluster: Cluster) -> str:
    """All that the namespace holds beside its Secrets, and the resource trackers of all namespaces, as text."""
    said = [cluster.kubectl("get", kind, "-n", cluster.namespace, "-o", "json").stdout for kind in STORED]
    said.append(cluster.kubectl("get", "resourcetrackers.core.oam.dev", "-o", "json").stdout)
    assert all('"items"' in text for text in said)
    return "".join(said)


def markers(cluster: Cluster, owner: str) -> list[str]:
    """The step markers that an object of this name owns."""
    what = ("get", "configmaps", "-n", cluster.namespace, "-l", "vela-steps.dev/marker", "-o", "json")
    items = json.loads(cluster.kubectl(*what).stdout)["items"]
    return [i["metadata"]["name"] for i in items if i["metadata"]["ownerReferences"][0]["name"] == owner]
