"""The real `vela` and the addon as it is built from definitions/; each test begins and ends without it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vela_steps.addon import folder
from vela_steps.addon.users import APPLICATION, SYSTEM
from vela_steps.receiver.client import unique
from vela_steps.sandbox.client import Sandbox
from vela_steps.testing.cluster import APPLICATION as CUSTOM_APPLICATION
from vela_steps.testing.cluster import WORKFLOW_RUN, Cluster
from vela_steps.testing.place import Place
from vela_steps.tools.vela import Vela

ROOT = Path(__file__).parents[3] / "definitions"
NAME = "vela-steps"
OLD, NEW = "0.1.0", "0.2.0"
Made = dict[str, str]
# What the steps say while they wait, and what those of the newer version say.
SAYS = {
    '"waits ': '"still waits ',
    '"purging ': '"still purging ',
    '"sending"': '"still sending"',
    '"checks ': '"still checks ',
}
KIND = "workflowstepdefinitions"


@pytest.fixture(scope="session")
def vela(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Vela:
    """The CLI, with a home of its own."""
    return Vela(sandbox.vela.program, sandbox.vela.kubeconfig, home=tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """The addon's files by version: this one, and a newer one in which every step says something else as it waits."""
    root = tmp_path_factory.mktemp("newer") / "definitions"
    (root / "src").mkdir(parents=True)
    for file in ROOT.glob("*.cue"):
        text = file.read_text()
        for before, after in SAYS.items():
            text = text.replace(before, after)
        assert text != file.read_text(), f"{file.name}: says nothing of {list(SAYS)}"
        (root / file.name).write_text(text)
    shutil.copytree(ROOT / "src" / "config-templates", root / "src" / "config-templates")
    return {OLD: folder.files(ROOT, OLD), NEW: folder.files(root, NEW)}


@pytest.fixture
def addon(versions: dict[str, Made], tmp_path: Path) -> Path:
    """The addon's folder, in its older version."""
    folder.write(versions[OLD], tmp_path / NAME)
    return tmp_path / NAME


@pytest.fixture
def named(vela: Vela) -> Iterator[str]:
    """A registry's name; what is registered under it is deleted after the test."""
    name = unique("registry")
    yield name
    vela("addon", "registry", "delete", name)


@pytest.fixture
def steps(place: Place) -> Callable[[], dict[tuple[str, str], dict[str, Any]]]:
    """Every WorkflowStepDefinition of the cluster by namespace and name, without what vela-core writes at any time."""

    def read() -> dict[tuple[str, str], dict[str, Any]]:
        listed = json.loads(place.kubectl("get", KIND, "--all-namespaces", "--output", "json").stdout)
        for one in listed["items"]:
            one.pop("status", None)  # it goes on with it for minutes after a definition was made
            one["metadata"].pop("resourceVersion")
        return {(one["metadata"]["namespace"], one["metadata"]["name"]): one for one in listed["items"]}

    return read


@pytest.fixture
def cluster(cluster: Cluster) -> Iterator[Cluster]:
    """The test's namespace, which what uses a step leaves before the namespace is deleted: see `left`."""
    yield cluster
    left(cluster)


def left(cluster: Cluster) -> None:
    """Delete the Applications and WorkflowRuns of a namespace, and wait until they are gone.

    An addon whose steps an Application uses, of whatever namespace, is not disabled; and a namespace may go without its
    Applications: an API server that was started just now does not serve them yet, and so does not list them as the
    namespace's.
    """
    for kind in (CUSTOM_APPLICATION, WORKFLOW_RUN):
        if cluster.kubectl.get("crd", f"{kind.plural}.{kind.group}") is not None:
            cluster.kubectl("delete", kind.resource, "--all", "-n", cluster.namespace, "--timeout=120s", timeout=130)


@pytest.fixture(scope="session", autouse=True)
def settled(place: Place) -> None:
    """KubeVela has been through all of its own definitions: it writes into them when it first sees them."""
    seen = "--for=jsonpath={.status.conditions[0].type}"
    place.kubectl("wait", seen, KIND, "--all", "-n", SYSTEM, "--timeout=120s", timeout=130)


@pytest.fixture(autouse=True)
def without_addon(place: Place, vela: Vela) -> Iterator[None]:
    """No addon before, and none after: what disabling deletes is waited for."""
    remove(place, vela)
    yield
    remove(place, vela)


def remove(place: Place, vela: Vela) -> None:
    if place.kubectl.get("applications.core.oam.dev", APPLICATION, namespace=SYSTEM) is not None:
        vela("addon", "disable", NAME, "--force")
    gone(place)


def gone(place: Place) -> None:
    """Wait until the Application of the addon and all that it owns are deleted."""
    place.kubectl(
        "wait", "--for=delete", f"applications.core.oam.dev/{APPLICATION}", "-n", SYSTEM, "--timeout=90s", timeout=100
    )
    left = json.loads(place.kubectl("get", KIND, "--namespace", SYSTEM, "--output", "json").stdout)["items"]
    for one in left:
        if any(owner["name"] == APPLICATION for owner in one["metadata"].get("ownerReferences", [])):
            what = f"{KIND}/{one['metadata']['name']}"
            place.kubectl("wait", "--for=delete", what, "-n", SYSTEM, "--timeout=90s", timeout=100)
