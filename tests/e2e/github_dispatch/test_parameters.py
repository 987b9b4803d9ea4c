"""What the step says of wrong parameters and credentials, before anything is sent; and targets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.github_dispatch.fleet import TOKEN, Fleet, Row
from tests.e2e.installed import assert_nowhere, targets
from tests.manifests import config
from vela_steps.receiver.client import unique

if TYPE_CHECKING:
    from vela_steps.testing.cluster import Cluster
    from vela_steps.testing.place import Place

pytestmark = pytest.mark.e2e

EVENT = {"event": "deployed"}
START = {"workflow": "e2e.yml", "ref": "main"}
TARGETS = {kind: unique(kind) for kind in ("good", "ghes", "elsewhere", "narrow", "other", "blank")}


def refused(name: str, properties: dict[str, Any], message: str) -> Row:
    """A row that fails with this sentence and sends nothing."""
    return Row(name, properties, phase="failed", message=message, effects=(), posts=0)


def key(name: str) -> dict[str, Any]:
    """The Secret's key to take."""
    return {**EVENT, "auth": {"secretRef": {"name": "github", "key": name}}}


def target(kind: str, **more: Any) -> dict[str, Any]:
    """An event by a target."""
    return {**EVENT, **more, "auth": {"target": TARGETS[kind]}}


ROWS = (
    refused("nothing", {}, r"^nothing to do is named: write event, workflow or deployment$"),
    refused("both", {**EVENT, **START}, r"^event and workflow are both given: write exactly one of them$"),
    refused("repo", {**EVENT, "repo": "acme"}, r'^repo is "acme": write repo: OWNER/NAME$'),
    refused("repo-up", {**EVENT, "repo": "acme/.."}, r'^repo is "acme/.."'),
    refused("repo-missing", {**EVENT, "repo": None}, r'^repo is "": write repo: OWNER/NAME$'),
    refused("address", {**EVENT, "apiURL": "ghes.acme.io"}, r'^apiURL is "ghes.acme.io": write https://'),
    refused("event-empty", {"event": ""}, r"^event has 0 characters: GitHub takes 1 to 100$"),
    refused("event-long", {"event": "é" * 101}, r"^event has 101 characters"),
    refused(
        "properties",
        {**EVENT, "payload": {f"p{n}": n for n in range(10)}},
        r"^payload has 11 properties with the one that the step adds \(vela\), GitHub takes 10: nest",
    ),
    refused(
        "big", {**EVENT, "payload": {"a": "x" * 65536}}, r"^payload makes a body of 65\d+ bytes, GitHub takes less"
    ),
    refused("taken", {**EVENT, "payload": {"vela": 1}}, r"^payload has a property vela, which the step adds itself"),
    refused("ref", {"workflow": "e2e.yml"}, r"^ref is missing: write the branch or tag that e2e.yml is started on$"),
    refused("file", {**START, "workflow": "a/e2e.yml"}, r'^workflow is "a/e2e.yml": write its file name'),
    refused("inputs", {**START, "inputs": {f"i{n}": "" for n in range(26)}}, r"^inputs has 26 entries"),
    refused("inputs-big", {**START, "inputs": {"a": "x" * 65535}}, r"^inputs has 65\d+ characters as JSON"),
    refused("stray", {**EVENT, "inputs": {"a": "b"}}, r"^inputs goes with workflow: write workflow, or leave inputs"),
    refused("stray-payload", {**START, "payload": {"a": 1}}, r"^payload goes with event"),
    refused("stray-ref", {**EVENT, "ref": "main"}, r"^ref goes with workflow or deployment"),
    refused(
        "wait",
        {**EVENT, "wait": {"poll": "soon", "timeout": "1h", "conclusions": ["ok"]}},
        r'^wait.poll is "soon": write a duration .*; wait.conclusions has "ok": write success, neutral',
    ),
    refused("environment", {"deployment": {"environment": ""}}, r"^deployment.environment is missing: write the name"),
    refused(
        "template",
        {**EVENT, "payload": {"a": ["{{.nope}}"], "b": "{{"}},
        r'^"{{.nope}}" is no template, or names what is not known: write .id, .app.*; "{{" is no template',
    ),
    refused("no-auth", {**EVENT, "auth": {}}, r"^auth is missing: write auth: {secretRef: "),
    refused("two-auths", {**EVENT, "auth": {"target": "x", "secretRef": {"name": "github"}}}, r"^auth has both"),
    refused(
        "no-secret", {**EVENT, "auth": {"secretRef": {"name": "none"}}}, r"^auth.secretRef: there is no Secret none"
    ),
    refused("no-key", key("other"), r"^auth.secretRef: Secret github in namespace t-\w+ has no key other; it has "),
    refused("empty-token", key("empty"), r"^auth.secretRef: the key empty of Secret github .* is empty$"),
    refused("token-of-two-lines", key("lines"), r"^the token of Secret github holds spaces, line breaks or characters"),
    Row("says-and-goes-on", {"onFailure": "continue"}, message=r"goes on: nothing to do is named", effects=(), posts=0),
    Row("target", target("good"), calls=(r"POST https://api\.github\.com/repos/acme/{id}/dispatches$",)),
    Row("target-ghes", target("ghes"), calls=(r"POST https://ghes\.acme\.io/api/v3/repos/acme/{id}/dispatches$",)),
    refused(
        "target-sent-elsewhere",
        target("good", apiURL="https://evil.acme.io"),
        r"^apiURL is given, but target good-\w+ says where its credential is sent: leave apiURL out$",
    ),
    refused(
        "target-of-ghes-sent-elsewhere",
        target("ghes", apiURL="https://evil.acme.io/api/v3"),
        r"^apiURL is given, but target ghes-\w+ says where",
    ),
    refused("target-of-others", target("elsewhere"), r"^auth.target: elsewhere-\w+ is not for namespace t-\w+: ask"),
    refused("target-of-others-repos", target("narrow"), r"is not for repository acme/{id}: it allows acme/web-\*$"),
    refused("target-of-another-kind", target("other"), r"^auth.target: there is no target other-\w+: ask"),
    refused("target-blank", target("blank"), r"^target blank-\w+ has an empty token: ask the platform team$"),
    refused(
        "target-missing", {**EVENT, "auth": {"target": "nowhere"}}, r"^auth.target: there is no target nowhere: ask"
    ),
)


