"""What read-object and await-object make of kinds, errors and objects that are not as one expects, by both CUEs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.definitions.evaluation import STEP, both, needs_cue
from tests.unit.definitions.test_objects_alike import looked, web

pytestmark = needs_cue
LONG_AGO = {"run": STEP["id"], "session": STEP["id"], "breaks": 0, "since": 1, "calls": {}, "state": {}}
"""The record of a step that has waited for longer than it may."""


def ends(
    step: str, parameter: dict[str, Any], answer: dict[str, Any] | None, noted: dict[str, Any] | None = None
) -> tuple[str, str]:
    """How the step goes on, and what it then says; without an answer it is to end before it reads."""
    old, new = both(lambda cue: looked(step, parameter, answer, cue, noted))
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


RIGHTLESS = (
    'deployments.apps "web" is forbidden: User "vela" cannot get resource "deployments" in API group "apps": '
    'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found'
)
UNCONVERTED = 'conversion webhook for acme.io/v1, Kind=Widget failed: Post "https://x.svc/": service "web" not found'


@pytest.mark.parametrize("until", ["gone", "exists"])
def test_an_object_that_may_not_be_read_is_not_gone(until: str) -> None:
    how, says = ends("await-object", {"until": until}, {"err": RIGHTLESS})
    assert how == "fail"
    assert "cannot be read in namespace prod: deployments.apps" in says


@pytest.mark.parametrize("error", [UNCONVERTED, 'clustergateways "eu" not found', 'service "webhook" not found'])
@pytest.mark.parametrize("until", ["gone", "exists"])
def test_an_object_is_not_gone_because_something_else_was_not_found(until: str, error: str) -> None:
    assert ends("await-object", {"until": until}, {"err": error})[0] == "wait"


def test_what_may_not_be_read_is_no_optional_object_that_is_missing() -> None:
    how, says = ends("read-object", {"optional": True}, {"err": RIGHTLESS})
    assert how == "fail"
    assert "cannot be read in namespace prod" in says


def test_an_optional_object_is_waited_for_where_something_else_was_not_found() -> None:
    assert ends("read-object", {"optional": True}, {"err": UNCONVERTED})[0] == "wait"


@pytest.mark.parametrize(("until", "how"), [("gone", "say"), ("exists", "wait")])
def test_a_missing_object_may_be_named_like_a_refusal(until: str, how: str) -> None:
    page = {"apiVersion": "v1", "kind": "ConfigMap", "name": "forbidden-page", "until": until}
    assert ends("await-object", page, {"err": 'configmaps "forbidden-page" not found'})[0] == how


@pytest.mark.parametrize("conditions", [None, {}, "none", [{"status": "True"}], [{"type": "Ready"}]])
def test_conditions_of_another_shape_are_none(conditions: Any) -> None:
    found = web(conditions=conditions)
    assert ends("await-object", {"until": "exists"}, found)[0] == "say"
    assert ends("await-object", {"condition": {"type": "Ready"}}, found)[0] == "wait"


READY = {"type": "Ready", "status": "True", "reason": "Issued"}
FAILED = {"type": "Issuing", "status": "False", "reason": "Failed"}


def test_a_condition_of_an_older_generation_does_not_count() -> None:
    stale = web(observedGeneration=1, conditions=[READY])
    assert ends("await-object", {"condition": {"type": "Ready"}}, stale)[0] == "wait"
    how, says = ends("await-object", {"condition": {"type": "Ready"}}, stale, LONG_AGO)
    assert how == "fail"
    assert says.endswith("has condition Ready=True: Ready is True Issued, of an older generation")


@pytest.mark.parametrize(("of", "how"), [(1, "wait"), (2, "say"), (3, "say")])
@pytest.mark.parametrize("observed", [{}, {"observedGeneration": 1}, {"observedGeneration": 2}])
def test_the_generation_that_a_condition_names_itself_is_what_counts(
    of: int, how: str, observed: dict[str, int]
) -> None:
    found = web(**observed, conditions=[{**READY, "observedGeneration": of}])
    assert ends("await-object", {"condition": {"type": "Ready"}}, found)[0] == how


def test_a_condition_of_an_older_generation_is_not_fatal() -> None:
    parameter = {"condition": {"type": "Ready"}, "failOn": [{"type": "Issuing", "status": "False"}]}
    for conditions, how in ([{**FAILED, "observedGeneration": 1}], "wait"), ([FAILED], "fail"):
        assert ends("await-object", parameter, web(conditions=conditions))[0] == how


@pytest.mark.parametrize(("observed", "how"), [("1", "wait"), ("2", "say"), ("5f6c9d", "say")])
def test_a_rollout_may_write_its_generation_as_text(observed: str, how: str) -> None:
    rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "until": "rollout"}
    assert ends("await-object", rollout, web(observedGeneration=observed, phase="Healthy"))[0] == how


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_a_rollout_that_only_deleting_pods_brings_on_is_not_waited_for(kind: str) -> None:
    found = web(observedGeneration=2, readyReplicas=2, numberAvailable=2)
    found["value"]["spec"]["updateStrategy"] = {"type": "OnDelete"}
    how, says = ends("await-object", {"kind": kind, "until": "rollout"}, found)
    assert how == "fail"
    assert f"{kind} web will not get there: its updateStrategy is OnDelete" in says
    assert ends("await-object", {"kind": kind, "until": "exists"}, found)[0] == "say"


def test_a_text_that_is_waited_for_is_told_from_a_number() -> None:
    field = {"field": {"path": "spec.replicas", "value": "2"}}
    how, says = ends("await-object", field, web(), LONG_AGO)
    assert how == "fail"
    assert says.endswith('waiting until spec.replicas of Deployment web is "2": it is 2')


@pytest.mark.parametrize("value", [2, 2.0])
def test_a_number_is_the_same_with_and_without_a_fraction(value: float) -> None:
    field = {"field": {"path": "spec.replicas", "value": value}}
    assert ends("await-object", field, web())[0] == "say"


@pytest.mark.parametrize(
    "path", ["", "spec.rules[0].host", "{.spec.replicas}", ".spec", "spec.", "a..b", "a.b.c.d.e.f.g.h.i"]
)
def test_a_path_that_finds_nothing_is_refused_before_anything_is_read(path: str) -> None:
    for step, parameter, name in (
        ("read-object", {"fields": {"x": path}}, "fields.x"),
        ("await-object", {"field": {"path": path}}, "field.path"),
    ):
        how, says = ends(step, parameter, None)
        assert how == "fail"
        assert says == f'{name} is "{path}": write a path such as spec.rules.0.host, of at most eight keys'


def test_eight_keys_with_dots_in_them_are_a_path() -> None:
    keys = [f"{name}.b" for name in "abcdefgh"]
    found: Any = 1
    for key in reversed(keys):
        found = {key: found}
    path = ".".join(key.replace(".", r"\.") for key in keys)
    assert ends("await-object", {"field": {"path": path}}, {"value": found})[0] == "say"
    assert ends("read-object", {"fields": {"x": path}}, {"value": found})[0] == "say"
