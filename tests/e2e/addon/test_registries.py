"""From registries: a Helm-type one with versions, and GitHub's API as `addon registry add --type git` reads it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.addon.conftest import NAME, gone, serve
from tests.e2e.addon.test_folder import OURS, SECRET, Definitions, dispatch
from tests.e2e.test_fixtures import application
from vela_steps.addon import package
from vela_steps.addon.users import SYSTEM
from vela_steps.errors import ToolError
from vela_steps.receiver.client import Receiver, unique
from vela_steps.testing.cluster import Cluster
from vela_steps.testing.place import Place
from vela_steps.tools.vela import Vela

pytestmark = [pytest.mark.e2e, pytest.mark.long]
RUN_NAME = "${{ github.event.client_payload.vela.id }}"


@pytest.fixture
def named(vela: Vela) -> Iterator[str]:
    """A registry's name; what is registered under it is deleted after the test."""
    name = unique("registry")
    yield name
    vela("addon", "registry", "delete", name)


def test_versions_of_a_helm_registry_can_be_chosen_upgraded_and_downgraded_in_the_middle_of_a_step(
    vela: Vela,
    registry: str,
    named: str,
    steps: Definitions,
    cluster: Cluster,
    receiver: Receiver,
    place: Place,
) -> None:
    vela("addon", "registry", "add", named, "--type=helm", f"--endpoint={registry}")
    vela("addon", "enable", f"{named}/{NAME}", "--version", "0.1.0", timeout=300)
    assert "vela-steps: enabled (0.1.0)" in vela("addon", "status", NAME).stdout
    repo, pinned = unique("shop"), unique("shop")
    for name in (repo, pinned):
        receiver.configure(
            "github", f"acme/{name}", running=10_000, run_name="${{ github.event.client_payload.vela.id }}"
        )
    waiting = {"poll": "5s", "timeout": "10m"}
    cluster.apply(SECRET, application("shop", dispatch(repo, wait=waiting)))
    cluster.apply(application("pinned", {**dispatch(pinned, wait=waiting), "type": "github-dispatch@v1"}))
    receiver.wait_for(1, effects=True, contains=repo, timeout=60)
    receiver.wait_for(1, effects=True, contains=pinned, timeout=60)

    vela("addon", "upgrade", NAME, "--version", "0.2.0", timeout=300)
    assert "vela-steps: enabled (0.2.0)" in vela("addon", "status", NAME).stdout
    place.kubectl(
        "wait",
        "--for=jsonpath={.status.latestRevision.revision}=2",
        "workflowstepdefinition/github-dispatch",
        "-n",
        SYSTEM,
    )
    asked = len(receiver.requests(contains=repo))
    receiver.wait_for(asked + 1, contains=repo, timeout=60)  # the step goes on asking
    vela("addon", "upgrade", NAME, "--version", "0.1.0", timeout=300)
    assert "vela-steps: enabled (0.1.0)" in vela("addon", "status", NAME).stdout
    cluster.wait_for_app("shop", timeout=120)
    cluster.wait_for_app("pinned", timeout=120)
    assert [len(receiver.effects(contains=name)) for name in (repo, pinned)] == [1, 1]
    for name in ("shop", "pinned"):
        cluster.delete("application", name)
    vela.disable_addon(NAME)
    gone(place)
    assert {name for _, name in steps()} & OURS == set()


def test_the_package_that_the_cli_makes_holds_the_same_files(
    vela: Vela, addon: Path, named: str, tmp_path: Path, steps: Definitions
) -> None:
    served = tmp_path / "made-by-vela"
    served.mkdir()
    vela("addon", "package", addon, cwd=served)
    [made] = served.glob("*.tgz")
    assert made.name == "vela-steps-0.1.0.tgz"
    (served / "index.yaml").write_text(package.index(served))
    for url in serve(served):
        vela("addon", "registry", "add", named, "--type=helm", f"--endpoint={url}")
        # Its chart has an annotation, for which the CLI looks for a Deployment of vela-core; the sandbox has none.
        with pytest.raises(ToolError, match="system requirement"):
            vela("addon", "enable", f"{named}/{NAME}", "--version", "0.1.0")
        vela("addon", "enable", f"{named}/{NAME}", "--version", "0.1.0", "--skip-version-validating", timeout=300)
    assert {name for _, name in steps()} >= OURS


def contents(receiver: Receiver, owner: str, folder: Path) -> None:
    """Let GitHub's contents API have a folder of a repository, at the path `addon`."""

    def entry(path: Path) -> dict[str, Any]:
        place = f"addon/{path.relative_to(folder)}" if path != folder else "addon"
        found = {"name": path.name, "path": place, "type": "dir" if path.is_dir() else "file"}
        if path.is_file():
            found |= {"encoding": "base64", "content": base64.b64encode(path.read_bytes()).decode()}
        return found

    for path in [folder, *folder.rglob("*")]:
        assert not path.is_symlink()
        listed = [{**entry(one), "content": ""} for one in sorted(path.iterdir())] if path.is_dir() else entry(path)
        where = f"/repos/{owner}/catalog/contents/{entry(path)['path']}$"
        receiver.fault(match={"host": "api.github.com", "path": where}, status=200, body=json.dumps(listed))


def test_a_git_registry_is_read_over_githubs_api(
    vela: Vela,
    addon: Path,
    named: str,
    receiver: Receiver,
    steps: Definitions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reader takes every folder at the registry's path for an addon: `addon/` must hold this one alone."""
    assert [path.name for path in (Path(__file__).parents[3] / "addon").iterdir()] == [NAME]
    owner = unique("acme")
    holder = addon.parent / "held"
    holder.mkdir()
    addon.rename(holder / NAME)
    contents(receiver, owner, holder)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{receiver.state['proxy']}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(receiver.state["ca"]))
    vela(
        "addon",
        "registry",
        "add",
        named,
        "--type=git",
        f"--endpoint=https://github.com/{owner}/catalog",
        "--path=addon",
    )
    assert NAME in vela("addon", "list", "--registry", named).stdout
    vela("addon", "enable", f"{named}/{NAME}", timeout=300)
    assert "vela-steps: enabled (0.1.0)" in vela("addon", "status", NAME).stdout
    assert {name for _, name in steps()} >= OURS
