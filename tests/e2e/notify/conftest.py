"""The shipped definition, installed unmodified into a namespace of each module, and its table applied there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.installed import DEFINITIONS, healed, namespace_with
from tests.e2e.notify.fleet import Fleet
from vela_steps.testing.cluster import Cluster

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from vela_steps.testing.place import Place


@pytest.fixture(scope="module")
def shared(place: Place, kube: ApiClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A namespace for a whole module, with the definition in it."""
    home = tmp_path_factory.mktemp("home")
    yield from namespace_with(place, kube, home, DEFINITIONS / "notify.cue", DEFINITIONS / "http-check.cue")


@pytest.fixture(scope="module")
def fleet(request: pytest.FixtureRequest, place: Place, shared: Cluster) -> Iterator[Fleet]:
    """All rows of the module's `ROWS`, applied at once."""
    receiver = place.receiver()
    for _ in healed(receiver):
        yield Fleet(shared, receiver, request.module.ROWS)
