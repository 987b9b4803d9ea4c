"""KubeVela in the cluster: its CRDs and definitions, and vela-core beside it."""

from __future__ import annotations

import json
from pathlib import Path

from vela_steps.sandbox import webhook
from vela_steps.sandbox.folder import Folder
from vela_steps.sandbox.kwok import marked_environment
from vela_steps.sandbox.probe import answers
from vela_steps.sandbox.program import Program
from vela_steps.sandbox.request import Request
from vela_steps.tools.kubectl import Kubectl

NAMESPACE = "vela-system"
# The one expression of Helm in the chart's definitions.
_HELM_NAMESPACE = '{{ include "systemDefinitionNamespace" . }}'


def crds(request: Request) -> str:
    """The chart's CRDs, and the namespace of the system, as YAML."""
    namespace = f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {NAMESPACE}\n"
    return "\n---\n".join([namespace, *_texts(request.component("kubevela").asset("chart") / "crds")])


def definitions(request: Request) -> str:
    """The chart's definitions and the views that `vela addon` needs, rendered for the system's namespace."""
    templates = request.component("kubevela").asset("chart") / "templates"
    texts = _texts(templates / "defwithtemplate") + _texts(templates / "velaql")
    return "\n---\n".join(text.replace(_HELM_NAMESPACE, NAMESPACE) for text in texts)


def _texts(folder: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))]


def outside_environment(folder: Folder, request: Request, receiver: dict[str, object]) -> dict[str, str]:
    """An environment whose calls to the outside end at the receiver: its proxy and its CA, and nothing else."""
    proxy = f"http://127.0.0.1:{receiver['proxy']}"
    return marked_environment(
        request,
        HTTPS_PROXY=proxy,
        HTTP_PROXY=proxy,
        NO_PROXY="127.0.0.1,localhost",
        SSL_CERT_FILE=str(receiver["ca"]),
        HOME=str(folder.home),
    )


def vela_core(folder: Folder, request: Request, receiver: dict[str, object], *, multicluster: bool) -> Program:
    """The controller; with `multicluster` it needs cluster-gateway to start."""
    metrics, health = request.ports["vela-core-metrics"], request.ports["vela-core-health"]
    return Program(
        name="vela-core",
        argv=(
            str(request.component("kubevela").binary("vela-core")),
            f"--metrics-addr=127.0.0.1:{metrics}",
            f"--health-addr=127.0.0.1:{health}",
            "--kube-api-qps=200",
            "--kube-api-burst=300",
            "--concurrent-reconciles=8",
            f"--system-definition-namespace={NAMESPACE}",
            *webhook.flags(folder, request),
            *(["--enable-cluster-gateway"] if multicluster else []),
        ),
        # By the environment: vela-core 1.10.9 ends without a word where --kubeconfig is given.
        env={**outside_environment(folder, request, receiver), "KUBECONFIG": str(folder.kubeconfig)},
        log=folder.logs / "vela-core.log",
        ports={"metrics": metrics, "health": health} | webhook.port(request),
        ready=lambda: answers(f"http://127.0.0.1:{health}/readyz"),
    )


def reconciles(kubectl: Kubectl) -> bool:
    """Whether vela-core works: it keeps a definition's schema in a ConfigMap that the definition's status names."""
    listed = json.loads(kubectl("get", "componentdefinitions", "--namespace", NAMESPACE, "--output", "json").stdout)
    return any("configMapRef" in each.get("status", {}) for each in listed["items"])
