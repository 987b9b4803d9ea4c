"""One row for each way in which a call, a check, a wait or a read ends."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from tests.e2e.installed import assert_nowhere
from tests.e2e.steps.table import TOKEN, Fleet, Row
from tests.manifests import webservice

pytestmark = pytest.mark.e2e

WEB: dict[str, Any] = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "{id}"}
NOPE = {**WEB, "name": "nope"}
OWN = (webservice("{id}"),)
SECRET: dict[str, Any] = {"secretRef": {"name": "tok", "key": "token"}}


def probe(phase: str = "succeeded", message: str = "^sent$", **row: Any) -> Row:
    """A row of the probe: it posts to the receiver, each part in a request of its own."""
    own = {key: row.pop(key) for key in ("sent", "faults", "outputs", "kept", "components") if key in row}
    return Row("", {"url": "{url}", **row}, phase, message, type="probe", **own)


def check(phase: str = "succeeded", message: str = "answered as expected", **row: Any) -> Row:
    """A row of http-check."""
    own = {key: row.pop(key) for key in ("sent", "faults") if key in row}
    return Row("", {"url": "{url}/health", **row}, phase, message, type="http-check", **own)


def wait(phase: str, message: str, **row: Any) -> Row:
    """A row of await-object, for the Application's own Deployment."""
    return Row("", {**WEB, **row}, phase, message, type="await-object", components=OWN)


def read(phase: str, message: str, **row: Any) -> Row:
    """A row of read-object; a property that is None is left out."""
    own = {key: row.pop(key) for key in ("outputs", "kept") if key in row}
    named = {key: value for key, value in {**WEB, **row}.items() if value is not None}
    return Row("", named, phase, message, type="read-object", components=OWN, **own)


