"""Targets, runs of the workflow, no Application at all, and a controller that is killed between two parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.cdn_purge.fleet import SECRETS, STEP, Fleet, Row
from tests.e2e.installed import KEPT, assert_markers_go_with, assert_nowhere, deployed, targets
from tests.manifests import application, config, secret, watched, webservice
from vela_steps.receiver.client import Receiver, unique
from vela_steps.testing.cluster import WORKFLOW_RUN, Cluster, Object, step_of

if TYPE_CHECKING:
    from vela_steps.sandbox.client import Sandbox
    from vela_steps.testing.place import Place

pytestmark = pytest.mark.e2e

TARGETS = {kind: unique(kind) for kind in ("fastly", "varnish", "aws", "elsewhere", "other", "blank", "nowhere")}
TOKEN = f"{KEPT}{unique('target')}"
FASTLY: Mapping[str, Any] = {"provider": "fastly", "tags": ["{id}"]}
GENERIC: Mapping[str, Any] = {
    "provider": "generic",
    "tags": ["{id}"],
    "request": {"path": "/x/{item}"},
    "endpoint": None,
}


def targeted(name: str, kind: str, properties: Mapping[str, Any], message: str, **more: Any) -> Row:
    """A row with a target; it fails with this sentence and sends nothing unless it says otherwise."""
    auth = {"auth": {"target": TARGETS[kind]}}
    return Row(name, {**properties, **auth}, message=message, secret="", **{"phase": "failed", "count": 0, **more})


SENT = {"phase": "succeeded", "count": 1}
ROWS = (
    targeted("target", "fastly", FASTLY, "^Fastly purged 1 tag: ", **SENT),
    targeted("target-with-an-endpoint-of-its-own", "varnish", GENERIC, "^the cache purged 1 tag$", **SENT),
    targeted(
        "target-sent-elsewhere",
        "fastly",
        {**FASTLY, "endpoint": "https://evil.acme.io"},
        r"^endpoint cannot be given with auth\.target: the target says where its credential goes$",
    ),
    targeted(
        "target-for-another-provider",
        "fastly",
        {**GENERIC, "endpoint": None},
        r"^auth\.target: fastly-\w+ is for provider fastly, not for generic",
    ),
    targeted("target-of-others", "elsewhere", FASTLY, r"^auth\.target: elsewhere-\w+ is not for namespace t-\w+: ask"),
    targeted("target-of-another-kind", "other", FASTLY, r"^auth\.target: there is no target other-\w+: ask"),
    targeted("target-with-an-empty-token", "blank", FASTLY, r"^auth\.target: blank-\w+ has no token: ask"),
    targeted("target-without-an-endpoint", "nowhere", GENERIC, r"^auth\.target: nowhere-\w+ has no endpoint$"),
    targeted(
        "target-with-a-token-where-keys-are-needed",
        "aws",
        {"provider": "cloudfront", "distribution": "{id}", "everything": True},
        r"^auth\.target: aws-\w+ has no accessKeyId: .*; auth\.target: aws-\w+ has no secretAccessKey: ",
    ),
    Row(
        "secret-of-another-namespace",
        {**FASTLY, "auth": {"secretRef": {"name": TARGETS["fastly"], "namespace": "vela-system"}}},
        "failed",
        r"^auth\.secretRef: there is no Secret fastly-\w+ in namespace t-",
        secret="",
        count=0,
    ),
)


@pytest.fixture(scope="module", autouse=True)
def before(place: Place, shared: Cluster) -> Iterator[None]:
    """The targets, before the table's Applications are applied."""
    here = {"namespaces": [shared.namespace[:4] + "*"], "token": TOKEN}
    varnish = f"{place.receiver().http}/{TARGETS['varnish']}"
    kinds = {
        "fastly": ("vela-steps-cdn", {**here, "provider": "fastly"}),
        "varnish": ("vela-steps-cdn", {**here, "provider": "generic", "endpoint": varnish}),
        "aws": ("vela-steps-cdn", {**here, "provider": "cloudfront"}),
        "elsewhere": ("vela-steps-cdn", {**here, "provider": "fastly", "namespaces": ["team-*"]}),
        "other": ("vela-steps-github", {**here, "provider": "fastly"}),
        "blank": ("vela-steps-cdn", {**here, "provider": "fastly", "token": ""}),
        "nowhere": ("vela-steps-cdn", {**here, "provider": "generic"}),
    }
    shared.apply(*[secret(name, data) for name, data in SECRETS.items()])
    configs = [config(TARGETS[kind], template, properties) for kind, (template, properties) in kinds.items()]
    yield from targets(place, shared, *configs)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_targets_credential_goes_where_the_target_says_and_nowhere_else(fleet: Fleet, row: Row) -> None:
    fleet.checked(row.name)
    found = fleet.requests(row.name)
    assert len(found) == row.count
    for record in found:
        told = record.headers.get("fastly-key") or record.headers["authorization"].removeprefix("Bearer ")
        assert told == TOKEN
    assert fleet.receiver.requests(host="evil.acme.io") == []


