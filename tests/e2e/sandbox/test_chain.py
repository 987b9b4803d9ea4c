"""The whole chain in the sandbox: Git, Argo CD, KubeVela, its CLI, rollouts, and what reaches the receiver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.client import Sandbox
from vela_steps.testing.cluster import WORKFLOW_RUN, Cluster

pytestmark = pytest.mark.e2e

ARGOCD_APPS = "applications.argoproj.io"


def application(name: str, *steps: dict[str, Any]) -> dict[str, Any]:
    """An Application with one webservice, `web`, and these steps after it."""
    web = {"name": "web", "type": "webservice", "properties": {"image": "acme/web:1.0.0"}}
    apply = {"name": "apply", "type": "apply-component", "properties": {"component": "web"}}
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": name},
        "spec": {"components": [web], "workflow": {"steps": [apply, *steps]}},
    }


def request_step(url: str, body: dict[str, Any]) -> dict[str, Any]:
    """KubeVela's own `request` step."""
    return {"name": "call", "type": "request", "properties": {"url": url, "method": "POST", "body": body}}


@pytest.fixture
def host(receiver: Receiver) -> str:
    """A host outside that answers 200."""
    name = f"{unique('hooks')}.example.com"
    receiver.answer_for(name)
    return name


@pytest.fixture
def normal_rollouts(sandbox: Sandbox, namespace: str) -> Iterator[None]:
    yield
    sandbox.rollout("normal", namespace=namespace)


def test_an_application_runs_and_its_request_is_recorded_once(
    cluster: Cluster, namespace: str, receiver: Receiver, host: str
) -> None:
    read = {
        "name": "read",
        "type": "read-object",
        # Without a namespace, KubeVela's own step looks into `default`.
        "properties": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": namespace},
        "outputs": [{"name": "image", "valueFrom": "output.value.spec.template.spec.containers[0].image"}],
    }
    send = request_step(f"https://{host}/deployed", {"image": "", "by": "test"})
    send["inputs"] = [{"from": "image", "parameterKey": "body.image"}]
    cluster.apply(application("shop", read, send))
    found = cluster.wait_for_app("shop")
    assert [step["phase"] for step in found["status"]["workflow"]["steps"]] == ["succeeded"] * 3
    deployment = cluster.get("deployment", "web")
    assert deployment is not None
    assert deployment["status"]["readyReplicas"] == 1
    (record,) = receiver.requests(host=host)
    assert json.loads(record.body or "") == {"image": "acme/web:1.0.0", "by": "test"}


def test_a_request_to_api_github_com_is_captured_whole(cluster: Cluster, receiver: Receiver) -> None:
    repository = unique("shop")
    step = request_step(
        f"https://api.github.com/repos/acme/{repository}/dispatches",
        {"event_type": "deployed", "client_payload": {"a": 1}},
    )
    step["properties"]["header"] = {"Authorization": "Bearer made-up", "X-Own": "yes", "Accept": "application/json"}
    cluster.apply(application("shop", step))
    (record,) = receiver.wait_for(1, host="api.github.com", path=f"/repos/acme/{repository}/dispatches")
    assert (record.method, record.scheme) == ("POST", "https")
    assert record.headers["authorization"] == "Bearer made-up"
    assert record.headers["x-own"] == "yes"
    assert record.json() == {"event_type": "deployed", "client_payload": {"a": 1}}


TOY_STEP = """\
"{name}": {{
	type: "workflow-step"
	description: "Writes a ConfigMap"
}}
template: {{
	parameter: text: string
}}
"""


def toy_addon(folder: Path, name: str) -> Path:
    """An addon with one step definition."""
    addon = folder / name
    (addon / "definitions").mkdir(parents=True)
    metadata = f"name: {name}\nversion: 1.0.0\ndescription: A toy\ntags: [toy]\n"
    (addon / "metadata.yaml").write_text(metadata, encoding="utf-8")
    (addon / "README.md").write_text("# A toy\n", encoding="utf-8")
    template = 'package main\noutput: {apiVersion: "core.oam.dev/v1beta1", kind: "Application", spec: components: []}\n'
    (addon / "template.cue").write_text(template, encoding="utf-8")
    (addon / "definitions" / f"{name}.cue").write_text(TOY_STEP.format(name=name), encoding="utf-8")
    return addon


def test_the_real_vela_command_enables_and_disables_an_addon(sandbox: Sandbox, tmp_path: Path) -> None:
    name = unique("toy")
    addon = toy_addon(tmp_path, name)
    sandbox.vela.enable_addon(addon)
    definition = sandbox.kubectl.get("workflowstepdefinition", name, namespace="vela-system")
    assert definition is not None
    assert definition["metadata"]["ownerReferences"][0]["name"] == f"addon-{name}"
    sandbox.vela.disable_addon(name)
    sandbox.kubectl("wait", "--for=delete", f"workflowstepdefinition/{name}", "-n", "vela-system", "--timeout=60s")


def test_a_workflow_run_runs_steps_without_an_application(
    sandbox: Sandbox, cluster: Cluster, receiver: Receiver, host: str
) -> None:
    sandbox.up(("workflow",))
    run = {
        "apiVersion": "core.oam.dev/v1alpha1",
        "kind": "WorkflowRun",
        "metadata": {"name": "run"},
        "spec": {"workflowSpec": {"steps": [request_step(f"https://{host}/run", {"a": 1})]}},
    }
    cluster.apply(run)
    cluster.wait_for_app("run", "succeeded", kind=WORKFLOW_RUN)
    assert len(receiver.requests(host=host)) == 1


