"""Three ways to the addon, each from beginning to end: enable, use each step, upgrade, use, disable, enable again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.addon.conftest import NAME, NEW, OLD, Made, gone
from tests.e2e.addon.registries import GitHub, served
from tests.e2e.addon.test_folder import BUILT_IN, OURS, Definitions
from tests.e2e.addon.used import Everything
from vela_steps.addon import folder, package
from vela_steps.addon.users import SYSTEM
from vela_steps.definitions.shipped import READ_OBJECT
from vela_steps.receiver.client import Receiver
from vela_steps.testing.cluster import Cluster
from vela_steps.testing.place import Place
from vela_steps.tools.vela import Vela

pytestmark = [pytest.mark.e2e, pytest.mark.long]


@dataclass(frozen=True)
class Way:
    """`enable(VERSION, *OPTIONS)`, and `upgrade(VERSION)` of what is enabled."""

    enable: Callable[..., object]
    upgrade: Callable[[str], object]


@pytest.fixture
def from_folder(vela: Vela, versions: dict[str, Made], tmp_path: Path) -> Way:
    def place(version: str) -> Path:
        folder.write(versions[version], tmp_path / version / NAME)
        return tmp_path / version / NAME

    return Way(
        lambda version, *options: vela("addon", "enable", place(version), *options, timeout=300),
        lambda version: vela("addon", "upgrade", place(version), timeout=300),
    )


@pytest.fixture
def from_helm(vela: Vela, versions: dict[str, Made], named: str, tmp_path: Path) -> Iterator[Way]:
    for version, made in versions.items():
        package.write(package.archive(made, version), version, tmp_path)
    (tmp_path / "index.yaml").write_text(package.index(tmp_path))
    with served(tmp_path) as url:
        vela("addon", "registry", "add", named, "--type=helm", f"--endpoint={url}")
        yield Way(
            lambda version, *options: vela(
                "addon", "enable", f"{named}/{NAME}", "--version", version, *options, timeout=300
            ),
            lambda version: vela("addon", "upgrade", NAME, "--version", version, timeout=300),
        )


@pytest.fixture
def from_git(
    vela: Vela,
    versions: dict[str, Made],
    named: str,
    tmp_path: Path,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> Way:
    github = GitHub(receiver)
    for name, value in github.environment().items():
        monkeypatch.setenv(name, value)

    def commit(version: str) -> None:
        folder.write(versions[version], tmp_path / NAME)
        github.commit(tmp_path)

    def enable(version: str, *options: str) -> None:
        commit(version)
        if named not in vela("addon", "registry", "list").stdout:
            vela("addon", "registry", "add", named, "--type=git", f"--endpoint={github.url}", "--path=addon")
            assert NAME in vela("addon", "list", "--registry", named).stdout
        vela("addon", "enable", f"{named}/{NAME}", *options, timeout=300)

    def upgrade(version: str) -> None:
        commit(version)
        vela("addon", "upgrade", NAME, timeout=300)

    return Way(enable, upgrade)


@pytest.mark.parametrize("how", ["from_folder", "from_helm", "from_git"])
def test_every_step_is_there_after_enabling_upgrading_and_enabling_again(
    how: str,
    request: pytest.FixtureRequest,
    vela: Vela,
    cluster: Cluster,
    receiver: Receiver,
    steps: Definitions,
    place: Place,
) -> None:
    way: Way = request.getfixturevalue(how)
    before = steps()
    everything = Everything(cluster, receiver)
    way.enable(OLD, f"readObject.namespaces={{{cluster.namespace}}}")
    assert f"{NAME}: enabled ({OLD})" in vela("addon", "status", NAME).stdout
    everything.use()

    way.upgrade(NEW)
    assert f"{NAME}: enabled ({NEW})" in vela("addon", "status", NAME).stdout
    assert (cluster.namespace, READ_OBJECT) in steps(), "an upgrade keeps the parameters that enable was given"
    everything.use()

    vela.disable_addon(NAME)
    gone(place)
    assert steps() == before
    way.enable(OLD)
    assert set(steps()) - set(before) == {(SYSTEM, name) for name in OURS}
    assert steps()[BUILT_IN] == before[BUILT_IN]
    everything.use()  # read-object is KubeVela's own now
