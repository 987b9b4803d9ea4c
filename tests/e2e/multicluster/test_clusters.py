"""Two API servers and cluster-gateway: what steps read with `cluster`, and where the addon's definitions are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.addon.used import SECRET, application, purge, step
from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.client import Sandbox
from vela_steps.sandbox.kwok import MEMBER
from vela_steps.testing.cluster import Cluster, Object, step_of
from vela_steps.tools.kubectl import Kubectl

pytestmark = [pytest.mark.e2e, pytest.mark.long]
ROOT = Path(__file__).parents[3] / "definitions"


@pytest.fixture(scope="module")
def member(sandbox: Sandbox) -> Kubectl:
    """The second cluster."""
    sandbox.up(("multicluster",))
    return sandbox.member


@pytest.fixture
def both(cluster: Cluster, member: Kubectl, sandbox: Sandbox) -> Iterator[Cluster]:
    """The test's namespace in both clusters; our definitions are in KubeVela's own only."""
    for name in ("read-object", "await-object", "cdn-purge"):
        sandbox.vela("def", "apply", ROOT / f"{name}.cue", "-n", cluster.namespace)
    member("create", "namespace", cluster.namespace)
    yield cluster
    member("delete", "namespace", cluster.namespace, "--wait=false")


def there(cluster: Cluster, place: Kubectl, name: str, **data: str) -> None:
    """A ConfigMap in one of the clusters."""
    literals = [f"--from-literal={key}={value}" for key, value in data.items()]
    place("create", "configmap", name, "-n", cluster.namespace, *literals)


def in_member(kind: str, name: str, **more: Any) -> Object:
    """A step that looks at a ConfigMap of the member."""
    return step(kind, name, apiVersion="v1", kind="ConfigMap", name=name, cluster=MEMBER, **more)


def test_the_member_is_listed_by_vela(member: Kubectl, sandbox: Sandbox) -> None:
    listed = sandbox.vela("cluster", "list").stdout
    assert MEMBER in listed
    assert "X509Certificate" in listed
    assert str(member.kubeconfig) == str(sandbox.folder.member_kubeconfig)


def test_an_object_is_read_in_the_cluster_named_and_in_no_other(both: Cluster, member: Kubectl) -> None:
    there(both, both.kubectl, "settings", color="green")
    there(both, member, "settings", color="blue")
    there(both, both.kubectl, "only-here", color="red")
    read = step("read-object", "near", apiVersion="v1", kind="ConfigMap", name="settings", fields={"c": "data.color"})
    far = in_member("read-object", "settings", fields={"c": "data.color"})
    for one in (read, far):
        one["outputs"] = [{"name": f"color-{one['name']}", "valueFrom": "outputs.fields.c"}]
    says = step("print-message-in-status", "say", message="")
    says["inputs"] = [{"from": "color-settings", "parameterKey": "message"}]
    both.apply(application("shop", read, far, says))
    assert "blue" in both.wait_for_step("shop", "say")["message"]
    both.apply(application("missing", in_member("read-object", "only-here")))
    assert "only-here" in both.wait_for_step("missing", "only-here", "failed")["message"]


def test_a_rollout_of_the_member_is_waited_for(both: Cluster, member: Kubectl) -> None:
    topology = {"name": "far", "type": "topology", "properties": {"clusters": [MEMBER]}}
    web = {"name": "web", "type": "webservice", "properties": {"image": "nginx:1", "ports": [{"port": 80}]}}
    rolled = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "until": "rollout", "cluster": MEMBER}
    app = application(
        "shop",
        {"name": "deploy", "type": "deploy", "properties": {"policies": ["far"]}},
        step("await-object", "rolled", **rolled),
        components=(web,),
    )
    app["spec"]["policies"] = [topology]
    both.apply(app)
    both.wait_for_app("shop")
    assert member.get("deployment", "web", namespace=both.namespace) is not None
    assert both.get("deployment", "web") is None


def test_only_a_change_in_the_member_counts_where_the_member_is_watched(
    both: Cluster, member: Kubectl, receiver: Receiver
) -> None:
    own = unique("shop")
    watched = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "settings", "cluster": MEMBER}]
    there(both, both.kubectl, "settings", color="green")
    there(both, member, "settings", color="blue")

    def deploy(version: str) -> str:
        app = application("shop", purge(own, onlyIfChanged=watched))
        app["metadata"]["annotations"] = {"app.oam.dev/publishVersion": version}
        both.apply(SECRET, app)

        def over(found: Object) -> bool:
            workflow = (found.get("status") or {}).get("workflow") or {}
            return bool(workflow.get("finished")) and str(workflow.get("appRevision")).endswith(version)

        found = both.wait("shop", over, what=f"the end of {version}")
        return str((step_of(found, "purge") or {}).get("message"))

    def change(place: Kubectl, color: str) -> None:
        patch = f'{{"data": {{"color": "{color}"}}}}'
        place("patch", "configmap", "settings", "-n", both.namespace, "--type=merge", "--patch", patch)

    deploy("one")
    change(both.kubectl, "yellow")
    assert deploy("two").startswith("unchanged since")
    change(member, "violet")
    deploy("three")
    assert len(receiver.effects(contains=own)) == 2


def test_a_cluster_that_nobody_joined_is_said(both: Cluster) -> None:
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "name": "settings", "cluster": "nowhere"}
    listed = {"apiVersion": "v1", "kind": "ConfigMap", "list": True, "cluster": "nowhere", "optional": True}
    lost = {
        "lost": step("read-object", "lost", **settings),
        "listed": step("read-object", "listed", **listed),
        "awaited": step("await-object", "awaited", **settings),
        "gone": step("await-object", "gone", **settings, until="gone"),
    }
    for name, one in lost.items():
        both.apply(application(name, one))
    for name in lost:
        message = both.wait_for_step(name, name, "failed")["message"]
        assert "of cluster nowhere: no cluster nowhere has joined KubeVela" in message
        assert "vela cluster list" in message


def test_nothing_is_sent_where_an_object_of_a_cluster_that_nobody_joined_is_watched(
    both: Cluster, receiver: Receiver
) -> None:
    own = unique("shop")
    watched = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "settings", "cluster": "nowhere"}]
    both.apply(SECRET, application("shop", purge(own, onlyIfChanged=watched)))
    assert "nowhere" in both.wait_for_step("shop", "purge", "failed")["message"]
    assert receiver.effects(contains=own) == []


def test_a_cluster_that_has_left_is_said(both: Cluster, member: Kubectl, sandbox: Sandbox) -> None:
    there(both, member, "settings", color="blue")
    edge = {"apiVersion": "v1", "kind": "ConfigMap", "name": "settings", "cluster": "edge"}
    sandbox.vela("cluster", "rename", MEMBER, "edge")
    try:
        both.apply(application("before", step("read-object", "seen", **edge)))
        both.wait_for_app("before")  # now KubeVela knows the kinds of that cluster
    finally:
        sandbox.vela("cluster", "rename", "edge", MEMBER)
    both.apply(application("after", step("await-object", "gone", **edge, until="gone")))
    assert "no cluster edge has joined" in both.wait_for_step("after", "gone", "failed")["message"]
