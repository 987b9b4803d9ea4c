"""Argo CD following a folder of the sandbox's repository, one for each test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import yaml

from vela_steps.argocd.config import config_map, settings
from vela_steps.receiver.client import unique
from vela_steps.sandbox.client import Sandbox
from vela_steps.testing.cluster import Cluster, Kind

ARGO = Kind("argoproj.io", "v1alpha1", "applications")
NAMESPACE = "argocd"
TRACKING = "application.resourceTrackingMethod"


@dataclass
class Follower:
    """An Argo CD application that follows a folder of its own."""

    sandbox: Sandbox
    argo: Cluster
    namespace: str
    name: str = field(default_factory=lambda: unique("argo"))
    seen: list[str] = field(default_factory=list)

    def commit(self, *objects: dict[str, Any], **files: str) -> str:
        """Put objects (as one file) and further files into the folder; Argo CD is told to look."""
        texts = {f"{self.name}/app.yaml": yaml.safe_dump_all(objects)} if objects else {}
        texts |= {f"{self.name}/{name.replace('__', '.')}": text for name, text in files.items()}
        revision = self.sandbox.repository.commit(texts, f"Change {self.name}")
        if self.object():
            self.refresh()
        return revision

    def manifest(self, *, prune: bool = True, options: tuple[str, ...] = (), **source: Any) -> dict[str, Any]:
        """The Argo CD application."""
        spec = {
            "project": "default",
            "source": {
                "repoURL": self.sandbox.repository.url,
                "path": self.name,
                "targetRevision": "main",
                **source,
            },
            "destination": {"server": "https://kubernetes.default.svc", "namespace": self.namespace},
            "syncPolicy": {"automated": {"prune": prune, "selfHeal": True}, "syncOptions": list(options)},
        }
        return {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": self.name, "namespace": NAMESPACE},
            "spec": spec,
        }

    def follow(self, *, prune: bool = True, options: tuple[str, ...] = (), **source: Any) -> None:
        """Make the Argo CD application."""
        self.argo.apply(self.manifest(prune=prune, options=options, **source))

    def refresh(self, how: str = "normal") -> None:
        """Let Argo CD look at the repository and the cluster now."""
        argument = f"argocd.argoproj.io/refresh={how}"
        self.sandbox.kubectl("annotate", "--overwrite", ARGO.resource, self.name, "-n", NAMESPACE, argument)

    def object(self) -> dict[str, Any] | None:
        """The Argo CD application as it is."""
        return self.argo.get(ARGO.resource, self.name)

    def operation(self) -> dict[str, Any]:
        """The state of its latest sync."""
        return ((self.object() or {}).get("status") or {}).get("operationState") or {}

    def health_of(self, found: dict[str, Any], kind: str = "Application") -> tuple[str, str]:
        """Argo CD's health of the resource of a kind, and its message; remembered in `seen`."""
        for one in (found.get("status") or {}).get("resources") or []:
            if one["kind"] == kind:
                health = one.get("health") or {}
                status = health.get("status", "")
                if status and self.seen[-1:] != [status]:
                    self.seen.append(status)
                return status, health.get("message", "")
        return "", ""

    def wait_healthy(
        self,
        wanted: str,
        *,
        revision: str = "",
        says: str = "",
        whole: bool = False,
        kind: str = "Application",
        timeout: float = 60,
    ) -> None:
        """Wait until Argo CD says `wanted` of KubeVela's object (`whole`: of its own application) at a revision."""

        def reached(found: dict[str, Any] | None) -> bool:
            if not found:
                return False
            status, message = self.health_of(found, kind)
            if whole:
                status = ((found.get("status") or {}).get("health") or {}).get("status", "")
            synced = ((found.get("status") or {}).get("sync") or {}).get("revision", "")
            return status == wanted and says in message and revision in ("", synced)

        def broken(found: dict[str, Any]) -> bool:
            return any(one["type"] == "ComparisonError" for one in (found.get("status") or {}).get("conditions") or [])

        self.argo.wait(self.name, reached, what=f"health {wanted}", kind=ARGO, timeout=timeout, never=broken)

    def healthy_at_once(self, *objects: dict[str, Any]) -> None:
        """Commit these and follow them: Argo CD calls its application healthy, whatever they wait for."""
        revision = self.commit(*objects)
        self.follow()
        self.wait_healthy("Healthy", revision=revision, whole=True)


@pytest.fixture(scope="session")
def argocd(sandbox: Sandbox) -> Sandbox:
    """The sandbox with Argo CD, which knows KubeVela's health."""
    sandbox.up(("argocd",))
    patch(sandbox, yaml.safe_load(config_map())["data"])
    return sandbox


def patch(sandbox: Sandbox, data: dict[str, str | None]) -> None:
    """Set entries of `argocd-cm`; None takes one out."""
    text = yaml.safe_dump({"data": data})
    sandbox.kubectl("patch", "configmap", "argocd-cm", "-n", NAMESPACE, "--type=merge", "-p", text)


@pytest.fixture
def follower(argocd: Sandbox, cluster: Cluster, namespace: str) -> Iterator[Follower]:
    """An Argo CD application for this test."""
    one = Follower(argocd, replace(cluster, namespace=NAMESPACE), namespace)
    yield one
    argocd.kubectl("delete", ARGO.resource, one.name, "-n", NAMESPACE, "--ignore-not-found", "--wait=false")


@pytest.fixture
def unchecked(argocd: Sandbox) -> Iterator[None]:
    """Argo CD as it is by itself, without KubeVela's health."""
    patch(argocd, dict.fromkeys(settings()))
    yield
    patch(argocd, dict(settings()))


@pytest.fixture(params=["annotation", "label"])
def tracking(request: pytest.FixtureRequest, argocd: Sandbox) -> Iterator[str]:
    """How Argo CD knows what is its own."""
    patch(argocd, {TRACKING: request.param})
    yield request.param
    patch(argocd, {TRACKING: None})
