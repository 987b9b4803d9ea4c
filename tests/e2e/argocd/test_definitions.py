"""The definitions from Git, without the addon: one Argo CD application holds them and an Application that uses them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.addon.used import SECRET, STEPS, Everything, application, step
from tests.e2e.argocd.conftest import ARGO, NAMESPACE, Follower
from tests.e2e.argocd.test_diff import look_again, resources, status
from vela_steps.receiver.client import Receiver, unique
from vela_steps.testing.cluster import Cluster, Object, step_of
from vela_steps.tools.run import run

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[3] / "definitions"
KIND, SYSTEM = "workflowstepdefinitions", "vela-system"
OURS = sorted(set(STEPS) - {"read-object"})  # that one stays KubeVela's own
# What http-check says, and what that of a newer version says.
OLDER, NEWER = "answered as expected", "answered as wished"


@pytest.fixture(scope="module")
def steps() -> str:
    """What a user commits."""
    render = ["definitions", "render", "--sync-wave", "-10", "--root", str(ROOT)]
    text = run([sys.executable, "-m", "vela_steps", *render], timeout=30).stdout
    assert sorted(one["metadata"]["name"] for one in yaml.safe_load_all(text)) == OURS
    return text


@pytest.fixture
def git(follower: Follower) -> Iterator[Follower]:
    """The Argo CD application; with it goes all that it brought, which the next test must not find."""
    yield follower
    kubectl = follower.sandbox.kubectl
    if follower.object():
        cascade = '{"metadata": {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}}'
        kubectl("patch", ARGO.resource, follower.name, "-n", NAMESPACE, "--type=merge", "--patch", cascade)
        kubectl("delete", ARGO.resource, follower.name, "-n", NAMESPACE, "--timeout=120s", timeout=130)
    kubectl("wait", "--for=delete", KIND, *OURS, "-n", SYSTEM, "--timeout=60s", timeout=70)


def there(git: Follower, kind: str, name: str, namespace: str) -> Object:
    """An object that must be there."""
    found = git.sandbox.kubectl.get(kind, name, namespace=namespace)
    assert found, f"there is no {kind} {name} in {namespace}"
    return found


def said(shop: Object) -> str:
    """The message of the step `smoke` once it has succeeded; else nothing."""
    smoke = step_of(shop, "smoke") or {}
    return str(smoke.get("message")) if smoke.get("phase") == "succeeded" else ""


def in_git(git: Follower, app: Object) -> Object:
    """The Application as it is committed."""
    return {**app, "metadata": {**app["metadata"], "namespace": git.namespace}}


def test_definitions_in_an_earlier_wave_are_there_before_the_application_that_uses_them(
    git: Follower, steps: str, cluster: Cluster, receiver: Receiver
) -> None:
    # By its name it would come before the definitions.
    everything = Everything(cluster, receiver, name="a-shop")
    cluster.apply(SECRET)
    revision = git.commit(in_git(git, everything.manifest()), steps__yaml=steps)
    git.follow()
    git.wait_healthy("Healthy", revision=revision, timeout=120)
    everything.check()
    shop = there(git, "applications.core.oam.dev", everything.name, git.namespace)["metadata"]
    for name in OURS:  # between two waves Argo CD lets two seconds pass
        assert there(git, KIND, name, SYSTEM)["metadata"]["creationTimestamp"] < shop["creationTimestamp"]


@pytest.mark.parametrize("tracking", ["annotation", pytest.param("label", marks=pytest.mark.long)], indirect=True)
@pytest.mark.usefixtures("tracking")
def test_a_commit_that_changes_both_is_deployed_by_the_newer_definitions_and_leaves_no_diff(
    git: Follower, steps: str, cluster: Cluster, receiver: Receiver
) -> None:
    host = f"{unique('shop')}.acme.io"
    receiver.answer_for(host, status=200, body="ok")

    def deployed(path: str, text: str) -> str:
        """Commit both, and return what the step said in the end."""
        url = f"https://{host}/{path}"
        git.commit(in_git(git, application("shop", step("http-check", "smoke", url=url))), steps__yaml=text)
        if not git.object():
            git.follow()
        found = cluster.wait("shop", lambda shop: url in said(shop), what=f"the deploy of {path}")
        return said(found).removeprefix(f"{url} ")

    assert OLDER in steps
    assert deployed("one", steps) == OLDER
    git.wait_healthy("Healthy", whole=True)
    assert deployed("two", steps.replace(OLDER, NEWER)) == NEWER
    git.wait_healthy("Healthy", whole=True)
    synced = status(git.object())["operationState"]["finishedAt"]
    found = look_again(git, "hard")
    assert status(found)["sync"]["status"] == "Synced"
    assert resources(found) == {"Application": "Synced", "WorkflowStepDefinition": "Synced"}
    assert status(found)["operationState"]["finishedAt"] == synced, "Argo CD synced again"
