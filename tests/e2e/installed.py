"""What the tests of the shipped steps have in common: a namespace with definitions in it, targets, searches."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kubernetes import client, watch

from tests.manifests import Object, application
from vela_steps.receiver.client import unique
from vela_steps.testing.cluster import Cluster, Kind, step_of
from vela_steps.tools.vela import Vela

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from vela_steps.receiver.client import Receiver
    from vela_steps.testing.place import Place

SYSTEM = "vela-system"
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


def stored(cluster: Cluster) -> str:
    """All that the namespace holds beside its Secrets, and the resource trackers of all namespaces, as text."""
    said = [cluster.kubectl("get", kind, "-n", cluster.namespace, "-o", "json").stdout for kind in STORED]
    said.append(cluster.kubectl("get", "resourcetrackers.core.oam.dev", "-o", "json").stdout)
    assert all('"items"' in text for text in said)
    return "".join(said)


def assert_nowhere(cluster: Cluster, *stored_never: str, logged_never: Iterable[str] = ()) -> None:
    """Credentials that must not be in anything that was stored, and those that must not be in vela-core's log."""
    kept, log = stored(cluster), cluster.log(100_000)
    assert len(kept) > 10_000
    for text in stored_never:
        assert text not in kept
    for text in logged_never:
        assert text not in log


def targets(place: Place, cluster: Cluster, *configs: Object) -> Iterator[None]:
    """For a fixture: these configs among the platform team's, as long as it lasts."""
    cluster.apply(*configs, namespace=SYSTEM)
    yield
    place.kubectl("delete", "secret", "--namespace", SYSTEM, *(one["metadata"]["name"] for one in configs))


def deployed(
    cluster: Cluster, name: str, step: Object, component: Object, annotations: Mapping[str, str] | None = None
) -> str:
    """Deploy a component, as a revision of its own, and the step after it: what the step said in the end."""
    version = unique("r")
    named = {**(annotations or {}), "app.oam.dev/publishVersion": version}
    cluster.apply(application(name, step, components=[component], annotations=named))
    return str((step_of(cluster.wait_for_end(name, version), step["name"]) or {})["message"])


def markers(cluster: Cluster, owner: str) -> list[str]:
    """The step markers that an object of this name owns."""
    what = ("get", "configmaps", "-n", cluster.namespace, "-l", "vela-steps.dev/marker", "-o", "json")
    items = json.loads(cluster.kubectl(*what).stdout)["items"]
    return [i["metadata"]["name"] for i in items if i["metadata"]["ownerReferences"][0]["name"] == owner]


def wait_for_calls(cluster: Cluster, owner: str, enough: Callable[[set[str]], bool], timeout: int = 240) -> None:
    """Wait until the calls that the owner's marker says are done are enough."""
    core, seen = client.CoreV1Api(cluster.api), []
    selector = {"label_selector": "vela-steps.dev/marker", "timeout_seconds": timeout}
    for event in watch.Watch().stream(core.list_namespaced_config_map, cluster.namespace, **selector):
        found = event["raw_object"]
        if found["metadata"]["ownerReferences"][0]["name"] == owner and event["type"] != "DELETED":
            calls = json.loads((found.get("data") or {}).get("record") or "{}").get("calls") or {}
            seen.append(calls)
            if enough({name for name, call in calls.items() if call["state"] == "done"}):
                return
    raise AssertionError(f"{owner}: {seen[-1:] or 'no marker'} after {timeout} s")


def assert_markers_go_with(cluster: Cluster, kind: Kind, owner: str) -> None:
    """The object has one marker, which is gone once the object is: Kubernetes collects it some time after."""
    [marker] = markers(cluster, owner)
    cluster.delete(kind.resource, owner)
    gone = ("wait", f"configmap/{marker}", "--for=delete", "--timeout=60s", "-n", cluster.namespace)
    cluster.kubectl(*gone, timeout=90)
