"""The real `vela` and the addon as it is built from definitions/; each test begins and ends without it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from vela_steps.addon import folder, package
from vela_steps.addon.users import APPLICATION, SYSTEM
from vela_steps.sandbox.client import Sandbox
from vela_steps.testing.place import Place
from vela_steps.tools.vela import Vela

ROOT = Path(__file__).parents[3] / "definitions"
NAME = "vela-steps"
KIND = "workflowstepdefinitions"


@pytest.fixture(scope="session")
def vela(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Vela:
    """The CLI, with a home of its own."""
    return Vela(sandbox.vela.program, sandbox.vela.kubeconfig, home=tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def newer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of version 0.2.0, in which a step's template is another one."""
    root = tmp_path_factory.mktemp("newer") / "definitions"
    (root / "src").parent.mkdir()
    for file in ROOT.glob("*.cue"):
        (root / file.name).write_text(file.read_text().replace("+usage=Repository to", "+usage=The repository to"))
    return folder.files(root, "0.2.0")


@pytest.fixture(scope="session")
def older() -> dict[str, str]:
    """The files of version 0.1.0."""
    return folder.files(ROOT, "0.1.0")


@pytest.fixture
def addon(older: dict[str, str], tmp_path: Path) -> Path:
    """The addon's folder."""
    folder.write(older, tmp_path / NAME)
    return tmp_path / NAME


@pytest.fixture
def registry(tmp_path: Path, older: dict[str, str], newer: dict[str, str]) -> Iterator[str]:
    """A Helm-type registry with versions 0.1.0 and 0.2.0, on loopback."""
    served = tmp_path / "registry"
    for version, made in (("0.1.0", older), ("0.2.0", newer)):
        package.write(package.archive(made, version), version, served)
    (served / "index.yaml").write_text(package.index(served))
    yield from serve(served)


def serve(served: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=served)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def steps(place: Place) -> Callable[[], dict[tuple[str, str], dict[str, Any]]]:
    """Every WorkflowStepDefinition of the cluster by namespace and name."""

    def read() -> dict[tuple[str, str], dict[str, Any]]:
        listed = json.loads(place.kubectl("get", KIND, "--all-namespaces", "--output", "json").stdout)
        return {(one["metadata"]["namespace"], one["metadata"]["name"]): one for one in listed["items"]}

    return read


@pytest.fixture(autouse=True)
def without_addon(place: Place, vela: Vela) -> Iterator[None]:
    """No addon before, and none after: what disabling deletes is waited for."""
    remove(place, vela)
    yield
    remove(place, vela)


def remove(place: Place, vela: Vela) -> None:
    if place.kubectl.get("application", APPLICATION, namespace=SYSTEM) is not None:
        vela("addon", "disable", NAME, "--force")
    gone(place)


def gone(place: Place) -> None:
    """Wait until the Application of the addon and all that it owns are deleted."""
    place.kubectl("wait", "--for=delete", f"application/{APPLICATION}", "-n", SYSTEM, "--timeout=90s", timeout=100)
    left = json.loads(place.kubectl("get", KIND, "--namespace", SYSTEM, "--output", "json").stdout)["items"]
    for one in left:
        if any(owner["name"] == APPLICATION for owner in one["metadata"].get("ownerReferences", [])):
            what = f"{KIND}/{one['metadata']['name']}"
            place.kubectl("wait", "--for=delete", what, "-n", SYSTEM, "--timeout=90s", timeout=100)
