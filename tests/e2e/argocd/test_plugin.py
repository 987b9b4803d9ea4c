"""The config management plugin in the real argocd-cmp-server and repo-server: sources without a step in Git."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.e2e.argocd.conftest import ARGO, Follower
from tests.e2e.argocd.test_health import application
from vela_steps.plan.model import KIND
from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.client import Sandbox, program_of
from vela_steps.testing.cluster import Cluster

pytestmark = pytest.mark.e2e

SHIPPED = Path(__file__).parents[3] / "integrations" / "argocd" / "plugin.yaml"
MOUNTED = "/home/argocd/vela-steps-plans"  # in the sidecar


class Plugin(NamedTuple):
    """The running plugin: its name, and the folder that the ConfigMap with plans for all is mounted to."""

    name: str
    shared: Path


@pytest.fixture(scope="module")
def plugin(argocd: Sandbox) -> Plugin:
    """The shipped plugin.yaml, with the mounted folder elsewhere than in the container.

    It lies in the sandbox's own folder, so that it lives as long as the cmp-server that reads it.
    """
    sandbox = argocd
    for component, name in (("helm-3", "helm"), ("kustomize", "kustomize")):
        link = sandbox.folder.bin / name
        if not link.is_symlink():
            link.symlink_to(program_of(component, name))
    folder = sandbox.folder.path / "vela-steps-plugin"
    shared = folder / "plans"
    if shared.exists():
        shutil.rmtree(shared)
    shared.mkdir(parents=True)
    text = SHIPPED.read_text(encoding="utf-8")
    assert MOUNTED in text
    (folder / "plugin.yaml").write_text(text.replace(MOUNTED, str(shared)), encoding="utf-8")
    sandbox.up(("argocd",), plugins=(folder,))
    return Plugin("vela-steps", shared)


def plan(host: str, name: str = "after-deploy", **select: Any) -> str:
    """A plan that lets KubeVela's own `request` step tell a host."""
    step = {"name": "tell", "type": "request", "properties": {"url": f"https://{host}/", "method": "GET"}}
    spec = {"select": {"names": ["shop"], **select}, "steps": [step]}
    made = {"apiVersion": "vela-steps.dev/v1alpha1", "kind": KIND, "metadata": {"name": name}, "spec": spec}
    return yaml.safe_dump(made)


def source_of(kind: str, app: str) -> dict[str, str]:
    """The files of a source, by their names, `.` written as `__`."""
    if kind == "kustomize":
        return {"base/app__yaml": app, "kustomization__yaml": "resources: [base/app.yaml]\nnameSuffix: ''\n"}
    if kind == "helm":
        chart = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"
        image = app.replace("acme/web:1.0.0", "{{ .Values.image }}")
        return {"Chart__yaml": chart, "templates/app__yaml": image, "prod__yaml": "image: acme/web:1.0.0\n"}
    return {"app__yaml": app}


def conditions(found: dict[str, Any] | None) -> str:
    return " ".join(one["message"] for one in ((found or {}).get("status") or {}).get("conditions") or [])


def deployed(follower: Follower) -> dict[str, Any]:
    """The KubeVela Application as it is in the cluster."""
    return follower.sandbox.kubectl.get("applications.core.oam.dev", "shop", namespace=follower.namespace) or {}


@pytest.mark.parametrize("kind", ["plain", "kustomize", "helm"])
def test_a_source_without_a_step_in_git_is_deployed_with_the_steps_of_its_plan(
    kind: str, plugin: Plugin, follower: Follower, receiver: Receiver
) -> None:
    host = f"{unique(kind)}.example.com"
    receiver.answer_for(host)
    app = yaml.safe_dump(application(follower.namespace))
    follower.commit(**source_of(kind, app), **{"vela-steps__yaml": plan(host)})
    values = {"parameters": [{"name": "values", "array": ["prod.yaml"]}]} if kind == "helm" else {}
    follower.follow(plugin={"name": plugin.name, **values})
    follower.wait_healthy("Healthy")
    assert [step["name"] for step in deployed(follower)["spec"]["workflow"]["steps"]] == ["web", "tell"]
    assert deployed(follower)["spec"]["components"][0]["properties"]["image"] == "acme/web:1.0.0"
    assert len(receiver.requests(host=host)) == 1


def test_a_plan_of_the_mounted_config_map_reaches_sources_that_have_none(
    plugin: Plugin, follower: Follower, receiver: Receiver
) -> None:
    host = f"{unique('shared')}.example.com"
    receiver.answer_for(host)
    data = plugin.shared / "..2026_01_01"  # as the kubelet mounts a ConfigMap: links into a folder that it exchanges
    data.mkdir()
    (data / "plan.yaml").write_text(plan(host, "for-all", namespaces=[follower.namespace]), encoding="utf-8")
    (plugin.shared / "..data").symlink_to(data.name)
    (plugin.shared / "plan.yaml").symlink_to(os.path.join("..data", "plan.yaml"))  # noqa: PTH118 - a link's text
    follower.commit(application(follower.namespace))
    follower.follow(plugin={"name": plugin.name})
    follower.wait_healthy("Healthy")
    assert len(receiver.requests(host=host)) == 1


def test_a_bad_plan_and_an_empty_source_show_in_argo_cd_and_take_nothing_away(
    plugin: Plugin, follower: Follower, cluster: Cluster, receiver: Receiver
) -> None:
    host = f"{unique('bad')}.example.com"
    receiver.answer_for(host)
    follower.commit(application(follower.namespace), **{"vela-steps__yaml": plan(host)})
    follower.follow(plugin={"name": plugin.name})
    follower.wait_healthy("Healthy")
    uid = deployed(follower)["metadata"]["uid"]

    def says(*words: str) -> None:
        follower.argo.wait(
            follower.name,
            lambda found: all(word in conditions(found) for word in words),
            what=f"a condition with {words}",
            kind=ARGO,
            timeout=30,
        )

    follower.commit(**{"vela-steps__yaml": plan(host).replace("type: request", "typo: request")})
    says(": vela-steps.yaml:", "typo")  # not the folder that it was unpacked to, which is another at every refresh
    follower.commit(**{"vela-steps__yaml": plan(host), "app__yaml": "# moved away\n"})
    says("renders to nothing")
    assert deployed(follower)["metadata"]["uid"] == uid
    assert cluster.get("deployment", "web") is not None
