"""Where end-to-end tests run with --cluster=kind: a cluster made by pytest-kind, KubeVela from its chart.

vela-core reaches the receiver, which listens on the address of kind's Docker network, by the same environment as in the
sandbox: proxy, and the CA in a ConfigMap.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vela_steps.errors import ToolError
from vela_steps.receiver.client import Receiver
from vela_steps.testing.place import Place
from vela_steps.tools.kubectl import Kubectl
from vela_steps.tools.run import run

CHART, VERSION, REPOSITORY = "vela-core", "1.10.9", "https://kubevela.github.io/charts"
SYSTEM, DEPLOYMENT, CA = "vela-system", "kubevela-vela-core", "receiver-ca"
MOUNT = "/etc/receiver"
INSTALLS = 900.0  # seconds: images are pulled
CLUSTER_ADDRESSES = ".svc,.cluster.local,10.0.0.0/8,172.16.0.0/12"


def why_not() -> str:
    """Why tests cannot run on kind here; empty where they can."""
    try:
        run(["docker", "info"], timeout=20)
    except ToolError as error:
        return f"no Docker engine answers ({str(error).splitlines()[0]})"
    if importlib.util.find_spec("pytest_kind") is None:
        return "pytest-kind is not installed: pip install pytest-kind"
    missing = [program for program in ("kubectl", "helm") if shutil.which(program) is None]
    return f"{', '.join(missing)}: not in PATH" if missing else ""


def gateway() -> str:
    """The machine's address as kind's containers see it."""
    found = json.loads(run(["docker", "network", "inspect", "kind"], timeout=20).stdout)
    configs = [config for network in found for config in network["IPAM"]["Config"]]
    addresses = [config["Gateway"] for config in configs if "." in config.get("Gateway", "")]
    if not addresses:
        raise ToolError("Docker's network `kind` has no IPv4 gateway")
    return str(addresses[0])


def with_receiver(receiver: Receiver) -> dict[str, Any]:
    """The patch of vela-core's Deployment that sends its HTTPS to the receiver."""
    values = receiver.env() | {"SSL_CERT_FILE": f"{MOUNT}/ca.pem"}
    for name in ("NO_PROXY", "no_proxy"):
        values[name] += f",$(KUBERNETES_SERVICE_HOST),{CLUSTER_ADDRESSES}"
    container = {
        "name": "kubevela",
        "env": [{"name": name, "value": value} for name, value in values.items()],
        "volumeMounts": [{"name": CA, "mountPath": MOUNT}],
    }
    volume = {"name": CA, "configMap": {"name": CA}}
    return {"spec": {"template": {"spec": {"containers": [container], "volumes": [volume]}}}}


def install(kubectl: Kubectl, receiver: Receiver) -> None:
    """KubeVela from its chart, then sent to the receiver."""
    helm = ["helm", "upgrade", "--install", "kubevela", CHART, "--repo", REPOSITORY, "--version", VERSION]
    where = ["--namespace", SYSTEM, "--create-namespace", "--kubeconfig", str(kubectl.kubeconfig)]
    run([*helm, *where, "--wait", "--timeout", f"{INSTALLS:g}s"], timeout=INSTALLS + 60)
    ca = Path(str(receiver.state["ca"])).read_text()
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": CA}, "data": {"ca.pem": ca}}
    kubectl.apply(json.dumps(manifest), namespace=SYSTEM)
    patch = json.dumps(with_receiver(receiver))
    kubectl("patch", "deployment", DEPLOYMENT, "--namespace", SYSTEM, "--patch", patch)
    kubectl("rollout", "status", f"deployment/{DEPLOYMENT}", "--namespace", SYSTEM, "--timeout=300s", timeout=330)


def place(cluster: Any, folders: Any) -> Iterator[Place]:
    """`cluster` is pytest-kind's, `folders` pytest's tmp_path_factory."""
    kubectl = Kubectl("kubectl", Path(cluster.kubeconfig_path).resolve())
    receiver = Receiver.start(folders.mktemp("receiver"), "--address", gateway())
    try:
        install(kubectl, receiver)

        def log(lines: int) -> str:
            args = ("logs", f"deployment/{DEPLOYMENT}", "--namespace", SYSTEM, f"--tail={lines}")
            return kubectl(*args).stdout

        yield Place(kubectl, lambda: receiver, log, None)
    finally:
        receiver.stop()