@pytest.mark.usefixtures("normal_rollouts")
def test_a_failing_rollout_holds_the_steps_back_until_it_recovers(
    sandbox: Sandbox, cluster: Cluster, namespace: str, receiver: Receiver, host: str
) -> None:
    sandbox.rollout("fail", namespace=namespace)
    cluster.apply(application("shop", request_step(f"https://{host}/deployed", {})))
    cluster.wait("shop", lambda found: bool(health_of(found)) and not health_of(found)[0], what="unhealthy")
    selector = ("--selector", "app.oam.dev/component=web", "--namespace", namespace)
    pods = json.loads(cluster.kubectl("get", "pods", *selector, "--output", "json").stdout)["items"]
    waiting = [
        each["state"]["waiting"]["reason"] for pod in pods for each in pod["status"].get("containerStatuses", [])
    ]
    assert waiting == ["CrashLoopBackOff"]
    assert receiver.requests(host=host) == []
    sandbox.rollout("normal", namespace=namespace)
    cluster.wait_for_app("shop")
    assert len(receiver.requests(host=host)) == 1


def health_of(found: dict[str, Any]) -> list[bool]:
    """Whether each service of an Application is healthy, as its status says."""
    return [each["healthy"] for each in found.get("status", {}).get("services", [])]


@pytest.mark.usefixtures("normal_rollouts")
def test_a_slow_rollout_is_ready_after_the_time_that_was_said(
    sandbox: Sandbox, cluster: Cluster, namespace: str
) -> None:
    sandbox.rollout("slow", component="web", namespace=namespace, seconds=4)
    cluster.apply(application("shop"))
    found = cluster.wait_for_app("shop")
    (pod,) = json.loads(cluster.kubectl("get", "pods", "--namespace", namespace, "--output", "json").stdout)["items"]
    ready = next(each for each in pod["status"]["conditions"] if each["type"] == "Ready")
    assert seconds_between(pod["metadata"]["creationTimestamp"], ready["lastTransitionTime"]) >= 3
    assert health_of(found) == [True]
    sandbox.rollout("normal", component="web", namespace=namespace)


def seconds_between(earlier: str, later: str) -> float:
    """Seconds between two times of the API server, which are whole seconds."""
    start, end = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (earlier, later))
    return (end - start).total_seconds()


def test_argo_cd_syncs_an_application_from_git_and_its_step_fires(
    sandbox: Sandbox, cluster: Cluster, namespace: str, receiver: Receiver, host: str
) -> None:
    sandbox.up(("argocd",))
    shop = application("shop", request_step(f"https://{host}/deployed", {"by": "argocd"}))
    shop["metadata"]["namespace"] = namespace
    file = f"apps/{namespace}.json"
    commit = sandbox.repository.commit({file: json.dumps(shop)}, "Deploy the shop")
    cluster.wait_for_app("shop")
    assert len(receiver.requests(host=host)) == 1
    sandbox.kubectl(
        *("wait", f"--for=jsonpath={{.status.sync.revision}}={commit}", f"{ARGOCD_APPS}/apps"),
        *("--namespace", "argocd", "--timeout=60s"),
        timeout=70,
    )
    sandbox.repository.commit({file: None}, "Remove the shop")
    sandbox.kubectl(
        *("wait", "--for=delete", "applications.core.oam.dev/shop", "--namespace", namespace, "--timeout=60s"),
        timeout=70,
    )


PLUGIN = """\
apiVersion: argoproj.io/v1alpha1
kind: ConfigManagementPlugin
metadata:
  name: {name}
spec:
  generate:
    command: [sh, -c]
    args:
      - |
        echo '{{apiVersion: v1, kind: ConfigMap, metadata: {{name: from-plugin}},'
        echo ' data: {{text: "'"$ARGOCD_ENV_TEXT"'"}}}}'
"""


def test_argo_cd_renders_with_a_config_management_plugin_of_ones_own(
    sandbox: Sandbox, cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    name = unique("own")
    (tmp_path / "plugin.yaml").write_text(PLUGIN.format(name=name), encoding="utf-8")
    sandbox.up(("argocd",), plugins=(tmp_path,))
    sandbox.repository.commit({f"{name}/README": "rendered by a plugin\n"}, "Add a folder for the plugin")
    source = {
        "repoURL": sandbox.repository.url,
        "path": name,
        "targetRevision": "main",
        "plugin": {"name": name, "env": [{"name": "TEXT", "value": "hello"}]},
    }
    destination = {"server": "https://kubernetes.default.svc", "namespace": namespace}
    synced = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {"project": "default", "source": source, "destination": destination, "syncPolicy": {"automated": {}}},
    }
    cluster.apply(synced)
    wait = ("wait", "--for=create", "configmap/from-plugin", "--namespace", namespace, "--timeout=60s")
    sandbox.kubectl(*wait, timeout=70)
    found = cluster.get("configmap", "from-plugin")
    assert found is not None
    assert found["data"] == {"text": "hello"}
    sandbox.kubectl("delete", ARGOCD_APPS, name, "--namespace", "argocd", "--wait=false")


def test_each_component_is_killed_and_serves_again(
    sandbox: Sandbox, cluster: Cluster, receiver: Receiver, host: str
) -> None:
    sandbox.up(("workflow", "argocd"))
    before = sandbox.status()["components"]
    for name in before:
        sandbox.restart(name, kill=True)
    after = sandbox.status()["components"]
    assert {name: each["state"] for name, each in after.items()} == dict.fromkeys(before, "running")
    assert all(after[name]["pid"] != before[name]["pid"] for name in before)
    assert {name: each["ports"] for name, each in after.items()} == {
        name: each["ports"] for name, each in before.items()
    }
    cluster.apply(application("shop", request_step(f"https://{host}/deployed", {})))
    cluster.wait_for_app("shop")
    assert len(receiver.requests(host=host)) == 1
