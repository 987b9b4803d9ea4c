"""What onlyIfChanged takes, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.definitions.evaluation import (
    Case,
    needs_cue,
    noted,
    returned,
)
from tests.unit.definitions.situations import SLACK, WEB, given, looked

pytestmark = needs_cue


def watching(fields: list[str] | None = None, **named: Any) -> Case:
    """A step that acts only if an object has changed."""
    watched = {**WEB, **named, **({"fields": fields} if fields else {})}
    return Case("notify", {**SLACK.parameter, "onlyIfChanged": [watched]})


def seen(case: Case, spec: dict[str, Any], record: dict[str, Any] | None = None) -> dict[str, Any]:
    """The same with the object read."""
    answers = given(case, record=noted(record))
    answers["_step"]["_watch"] = {
        "read": {"0": returned({"value": {**WEB, "metadata": {"name": "web"}, "spec": spec}})}
    }
    return looked(case, answers)


PODS = {"template": {"spec": {"containers": [{"name": "web", "image": "nginx:1"}]}}}


@pytest.mark.parametrize(
    "path",
    [
        "spec.template.spec.containers[0].image",
        ".spec.replicas",
        "spec..replicas",
        "spec.template.spec.containers.0.env.0.valueFrom.secretKeyRef.name",
    ],
)
def test_a_path_that_can_find_nothing_is_refused(path: str) -> None:
    found = seen(watching([path]), PODS)
    assert f'onlyIfChanged[0].fields has "{path}": write images, or a path of at most eight keys' in found["fail"]


def test_images_of_an_object_without_containers_are_refused() -> None:
    found = seen(watching(["images"]), {"workloadRef": {"kind": "Deployment", "name": "web"}})
    assert "onlyIfChanged[0].fields has images, but a Deployment such as web has no containers" in found["fail"]


def test_a_path_that_finds_nothing_is_told_beside_unchanged() -> None:
    case = watching(["spec.image", r"metadata.annotations.a\.b/c", "images"])
    digest = seen(case, PODS)["digest"]
    succeeded = {"revision": "shop-v0", "digest": digest}
    before = {"run": "older", "session": "o", "breaks": 0, "since": 1, "calls": {}, "state": {}, "succeeded": succeeded}
    answers = given(case, record=noted(before))
    value = {**WEB, "metadata": {"name": "web"}, "spec": PODS}
    answers["_step"]["_watch"] = {"read": {"0": returned({"value": value})}}
    said = looked(case, answers)["say"]
    assert said == (
        r"unchanged since shop-v0; Deployment web has no spec.image, Deployment web has no metadata.annotations.a\.b/c"
    )


@pytest.mark.parametrize("kind", ["Secret", "SecretList", "secret"])
def test_another_namespaces_secrets_cannot_be_watched(kind: str) -> None:
    case = watching(apiVersion="v1", kind=kind, namespace="vela-system")
    assert "a Secret of another namespace cannot be named" in looked(case, given(case))["fail"]