POST = "POST "
TABLE: dict[str, Row] = {
    # the shared parts
    "one": probe(sent=(POST,)),
    "parts": probe(parts=["a", "b", "c"], sent=(POST, POST, POST)),
    "cut-before": probe(faults=({"close": "before", "times": 1},), sent=(POST,)),
    "cut-after": probe(faults=({"close": "after", "times": 1},), sent=(POST, POST)),
    "cut-after-at-most-once": probe(
        "failed",
        "may have arrived or not; with delivery: atMostOnce it is not sent again",
        delivery="atMostOnce",
        faults=({"close": "after", "times": 1},),
        sent=(POST,),
    ),
    "refused": probe(
        "failed",
        r"^part one: no connection could be made \(connection refused\) 2 times$",
        url="http://127.0.0.1:9/",
        retries=1,
    ),
    "refused-and-goes-on": probe(
        "succeeded",
        r"^Failed, and the workflow goes on: part one: no connection could be made \(connection refused\) 2 times$",
        url="http://127.0.0.1:9/",
        retries=1,
        onFailure="continue",
    ),
    "busy": probe(faults=({"status": 503, "times": 2},), sent=(POST, POST, POST)),
    "always-busy": probe("failed", "answered 503.*; sent 2 times$", retries=1, faults=({"status": 503},)),
    "limited": probe(
        retries=0, faults=({"status": 429, "times": 2, "headers": {"retry-after": "1"}},), sent=(POST, POST, POST)
    ),
    "told-to-wait-for-ever": probe(
        "failed", "asks to be left alone for 99999 s", faults=({"status": 429, "headers": {"retry-after": "99999"}},)
    ),
    "wrong": probe("failed", r"^one: answered 404", faults=({"status": 404},), sent=(POST,)),
    "slow": probe(faults=({"delay": 4, "times": 1},), sent=(POST,)),
    "one-part-wrong": probe(
        "failed", "^a: answered 404", parts=["a", "b"], faults=({"status": 404, "times": 1},), sent=(POST, POST)
    ),
    "asks-until": probe(
        until="{url}/ready",
        faults=({"status": 404, "times": 2, "on": {"path": "/ready"}},),
        sent=(POST, "GET /ready", "GET /ready", "GET /ready"),
    ),
    "asks-and-breaks-off": probe(
        until="{url}/ready",
        faults=({"close": "before", "times": 2, "on": {"path": "/ready"}},),
        sent=(POST, "GET /ready"),
    ),
    "secret": probe(**SECRET, sent=(POST,)),
    "no-secret": probe(
        "failed",
        r"^secretRef: there is no Secret nope in namespace t-\w+: create it with the key k$",
        secretRef={"name": "nope", "key": "k"},
        sent=(),
    ),
    "no-key": probe(
        "failed", "Secret tok .* has no key k; it has empty, token$", secretRef={"name": "tok", "key": "k"}, sent=()
    ),
    "empty-token": probe(
        "succeeded",
        "goes on: secretRef: the key empty of Secret tok .* is empty$",
        secretRef={"name": "tok", "key": "empty"},
        onFailure="continue",
        sent=(),
    ),
    "outputs-of-what-is-hidden": probe(
        "succeeded",
        "_step",
        **SECRET,
        outputs={"a": "_step._auth._values.token", "b": "[for k, v in _step {v}]", "c": "parameter.url"},
        kept={"a": None, "b": None},
        sent=(POST,),
    ),
    "number-for-text": probe("failed", r"parameter\.url: conflicting values", url=5, sent=()),
    "text-for-number": probe("failed", r"parameter\.retries", retries="x", sent=()),
    "a-call-among-the-properties": probe(
        sent=(POST,),
        parts=["a"],
        extra={"#do": "do", "#provider": "http", "$params": {"method": "POST", "url": "{url}/smuggled"}},
    ),
    "unknown-watched": probe("failed", r"^onlyIfChanged\[0\]: Deployment nope cannot be read", onlyIfChanged=[NOPE]),
    "foreign-secret-watched": probe(
        "failed",
        "a Secret of another namespace cannot be named",
        onlyIfChanged=[{"apiVersion": "v1", "kind": "Secret", "name": "x", "namespace": "kube-system"}],
        sent=(),
    ),
    # http-check
    "healthy": check(successes=3, expect={"body": "^.*$"}, message=".*, 3 times in a row$"),
    "healthy-after-a-while": check(faults=({"status": 503, "times": 2},)),
    "never-healthy": check("failed", "within 6s: it answered 500$", timeout="6s", faults=({"status": 500},)),
    "never-there": check(
        "failed",
        r"within 6s: no connection could be made \(connection refused\)$",
        url="http://127.0.0.1:9/x",
        timeout="6s",
    ),
    "other-body": check("failed", "its body does not match fine$", timeout="3s", expect={"body": "fine"}),
    "other-field": check("failed", r"a\.b is null, not 1$", timeout="3s", expect={"json": {"a.b": 1}}),
    "secret-header": check(headers=[{"name": "X-Key", **SECRET}]),
    "bad-check": check(
        "failed",
        'url "x" is not an address: .*; timeout is "soon": write .*; expect.body is not a regular expression',
        url="x",
        timeout="soon",
        expect={"body": "("},
    ),
    "bad-header": check("failed", "has a line break", headers=[{"name": "X", "value": "a\r\nb"}], sent=()),
    # await-object
    "rolled-out": wait("succeeded", "has finished its rollout$", until="rollout"),
    "available": wait("succeeded", "has condition Available=True$", condition={"type": "Available"}),
    "field": wait("succeeded", r"^spec\.replicas of .* is 1$", field={"path": "spec.replicas", "value": 1}),
    "gone": wait("succeeded", "nope is gone$", until="gone", name="nope"),
    "never-comes": wait("failed", "gave up after 4s .*: it does not exist$", name="nope", timeout="4s"),
    "never-will": wait(
        "failed",
        "will not get there: Available is True",
        field={"path": "status.never"},
        failOn=[{"type": "Available"}],
    ),
    "no-such-kind": wait("failed", "cannot be read .*: no matches for kind", kind="Nothing"),
    "bad-wait": wait("failed", "condition is missing: write .*", until="condition"),
    # read-object
    "picked": read(
        "succeeded",
        "^read Deployment",
        fields={"image": "spec.template.spec.containers.0.image"},
        outputs={"image": "outputs.fields.image", "old": "output.$returns.value.spec.replicas"},
        kept={"image": "nginx:1", "old": 1},
    ),
    "listed": read(
        "succeeded",
        "^read 1 Deployment",
        name=None,
        selector={"app.oam.dev/name": "{id}"},
        outputs={"n": "outputs.count"},
        kept={"n": 1},
    ),
    "not-there": read("failed", "^there is no Deployment nope in namespace t-", name="nope"),
    "not-there-and-optional": read(
        "succeeded", "which is optional$", name="nope", optional=True, outputs={"f": "outputs.found"}, kept={"f": False}
    ),
    "unset-field": read("failed", r"has no x \(spec\.none\)$", fields={"x": "spec.none"}),
    # with cluster-gateway it is "no cluster nowhere has joined KubeVela": see tests/e2e/multicluster
    "no-such-cluster": read("failed", r"in namespace \S+ of cluster nowhere: .*vela cluster list", cluster="nowhere"),
    "foreign-secret": Row(
        "",
        {"apiVersion": "v1", "kind": "Secret", "name": "x", "namespace": "kube-system"},
        "failed",
        "a Secret can only be read in the Application's own namespace$",
        type="read-object",
    ),
    "foreign-secrets": Row(
        "",
        {"apiVersion": "v1", "kind": "SecretList", "list": True, "namespace": "kube-system"},
        "failed",
        "a Secret can only be read in the Application's own namespace$",
        type="read-object",
    ),
}
ROWS = [replace(row, name=name) for name, row in TABLE.items()]


@pytest.mark.parametrize("name", TABLE)
def test_row(fleet: Fleet, name: str) -> None:
    row = fleet.rows[name]
    fleet.checked(name)
    if row.sent is not None:
        below = re.compile(rf".*/{fleet.own[name]}")
        assert [f"{r.method} {below.sub('', r.path)}" for r in fleet.requests(name)] == list(row.sent)
    for key, value in (row.kept or {}).items():
        assert re.search(rf"^{key}: +{re.escape(json.dumps(value))}$", fleet.kept(name), re.M), fleet.kept(name)


def test_no_token_is_in_anything_that_is_stored(fleet: Fleet) -> None:
    fleet.all_ended()
    assert_nowhere(fleet.cluster, TOKEN)
    [record] = fleet.requests("secret")
    assert record.headers["authorization"] == f"Bearer {TOKEN}"
