"""KubeVela and the addon: are they there, and of versions that go together?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vela_steps import __version__
from vela_steps.fleet.checks import Finding
from vela_steps.fleet.evidence import ADDON, SHARED, SYSTEM, Evidence

OLDEST = (1, 10)  # the first KubeVela whose step packages (vela/http, vela/kube, …) the definitions use


def check(evidence: Evidence) -> Iterator[Finding]:
    """Versions of KubeVela and of the addon."""
    if not evidence.knows_kubevela:
        yield Finding("error", "KubeVela", "is not installed in this cluster", "vela install, or the chart vela-core")
        return
    yield from _kubevela(evidence)
    yield from _addon(evidence)


def _kubevela(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.controllers and "Deployments" not in evidence.unseen:
        yield Finding("note", "KubeVela", "runs without a Deployment of its own here, so its version is not known")
    for one in evidence.controllers:
        images = [container["image"] for container in one["spec"]["template"]["spec"]["containers"]]
        found = re.search(r":v?(\d+)\.(\d+)(\.\S+)?$", images[0])
        where = f"KubeVela in {one['metadata']['namespace']}"
        if found is None:
            yield Finding("note", where, f"image {images[0]} does not tell its version")
        elif (int(found[1]), int(found[2])) < OLDEST:
            cure = "upgrade it to 1.10 or later"
            yield Finding("error", where, f"is {images[0]}; the steps need 1.10", cure)
        else:
            yield Finding("ok", where, images[0])


def _addon(evidence: Evidence) -> Iterator[Finding]:
    addon = evidence.addon
    if addon is None:
        yield from _without_addon(evidence)
        return
    version = (addon["metadata"].get("labels") or {}).get("addons.oam.dev/version", "?")
    phase = (addon.get("status") or {}).get("status", "?")
    if phase != "running":
        yield Finding("warning", "addon", f"version {version} is {phase}", "vela addon status vela-steps")
    elif version.removeprefix("v") != __version__:
        cure = "use the same version of both: vela addon upgrade vela-steps, or pip install"
        yield Finding("warning", "addon", f"is version {version}, this command {__version__}", cure)
    else:
        yield Finding("ok", "addon", f"version {version}")


def _without_addon(evidence: Evidence) -> Iterator[Finding]:
    refused = any(ADDON in what for what in evidence.unseen)
    if (SYSTEM, "cdn-purge") in evidence.definitions:
        said = "whether by the addon cannot be seen" if refused else "applied without the addon"
        yield Finding("note", "addon", f"the definitions are there, {said}")
    elif not refused and SHARED not in evidence.unseen:
        yield Finding("error", "addon", "vela-steps is not enabled", "vela addon enable vela-steps")
