"""The shipped definition, installed unmodified into a namespace of each module, and its table applied there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.cdn_purge.fleet import Fleet
from vela_steps.testing.cluster import Cluster
from vela_steps.tools.vela import Vela

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from vela_steps.testing.place import Place

DEFINITION = Path(__file__).parents[3] / "definitions" / "cdn-purge.cue"


@pytest.fixture(scope="module")
def shared(place: Place, kube: ApiClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A namespace for a whole module, with the definition in it."""
    name = f"t-{secrets.token_hex(5)}"
    place.kubectl("create", "namespace", name)
    install(place, name, tmp_path_factory.mktemp("home"))
    yield Cluster(place.kubectl, kube, name, place.log)
    place.kubectl("delete", "namespace", name, "--wait=false")


def install(place: Place, namespace: str, home: Path) -> None:
    """`vela def apply` of the shipped file: a definition in the app's namespace comes before all others."""
    vela = Path(str(place.kubectl.program)).parent / "vela"
    tool = Vela(vela, Path(str(place.kubectl.kubeconfig)), home)
    tool("def", "apply", DEFINITION, "-n", namespace)


@pytest.fixture(scope="module")
def fleet(request: pytest.FixtureRequest, place: Place, shared: Cluster) -> Iterator[Fleet]:
    """All rows of the module's `ROWS`, applied at once."""
    receiver = place.receiver()
    before = {fault["id"] for fault in receiver.faults()}
    prepare: Any = getattr(request.module, "prepare", None)
    if prepare:
        prepare(receiver)
    yield Fleet(shared, receiver, request.module.ROWS)
    new = [fault["id"] for fault in receiver.faults() if fault["id"] not in before]
    if new:
        receiver.heal(*new)
