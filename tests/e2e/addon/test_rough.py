"""Enabling while the API server goes away, and the definitions without the addon."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.addon.conftest import NAME
from tests.e2e.addon.test_folder import OURS, Definitions, read_missing
from tests.e2e.addon.used import Everything
from vela_steps.addon.users import APPLICATION, SYSTEM
from vela_steps.definitions.render import as_yaml
from vela_steps.definitions.shipped import read_all
from vela_steps.receiver.client import Receiver
from vela_steps.sandbox.client import Sandbox
from vela_steps.testing.cluster import Cluster
from vela_steps.testing.place import Place
from vela_steps.tools.vela import Vela

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[3] / "definitions"


def test_an_api_server_that_is_restarted_in_the_middle_leaves_nothing_that_enabling_again_does_not_complete(
    vela: Vela, addon: Path, sandbox: Sandbox, place: Place, steps: Definitions
) -> None:
    env = {**os.environ, "KUBECONFIG": str(vela.kubeconfig), "HOME": str(vela.home)}
    command = [str(vela.program), "addon", "enable", str(addon)]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as enabling:
        place.kubectl(
            "wait",
            "--for=create",
            f"applications.core.oam.dev/{APPLICATION}",
            "-n",
            SYSTEM,
            "--timeout=60s",
            timeout=70,
        )
        sandbox.restart("kube-apiserver", kill=True)
        enabling.wait(timeout=300)
    vela.enable_addon(addon)
    running = "--for=jsonpath={.status.status}=running"
    place.kubectl(
        "wait", running, f"applications.core.oam.dev/{APPLICATION}", "-n", SYSTEM, "--timeout=90s", timeout=100
    )
    assert "vela-steps: enabled (0.1.0)" in vela("addon", "status", NAME).stdout
    assert {name for namespace, name in steps() if namespace == SYSTEM} >= OURS


@pytest.mark.parametrize("how", ["kubectl", "vela"])
def test_the_definitions_work_without_the_addon_by_kubectl_and_by_vela_def_apply(
    how: str, vela: Vela, cluster: Cluster, receiver: Receiver, steps: Definitions
) -> None:
    namespace = cluster.namespace
    for step in read_all(ROOT):
        if how == "vela":
            vela("def", "apply", ROOT / f"{step.name}.cue", "-n", namespace)
        else:  # client-side: its annotation must have room for the whole definition
            cluster.kubectl("apply", "-n", namespace, "-f", "-", stdin=as_yaml(step, namespace))
        there = steps()[namespace, step.name]
        assert there["metadata"]["annotations"]["definition.oam.dev/description"] == step.description
    Everything(cluster, receiver).use()
    cluster.apply(read_missing())
    assert "nowhere" in cluster.wait_for_step("reader", "ask", "failed")["message"]
