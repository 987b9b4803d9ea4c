"""Enabling while the API server goes away, and the definitions without the addon."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.addon.conftest import NAME
from tests.e2e.addon.test_folder import OURS, Definitions, ask, read_missing
from tests.e2e.test_fixtures import application
from vela_steps.addon.users import APPLICATION, SYSTEM
from vela_steps.definitions.render import as_yaml
from vela_steps.definitions.shipped import read_all
from vela_steps.sandbox.client import Sandbox
from vela_steps.testing.cluster import Cluster
from vela_steps.testing.place import Place
from vela_steps.tools.vela import Vela

pytestmark = [pytest.mark.e2e, pytest.mark.long]
ROOT = Path(__file__).parents[3] / "definitions"


def test_an_api_server_that_is_restarted_in_the_middle_leaves_nothing_that_enabling_again_does_not_complete(
    vela: Vela, addon: Path, sandbox: Sandbox, place: Place, steps: Definitions
) -> None:
    env = {**os.environ, "KUBECONFIG": str(vela.kubeconfig), "HOME": str(vela.home)}
    command = [str(vela.program), "addon", "enable", str(addon)]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as enabling:
        place.kubectl("wait", "--for=create", f"application/{APPLICATION}", "-n", SYSTEM, "--timeout=60s", timeout=70)
        sandbox.restart("kube-apiserver", kill=True)
        enabling.wait(timeout=300)
    vela.enable_addon(addon)
    running = "--for=jsonpath={.status.status}=running"
    place.kubectl("wait", running, f"application/{APPLICATION}", "-n", SYSTEM, "--timeout=90s", timeout=100)
    assert "vela-steps: enabled (0.1.0)" in vela("addon", "status", NAME).stdout
    assert {name for namespace, name in steps() if namespace == SYSTEM} >= OURS


def test_the_definitions_work_without_the_addon_by_kubectl_and_by_vela_def_apply(
    vela: Vela, cluster: Cluster, steps: Definitions
) -> None:
    for step in read_all(ROOT):
        # Client-side too: its annotation must have room for the whole definition.
        cluster.kubectl("apply", "-n", cluster.namespace, "-f", "-", stdin=as_yaml(step, cluster.namespace))
        rendered = steps()[cluster.namespace, step.name]
        vela("def", "apply", ROOT / f"{step.name}.cue", "-n", cluster.namespace)
        applied = steps()[cluster.namespace, step.name]
        described = "definition.oam.dev/description"
        assert rendered["metadata"]["annotations"][described] == applied["metadata"]["annotations"][described]
    cluster.apply(read_missing())
    assert "nowhere" in cluster.wait_for_step("reader", "ask", "failed")["message"]
    cluster.kubectl("create", "configmap", "there", "-n", cluster.namespace)
    cluster.apply(application("finder", ask("there")))
    cluster.wait_for_step("finder", "ask")
