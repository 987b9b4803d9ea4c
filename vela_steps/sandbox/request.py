"""What `up` asks of a supervisor: options, ports and the built programs. Written to `request.json` before it starts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vela_steps.sandbox.components.cache import Installed
from vela_steps.sandbox.components.recipes import KUBEVELAS
from vela_steps.sandbox.folder import Folder, read_json, write_json

PARTS = ("argocd", "workflow", "webhook", "multicluster")

CLUSTER_PORTS = (
    "etcd",
    "etcd-peer",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok-controller",
)
BASE_PORTS = (*CLUSTER_PORTS, "vela-core-metrics", "vela-core-health")
PART_PORTS = {
    "workflow": ("workflow-metrics", "workflow-health"),
    "webhook": ("webhook",),
    "argocd": (
        "redis",
        "repo-server",
        "repo-server-metrics",
        "application-controller-metrics",
        "notifications-metrics",
    ),
    "multicluster": ("cluster-gateway", *(f"member-{name}" for name in CLUSTER_PORTS)),
}
BASE_COMPONENTS = ("cue-0.9.2", "cue-0.14.1", "kubevela", "kubernetes", "etcd", "kwok")
PART_COMPONENTS: dict[str, tuple[str, ...]] = {
    "workflow": ("workflow",),
    "argocd": ("argocd",),
    "webhook": (),
    "multicluster": ("cluster-gateway",),
}


@dataclass(frozen=True)
class Request:
    """One sandbox, as asked for.

    `kubevela` is its version, `ports` are TCP ports on loopback; `components` are folders in the cache by name;
    `plugins` are folders with an Argo CD config management plugin each.
    """

    id: str
    parts: tuple[str, ...]
    nodes: int
    ports: dict[str, int]
    components: dict[str, str]
    plugins: tuple[str, ...] = ()
    kubevela: str = next(iter(KUBEVELAS))

    def component(self, name: str) -> Installed:
        """A built component."""
        return Installed(name, "", Path(self.components[name]))

    def save(self, folder: Folder) -> None:
        """Write it into the sandbox's folder, in one step."""
        folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(folder.request_file, asdict(self))

    @classmethod
    def load(cls, folder: Folder) -> Request | None:
        """Read it back; None where there is none."""
        data = read_json(folder.request_file)
        return cls.of(data) if data else None

    @classmethod
    def of(cls, data: dict[str, Any]) -> Request:
        """From its JSON form."""
        return cls(**{**data, "parts": tuple(data["parts"]), "plugins": tuple(data["plugins"])})


def wanted_ports(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the ports that a sandbox with these parts needs."""
    return BASE_PORTS + tuple(name for part in parts for name in PART_PORTS[part])


def wanted_components(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The components that a sandbox with these parts needs."""
    return BASE_COMPONENTS + tuple(name for part in parts for name in PART_COMPONENTS[part])
