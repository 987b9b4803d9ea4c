"""Where end-to-end tests run: in vela-steps' sandbox."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vela_steps.receiver.client import Receiver
from vela_steps.sandbox.client import Sandbox
from vela_steps.sandbox.program import tail
from vela_steps.tools.kubectl import Kubectl

DEFAULT = "tests"


@dataclass(frozen=True)
class Place:
    """A cluster with KubeVela and a receiver. `log(n)` is the end of vela-core's log; `sandbox` is None elsewhere."""

    kubectl: Kubectl
    receiver: Callable[[], Receiver]
    log: Callable[[int], str]
    sandbox: Sandbox | None


def sandbox(name: str | None, *, kubevela: str, keep: bool, tell: Callable[[str], None]) -> Iterator[Place]:
    """The sandbox of that name: one that runs already is used and left, another is started and ended.

    `kubevela` is a version; empty: any, where it runs already.
    """
    found = Sandbox(name or os.environ.get("VELA_STEPS_SANDBOX") or DEFAULT)
    ran = found.is_running()
    found.up(kubevela=kubevela, tell=tell)

    def log(lines: int) -> str:
        return tail(found.log("vela-core"), lines)

    try:
        kubectl = Kubectl(found.folder.bin / "kubectl", found.folder.kubeconfig)
        yield Place(kubectl, lambda: Receiver.at(found.folder.receiver), log, found)
    finally:
        if not (ran or keep):
            found.down()