@pytest.fixture(scope="module", autouse=True)
def before(place: Place, shared: Cluster) -> Iterator[None]:
    """The targets, before the table's Applications are applied."""
    here = {"namespaces": [shared.namespace[:4] + "*"], "token": TOKEN}
    ghes = "https://ghes.acme.io/api/v3"
    configs = (
        config(TARGETS["good"], "vela-steps-github", {**here, "repositories": ["Acme/*"]}),
        config(TARGETS["ghes"], "vela-steps-github", {**here, "apiURL": ghes}),
        config(TARGETS["elsewhere"], "vela-steps-github", {**here, "namespaces": ["team-*"]}),
        config(TARGETS["narrow"], "vela-steps-github", {**here, "repositories": ["acme/web-*"]}),
        config(TARGETS["other"], "vela-steps-cdn", here),
        config(TARGETS["blank"], "vela-steps-github", {**here, "token": ""}),
    )
    yield from targets(place, shared, *configs)


@pytest.mark.parametrize("name", [row.name for row in ROWS])
def test_row(fleet: Fleet, name: str) -> None:
    """One sentence that says what to write, and nothing was sent; or, with a target, sent where the target says."""
    row, own = fleet.rows[name], fleet.own[name]
    fleet.checked(name)
    requests = fleet.requests(name)
    assert tuple(one.effect for one in requests) == row.effects
    assert {one.headers["authorization"] for one in requests} <= {f"Bearer {TOKEN}"}
    for wanted in row.calls:
        assert any(re.search(fleet.fill(row, wanted), f"{one.method} {one.url}") for one in requests), requests
    assert fleet.receiver.requests(host="evil.acme.io", contains=own) == []


def test_no_token_is_in_anything_that_is_stored(fleet: Fleet) -> None:
    """ConfigMaps, Applications, ResourceTrackers, events: the token is in its Secret only, base64 or not."""
    fleet.all_ended()
    assert_nowhere(fleet.cluster, TOKEN, logged_never=[TOKEN])
