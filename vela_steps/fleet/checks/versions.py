"""KubeVela and the addon: are they there, and of versions that go together?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vela_steps import __version__
from vela_steps.fleet.checks import Finding
from vela_steps.fleet.evidence import SYSTEM, Evidence

OLDEST = (1, 10)  # the first KubeVela whose step packages (vela/http, vela/kube, …) the definitions use
ADDON = "addon-vela-steps"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Versions of KubeVela and of the addon."""
    if not evidence.knows_kubevela:
        yield Finding("error", "KubeVela", "is not installed in this cluster", "vela install, or the chart vela-core")
        return
    yield from _kubevela(evidence)
    yield _addon(evidence)


def _kubevela(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.controllers:
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


def _addon(evidence: Evidence) -> Finding:
    addon = next((app for app in evidence.applications if _is_addon(app["metadata"])), None)
    if addon is None:
        ours = [name for (namespace, name) in evidence.definitions if namespace == SYSTEM and name == "cdn-purge"]
        if ours:
            return Finding("note", "addon", "the definitions are there, applied without the addon")
        return Finding("error", "addon", "vela-steps is not enabled", "vela addon enable vela-steps")
    version = (addon["metadata"].get("labels") or {}).get("addons.oam.dev/version", "?")
    phase = (addon.get("status") or {}).get("status", "?")
    if phase != "running":
        return Finding("warning", "addon", f"version {version} is {phase}", "vela addon status vela-steps")
    if version.removeprefix("v") != __version__:
        cure = "use the same version of both: vela addon upgrade vela-steps, or pip install"
        return Finding("warning", "addon", f"is version {version}, this command {__version__}", cure)
    return Finding("ok", "addon", f"version {version}")


def _is_addon(metadata: dict[str, str]) -> bool:
    return metadata.get("namespace") == SYSTEM and metadata["name"] == ADDON
