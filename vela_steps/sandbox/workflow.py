"""The WorkflowRun controller beside vela-core: the same steps without an Application."""

from __future__ import annotations

from vela_steps.sandbox.folder import Folder
from vela_steps.sandbox.kubevela import outside_environment
from vela_steps.sandbox.probe import answers
from vela_steps.sandbox.program import Program
from vela_steps.sandbox.request import Request

NAME = "vela-workflow"


def crds(request: Request) -> str:
    """The CRD of WorkflowRun; vela-core's chart brings the others."""
    folder = request.component("kubevela").asset("workflow-crds")
    return (folder / "core.oam.dev_workflowruns.yaml").read_text(encoding="utf-8")


def controller(folder: Folder, request: Request, receiver: dict[str, object]) -> Program:
    """The controller."""
    metrics, health = request.ports["workflow-metrics"], request.ports["workflow-health"]
    return Program(
        name=NAME,
        argv=(
            str(request.component("workflow").binary("vela-workflow")),
            f"--metrics-bind-address=127.0.0.1:{metrics}",
            f"--health-probe-bind-address=127.0.0.1:{health}",
        ),
        env={**outside_environment(folder, request, receiver), "KUBECONFIG": str(folder.kubeconfig)},
        log=folder.logs / f"{NAME}.log",
        ports={"metrics": metrics, "health": health},
        ready=lambda: answers(f"http://127.0.0.1:{health}/readyz"),
    )
