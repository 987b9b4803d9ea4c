"""A namespace for a module with the definitions in it, unmodified, and the probe of the shared parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e import rows
from tests.e2e.installed import DEFINITIONS, namespace_with
from tests.e2e.steps.table import TOKEN, Fleet
from tests.manifests import secret
from vela_steps.definitions.build import SHARED, build
from vela_steps.testing.cluster import Cluster

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from vela_steps.testing.place import Place

PROBE = DEFINITIONS.parent / "tests/definitions/probe"
SHIPPED = ("http-check", "await-object", "read-object")


@pytest.fixture(scope="module")
def shared(place: Place, kube: ApiClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A namespace for the whole module."""
    home = tmp_path_factory.mktemp("home")
    probe = home / "probe.cue"
    probe.write_text(build(PROBE, DEFINITIONS / "src" / SHARED).text, encoding="utf-8")
    files = (probe, *(DEFINITIONS / f"{step}.cue" for step in SHIPPED))
    for cluster in namespace_with(place, kube, home, *files):
        cluster.apply(secret("tok", {"token": TOKEN, "empty": ""}))
        yield cluster


fleet = rows.fixture(Fleet)
