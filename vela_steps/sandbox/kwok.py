"""The cluster: a Kubernetes API with its controllers, by kwokctl's binary runtime; nodes and pods are simulated."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from vela_steps.errors import VelaStepsError
from vela_steps.sandbox.folder import Folder
from vela_steps.sandbox.processes import MARK
from vela_steps.sandbox.program import Running
from vela_steps.sandbox.request import Request
from vela_steps.tools.kubectl import Kubectl
from vela_steps.tools.run import run

CLUSTER, MEMBER = "sandbox", "member"  # the cluster that KubeVela runs in, and a second one that it deploys to
# Variables of the user's that would send the sandbox's programs elsewhere.
_STEERS = re.compile(r"(?i).*_PROXY$|KUBECONFIG$|ARGOCD_|GIT_|SSL_CERT_|KWOK_")
START_WITHIN = 120.0  # seconds
ADMIN = "kwok-admin"  # the name in the certificate that kwokctl makes
# What kwokctl starts: the names of its pid and log files.
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok-controller")
# The stages that make nodes ready and pods run, of those that kwok ships.
STAGES = (
    "node/fast/node-initialize",
    "node/heartbeat/node-heartbeat",
    "pod/fast/pod-ready",
    "pod/fast/pod-complete",
    "pod/fast/pod-delete",
)


def marked_environment(request: Request, **more: str) -> dict[str, str]:
    """The environment of every process of the sandbox: the user's, without what would steer it, with its mark."""
    plain = {key: value for key, value in os.environ.items() if not _STEERS.match(key)}
    return {**plain, MARK: request.id, **more}


