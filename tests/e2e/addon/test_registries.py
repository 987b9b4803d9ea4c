"""What registries hold: the package that `vela addon package` makes, and a repository with this addon alone."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from tests.e2e.addon.conftest import NAME, OLD
from tests.e2e.addon.registries import served
from tests.e2e.addon.test_folder import OURS, Definitions
from vela_steps.addon import package
from vela_steps.errors import ToolError
from vela_steps.tools.run import run
from vela_steps.tools.vela import Vela

pytestmark = pytest.mark.e2e
DEFINITIONS = Path(__file__).parents[3] / "definitions"


def test_the_package_for_ci_is_enabled_by_the_cli(vela: Vela, named: str, tmp_path: Path, steps: Definitions) -> None:
    package_it = ["addon", "package", "-o", str(tmp_path), "--index", "--root", str(DEFINITIONS), "--version", OLD]
    printed = run([sys.executable, "-m", "vela_steps", *package_it], timeout=60).stdout
    made = tmp_path / f"{NAME}-{OLD}.tgz"
    assert f"{hashlib.sha256(made.read_bytes()).hexdigest()}  {made.name}" in printed
    with served(tmp_path) as url:
        vela("addon", "registry", "add", named, "--type=helm", f"--endpoint={url}")
        vela("addon", "enable", f"{named}/{NAME}", "--version", OLD, timeout=300)
    assert f"{NAME}: enabled ({OLD})" in vela("addon", "status", NAME).stdout
    assert {name for _, name in steps()} >= OURS


@pytest.mark.long
def test_the_package_that_the_cli_makes_holds_the_same_files(
    vela: Vela, addon: Path, named: str, tmp_path: Path, steps: Definitions
) -> None:
    place = tmp_path / "made-by-vela"
    place.mkdir()
    vela("addon", "package", addon, cwd=place)
    [made] = place.glob("*.tgz")
    assert made.name == f"{NAME}-{OLD}.tgz"
    (place / "index.yaml").write_text(package.index(place))
    with served(place) as url:
        vela("addon", "registry", "add", named, "--type=helm", f"--endpoint={url}")
        # Its chart has an annotation, for which the CLI looks for a Deployment of vela-core; the sandbox has none.
        with pytest.raises(ToolError, match="system requirement"):
            vela("addon", "enable", f"{named}/{NAME}", "--version", OLD)
        vela("addon", "enable", f"{named}/{NAME}", "--version", OLD, "--skip-version-validating", timeout=300)
    assert {name for _, name in steps()} >= OURS


def test_the_folder_that_a_git_registry_names_holds_this_addon_alone() -> None:
    """The reader takes every folder at the registry's path for an addon, and cannot follow a link."""
    place = Path(__file__).parents[3] / "addon"
    assert [path.name for path in place.iterdir()] == [NAME]
    assert [path for path in place.rglob("*") if path.is_symlink()] == []
