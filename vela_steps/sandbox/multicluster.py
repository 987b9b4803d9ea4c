"""A second cluster that KubeVela deploys to and reads from, by way of cluster-gateway.

cluster-gateway is an extension of the Kubernetes API (an APIService): what KubeVela sends to
`…/clustergateways/CLUSTER/proxy/…` of its own API server goes on to the other one.
"""

from __future__ import annotations

import yaml

from vela_steps.sandbox.folder import Folder
from vela_steps.sandbox.kubevela import NAMESPACE, outside_environment
from vela_steps.sandbox.kwok import MEMBER
from vela_steps.sandbox.probe import accepts
from vela_steps.sandbox.program import Program
from vela_steps.sandbox.request import Request
from vela_steps.tools.kubectl import Kubectl
from vela_steps.tools.vela import Vela

NAME = "cluster-gateway"
SERVICE = "kubevela-cluster-gateway-service"  # as the chart calls it
API = "v1alpha1.cluster.core.oam.dev"


def gateway(folder: Folder, request: Request, receiver: dict[str, object]) -> Program:
    """cluster-gateway, with the options that KubeVela's chart gives it."""
    port, kubeconfig = request.ports[NAME], str(folder.kubeconfig)
    return Program(
        name=NAME,
        argv=(
            str(request.component(NAME).binary(NAME)),
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            f"--cert-dir={folder.gateway}",
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            "--authorization-always-allow-paths=/healthz,/readyz,/livez,/metrics",
            f"--secret-namespace={NAMESPACE}",
            "--enable-priority-and-fairness=false",  # as the chart does by a feature gate, which 1.9.2 has no more
        ),
        env={**outside_environment(folder, request, receiver), "KUBECONFIG": kubeconfig},
        log=folder.logs / f"{NAME}.log",
        ports={"https": port},
        ready=lambda: accepts(port),
    )


def manifests(request: Request) -> str:
    """What has the API server ask the gateway.

    An Endpoints object must not name a loopback address; an ExternalName may, and is used as it is.
    """
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": SERVICE, "namespace": NAMESPACE},
        "spec": {"type": "ExternalName", "externalName": "localhost"},
    }
    spec = {
        "group": "cluster.core.oam.dev",
        "version": "v1alpha1",
        "groupPriorityMinimum": 2000,
        "versionPriority": 10,
        "insecureSkipTLSVerify": True,
        "service": {"name": SERVICE, "namespace": NAMESPACE, "port": request.ports[NAME]},
    }
    labels = {"api": "cluster-extension-apiserver", "apiserver": "true"}
    extension = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": API, "labels": labels},
        "spec": spec,
    }
    return yaml.safe_dump_all([service, extension])


def is_available(kubectl: Kubectl) -> bool:
    """Whether the API server reaches the gateway."""
    found = kubectl.get("apiservice", API) or {}
    conditions = found.get("status", {}).get("conditions") or []
    return any((one["type"], one["status"]) == ("Available", "True") for one in conditions)


def join(folder: Folder, member: Kubectl) -> None:
    """Have the real `vela` join the member; done again, it renews the credentials."""
    assert member.kubeconfig is not None  # noqa: S101 - a cluster of the sandbox has one
    # `vela` takes keys that stand in the file, and kwokctl writes paths.
    flat = member("config", "view", "--flatten", "--minify").stdout
    member.kubeconfig.write_text(flat, encoding="utf-8")
    Vela(folder.bin / "vela", folder.kubeconfig)("cluster", "join", member.kubeconfig, "--name", MEMBER, "--yes")