def test_a_targets_credential_is_not_stored(fleet: Fleet) -> None:
    fleet.all_ended()
    assert_nowhere(fleet.cluster, TOKEN, logged_never=[TOKEN])


def tagged(own: str, *parts: str) -> list[str]:
    """Tags of this name's own."""
    return [f"{own}-{part}" for part in parts]


def purge(own: str, *parts: str, **properties: Any) -> Object:
    """A purge at Bunny, of a tag a request; `own` is part of each tag."""
    auth = {"secretRef": {"name": "bunny"}}
    return {
        "name": STEP,
        "type": "cdn-purge",
        "properties": {"provider": "bunny", "zone": 4711, "tags": tagged(own, *parts), "auth": auth, **properties},
    }


def test_it_purges_when_the_image_changes_and_again_after_a_rollback(shared: Cluster, receiver: Receiver) -> None:
    own = unique("t")

    def deploy(image: str, replicas: int) -> str:
        """What the step said of it."""
        part = webservice(own, image) | {"traits": [{"type": "scaler", "properties": {"replicas": replicas}}]}
        return deployed(shared, own, purge(own, "a", onlyIfChanged=watched(own)), part)

    assert deploy("a:1", 1) == "bunny.net purged 1 tag"
    assert deploy("a:1", 2).startswith("unchanged since ")
    assert deploy("a:2", 2) == "bunny.net purged 1 tag"
    assert deploy("a:1", 2) == "bunny.net purged 1 tag"
    assert len(receiver.effects(contains=own)) == 3


def test_a_workflow_run_purges_once_and_leaves_nothing_behind(
    shared: Cluster, receiver: Receiver, sandbox: Sandbox
) -> None:
    sandbox.up(("workflow",))
    own = unique("t")
    run = {"apiVersion": "core.oam.dev/v1alpha1", "kind": "WorkflowRun", "metadata": {"name": own}}
    shared.apply({**run, "spec": {"workflowSpec": {"steps": [purge(own, "a", "b")]}}})
    shared.wait_for_app(own, "succeeded", kind=WORKFLOW_RUN, timeout=240)
    assert [record.json()["CacheTag"] for record in receiver.effects(contains=own)] == tagged(own, "a", "b")
    assert_markers_go_with(shared, WORKFLOW_RUN, own)


@pytest.mark.parametrize("delivery", ["atLeastOnce", "atMostOnce"])
def test_a_controller_killed_between_two_parts_does_not_repeat_the_first(
    shared: Cluster, receiver: Receiver, sandbox: Sandbox, delivery: str
) -> None:
    own = unique("t")
    receiver.fault(match={"contains": own, "path": "purgeCache"}, delay=2)
    shared.apply(application(own, purge(own, "a", "b", "c", delivery=delivery)))
    receiver.wait_for(2, contains=own, timeout=240)
    sandbox.restart("vela-core", kill=True)
    step = step_of(shared.wait_for_end(own), STEP) or {}
    tags = [record.json()["CacheTag"] for record in receiver.effects(contains=own)]
    if delivery == "atLeastOnce":
        assert step["phase"] == "succeeded"
        assert tags == tagged(own, "a", "b", "b", "c")
    else:
        assert step["phase"] == "failed"
        assert re.search(
            r"request 2 of 3 .* may have arrived or not; .*\(1 of 3 requests were done\)$", step["message"]
        )
        assert tags == tagged(own, "a", "b")
