"""Installs CRDs and waits until the API server serves them."""

from __future__ import annotations

import json
import time
from typing import Any

from vela_steps.errors import VelaStepsError
from vela_steps.tools.kubectl import Kubectl

SERVED_WITHIN = 60.0  # seconds


def install_crds(kubectl: Kubectl, manifests: str) -> None:
    """Apply CRDs, and what goes with them, and wait until all CRDs of the cluster are served.

    Raises VelaStepsError where one is not. (`kubectl wait --all` ends with an error where a CRD has no status yet.)
    """
    kubectl.apply(manifests, validate=False)
    deadline = time.monotonic() + SERVED_WITHIN
    while waiting := not_served(json.loads(kubectl("get", "crd", "--output", "json").stdout)):
        if time.monotonic() > deadline:
            raise VelaStepsError(f"the API server does not serve {', '.join(waiting)}")
        time.sleep(0.1)


def not_served(listed: dict[str, Any]) -> list[str]:
    """The names of the CRDs that are not Established."""
    return [crd["metadata"]["name"] for crd in listed["items"] if not _established(crd)]


def _established(crd: dict[str, Any]) -> bool:
    conditions = crd.get("status", {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
