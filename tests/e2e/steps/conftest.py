"""A namespace for a module with the definitions in it, unmodified, and the probe of the shared parts."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.steps.table import TOKEN, Table, secret
from vela_steps.definitions.build import SHARED, build
from vela_steps.testing.cluster import Cluster
from vela_steps.tools.vela import Vela

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from vela_steps.testing.place import Place

ROOT = Path(__file__).parents[3]
SHIPPED = ("http-check", "await-object", "read-object")


@pytest.fixture(scope="module")
def steps(place: Place, kube: ApiClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A namespace for the whole module; definitions in an Application's namespace come before all others."""
    name, home = f"t-{secrets.token_hex(5)}", tmp_path_factory.mktemp("home")
    place.kubectl("create", "namespace", name)
    vela = Vela(Path(str(place.kubectl.program)).parent / "vela", Path(str(place.kubectl.kubeconfig)), home)
    probe = home / "probe.cue"
    probe.write_text(build(ROOT / "tests/definitions/probe", ROOT / "definitions/src" / SHARED).text, encoding="utf-8")
    for file in (probe, *(ROOT / "definitions" / f"{step}.cue" for step in SHIPPED)):
        vela("def", "apply", file, "-n", name)
    cluster = Cluster(place.kubectl, kube, name, place.log)
    cluster.apply(secret("tok", {"token": TOKEN, "empty": ""}))
    yield cluster
    place.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest, place: Place, steps: Cluster) -> Iterator[Table]:
    """All rows of the module's `ROWS`, applied at once; their faults go with them."""
    receiver = place.receiver()
    before = {fault["id"] for fault in receiver.faults()}
    yield Table(steps, receiver, request.module.ROWS)
    new = [fault["id"] for fault in receiver.faults() if fault["id"] not in before]
    if new:
        receiver.heal(*new)
