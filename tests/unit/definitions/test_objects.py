"""What read-object and await-object make of kinds, errors and objects that are not as one expects, by both CUEs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.definitions.evaluation import both, needs_cue
from tests.unit.definitions.test_objects_alike import looked

pytestmark = needs_cue


def ends(step: str, parameter: dict[str, Any], answer: dict[str, Any] | None) -> tuple[str, str]:
    """How the step goes on, and what it then says; without an answer it is to end before it reads."""
    old, new = both(lambda cue: looked(step, parameter, answer, cue))
    assert old == new
    return next((how, str(old[how])) for how in ("wait", "fail", "say") if how in old)


@pytest.mark.parametrize("namespace", ["vela-system", ""])
@pytest.mark.parametrize("kind", ["Secret", "SecretList", "secret", "secretList"])
@pytest.mark.parametrize(
    ("step", "more"), [("read-object", {}), ("read-object", {"name": None, "list": True}), ("await-object", {})]
)
def test_a_secret_of_another_namespace_is_not_read_however_its_kind_is_written(
    step: str, more: dict[str, Any], kind: str, namespace: str
) -> None:
    how, says = ends(step, {"apiVersion": "v1", "kind": kind, "namespace": namespace, **more}, None)
    assert how == "fail"
    assert says.endswith("in the Application's own namespace")


@pytest.mark.parametrize("step", ["read-object", "await-object"])
def test_the_credential_of_a_cluster_is_not_read(step: str) -> None:
    gateway = {"apiVersion": "cluster.core.oam.dev/v1alpha1", "kind": "ClusterGateway"}
    how, says = ends(step, gateway, None)
    assert how == "fail"
    assert "write kind: VirtualCluster" in says


@pytest.mark.parametrize("kind", ["Secret", "secret"])
def test_a_secret_that_is_waited_for_is_no_output(kind: str) -> None:
    parameter = {"apiVersion": "v1", "kind": kind, "field": {"path": "data.key"}}
    old, new = both(lambda cue: looked("await-object", parameter, {"value": {"data": {"key": "c2VjcmV0"}}}, cue))
    assert old == new
    assert "is set" in old["say"]
    assert "c2VjcmV0" not in str(old)