class Kwok:
    """A cluster of one sandbox: KubeVela's own, or the member."""

    def __init__(self, folder: Folder, request: Request, name: str = CLUSTER) -> None:
        self._folder, self._request, self._name = folder, request, name
        self._workdir = folder.kwok / "clusters" / name
        self._ports = cluster_ports(request.ports, name)
        self._prefix = prefix(name)
        self.kubeconfig = folder.kubeconfig if name == CLUSTER else folder.member_kubeconfig
        self.kubectl = Kubectl(request.component("kubernetes").binary("kubectl"), self.kubeconfig)

    def create(self) -> None:
        """Create and start the cluster.

        Raises VelaStepsError (or ToolError) where it does not come up, with the end of a dead component's log.
        """
        config = self._folder.path / f"kwokctl-{self._name}.yaml"
        made = configuration(self._request, self._ports, self._workdir / "pki" / "ca.crt")
        config.write_text(yaml.safe_dump(made), encoding="utf-8")
        # No leases on nodes: a kwok-controller that is started again would wait minutes for those of its predecessor.
        options = ("--kubeconfig", str(self.kubeconfig), "--node-lease-duration-seconds", "0")
        self._kwokctl("--config", str(config), "create", "cluster", *options)
        self.kubeconfig.chmod(0o600)

    def start(self) -> None:
        """Start those of its components that do not run."""
        self._kwokctl("start", "cluster")

    def _kwokctl(self, *args: str) -> None:
        binary = self._request.component("kwok").binary("kwokctl")
        env = marked_environment(
            self._request,
            KWOK_WORKDIR=str(self._folder.kwok),
            HOME=str(self._folder.home),
            PATH=f"{self._folder.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        )
        command: list[str | Path] = [binary, *args, "--name", self._name, "--wait", f"{START_WITHIN:g}s"]
        done = run(command, timeout=START_WITHIN + 30, env=env)
        if re.search(r"Failed to wait|not served yet", done.stderr):  # kwokctl itself ends with 0
            raise VelaStepsError(f"the cluster does not become ready: {done.stderr[-2000:]}")

    def processes(self) -> dict[str, Running]:
        """What kwokctl started, by component; none where it has not got that far."""
        found = {}
        ports = component_ports(self._ports)
        for name in COMPONENTS:
            running = Running(self._prefix + name, self._workdir / "logs" / f"{name}.log", ports[name])
            pid = read_pid(self._workdir / "pids" / f"{name}.pid")
            if pid:
                running.adopt(pid)
                found[running.name] = running
        return found

    def owns(self, process: Running) -> bool:
        """Whether a process is one of this cluster's components."""
        return process.name in {self._prefix + name for name in COMPONENTS}

    def restart(self, process: Running, *, kill: bool) -> None:
        """End one of the components and have kwokctl start it again."""
        process.stop(kill=kill)
        self.start()
        process.adopt(read_pid(self._workdir / "pids" / f"{process.name.removeprefix(self._prefix)}.pid"))

    def manifests(self) -> str:
        """The nodes, and the stages that make them and their pods work."""
        shipped = self._request.component("kwok").asset("stages")
        stages = [(shipped / f"{name}.yaml").read_text(encoding="utf-8") for name in STAGES]
        nodes = [yaml.safe_dump(node(f"node-{index}")) for index in range(self._request.nodes)]
        return "\n---\n".join(stages + nodes)


def read_pid(path: Path) -> int:
    """A process id from a file; 0 where there is none."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def prefix(cluster: str) -> str:
    """What the names of a cluster's ports and processes begin with."""
    return "" if cluster == CLUSTER else f"{cluster}-"


def cluster_ports(ports: Mapping[str, int], cluster: str) -> dict[str, int]:
    """The ports of one cluster, by the names that its components have in each cluster."""
    start = prefix(cluster)
    return {name.removeprefix(start): port for name, port in ports.items() if name.startswith(start)}


def component_ports(ports: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """The ports of each component of the cluster."""
    return {
        "etcd": {"client": ports["etcd"], "peer": ports["etcd-peer"]},
        "kube-apiserver": {"https": ports["kube-apiserver"]},
        "kube-controller-manager": {"https": ports["kube-controller-manager"]},
        "kube-scheduler": {"https": ports["kube-scheduler"]},
        "kwok-controller": {"http": ports["kwok-controller"]},
    }


def configuration(request: Request, ports: Mapping[str, int], authority: Path) -> dict[str, object]:
    """kwokctl's configuration (config.kwok.x-k8s.io/v1alpha1) of a cluster, as data.

    `authority` is the certificate of the CA that kwokctl makes for it.
    """
    kubernetes, kwok = request.component("kubernetes"), request.component("kwok")
    options: dict[str, object] = {
        "runtime": "binary",
        "bindAddress": "127.0.0.1",
        "kubeVersion": "v1.34.4",
        "enableCRDs": ["Stage"],
        "etcdPort": ports["etcd"],
        "etcdPeerPort": ports["etcd-peer"],
        "kubeApiserverPort": ports["kube-apiserver"],
        "kubeControllerManagerPort": ports["kube-controller-manager"],
        "kubeSchedulerPort": ports["kube-scheduler"],
        "kwokControllerPort": ports["kwok-controller"],
        "etcdBinary": str(request.component("etcd").binary("etcd")),
        "kubeApiserverBinary": str(kubernetes.binary("kube-apiserver")),
        "kubeControllerManagerBinary": str(kubernetes.binary("kube-controller-manager")),
        "kubeSchedulerBinary": str(kubernetes.binary("kube-scheduler")),
        "kubectlBinary": str(kubernetes.binary("kubectl")),
        "kwokControllerBinary": str(kwok.binary("kwok")),
        "disableQPSLimits": True,
        # On a machine that is too busy to simulate heartbeats, the pods of a node that was given up would never again
        # be called ready: kwok does not take that back, as a kubelet would.
        "kubeControllerManagerNodeMonitorGracePeriodMilliseconds": 24 * 3600 * 1000,
    }
    extra = {
        # A sandbox's data need not outlive a power cut, and syncing it to disk would set the pace of the whole cluster.
        "etcd": {"unsafe-no-fsync": "true"},
        # There is one of each: one that is killed and started again shall not wait for its own lease to run out.
        "kube-controller-manager": {"leader-elect": "false"},
        "kube-scheduler": {"leader-elect": "false"},
        # An extension server (cluster-gateway) knows by these who asks: kwokctl gives the API server a certificate to
        # ask with, but does not publish whose it is.
        "kube-apiserver": {
            "requestheader-client-ca-file": str(authority),
            "requestheader-allowed-names": ADMIN,
            "requestheader-username-headers": "X-Remote-User",
            "requestheader-group-headers": "X-Remote-Group",
            "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        },
    }
    patches = [
        {"name": name, "extraArgs": [{"key": key, "value": value} for key, value in options.items()]}
        for name, options in extra.items()
    ]
    return {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "metadata": {"name": CLUSTER},
        "options": options,
        "componentsPatches": patches,
    }


def node(name: str) -> dict[str, object]:
    """A simulated node, as data: kwok looks after those with its annotation."""
    resources = {"cpu": "64", "memory": "256Gi", "pods": "110", "ephemeral-storage": "1Ti"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0"},
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "type": "kwok"},
        },
        "status": {"allocatable": resources, "capacity": resources},
    }
