"""Another version of the addon, while Applications and WorkflowRuns are in the middle of a step."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.addon.conftest import NAME, NEW, OLD, SAYS, Made
from tests.e2e.addon.used import RUN_NAME, SECRET, application, dispatch, purge, step, tell
from vela_steps.addon import folder
from vela_steps.addon.users import SYSTEM
from vela_steps.receiver.client import Receiver, unique
from vela_steps.sandbox.client import Sandbox
from vela_steps.testing.cluster import APPLICATION, WORKFLOW_RUN, Cluster, Kind, Object, step_of
from vela_steps.testing.place import Place
from vela_steps.tools.vela import Vela

pytestmark = [pytest.mark.e2e, pytest.mark.long]
WAIT = {"poll": "2s", "timeout": "20m"}
BUSY = {"status": 429, "headers": {"retry-after": "2"}}
NOTHING_RUNS = json.dumps({"total_count": 0, "workflow_runs": []})
PAGES = ("first", "second", "third")


@pytest.fixture
def switch(vela: Vela, versions: dict[str, Made], tmp_path: Path, place: Place) -> Callable[[str], None]:
    """Enables a version, over another one where there is one."""

    def to(version: str) -> None:
        where = tmp_path / version / NAME
        folder.write(versions[version], where)
        vela.enable_addon(where)
        # `enable` does not wait for the workflow of an addon that was there before; the definitions are its own doing.
        found = place.kubectl.get("workflowstepdefinition", "github-dispatch", namespace=SYSTEM) or {}
        says_more = SAYS['"waits '] in found["spec"]["schematic"]["cue"]["template"]
        assert says_more == (version == NEW), "the definitions are those of the version that is enabled"

    return to


class InTheMiddle:
    """A workflow of five steps at once, none of which can go on before `release`.

    One has sent what it waits for, two have sent one part of what they send, two only look.
    """

    def __init__(self, cluster: Cluster, receiver: Receiver, kind: Kind) -> None:
        self.cluster, self.receiver, self.kind = cluster, receiver, kind
        self.own = unique("shop")
        self.host = f"{self.own}.acme.io"
        receiver.answer_for(self.host, status=200, body="ok")
        receiver.configure("github", f"acme/{self.own}", run_name=RUN_NAME)
        runs, second = f"/repos/acme/{self.own}/actions/runs", f"{self.own}/second"
        self.held = [
            receiver.fault(match={"path": runs, "method": "GET"}, status=200, body=NOTHING_RUNS),
            receiver.fault(match={"path": second}, **BUSY),
            receiver.fault(match={"host": self.host, "path": "/hook"}, **BUSY),
            receiver.fault(match={"host": self.host, "path": "/healthz"}, status=503),
        ]
        cluster.apply(SECRET, self.manifest())

    def manifest(self) -> Object:
        urls = [f"https://acme.io/{self.own}/{page}" for page in PAGES]
        auth = {"secretRef": {"name": "github"}}
        file = {"apiVersion": "v1", "kind": "ConfigMap", "name": f"{self.own}-file"}
        steps = [
            dispatch(self.own, "run", wait=WAIT),
            step("cdn-purge", "pages", provider="fastly", urls=urls, auth=auth),
            tell(self.own, webhook={"url": {"value": f"https://{self.host}/hook"}}),
            step("http-check", "check", url=f"https://{self.host}/healthz", timeout="20m"),
            step("await-object", "file", **file, timeout="20m"),
        ]
        together = {"steps": "DAG", "subSteps": "DAG"}
        if self.kind == APPLICATION:
            made = application(self.own, *steps)
            made["spec"]["workflow"]["mode"] = together
            return made
        spec = {"mode": together, "workflowSpec": {"steps": steps}}
        metadata = {"name": self.own, "namespace": self.cluster.namespace}
        return {"apiVersion": "core.oam.dev/v1alpha1", "kind": "WorkflowRun", "metadata": metadata, "spec": spec}

    def effects(self) -> list[str]:
        """What was taken so far, a line each."""
        return sorted(f"{one.vendor} {one.path}" for one in self.receiver.effects(contains=self.own, accepted=True))

    def held_back(self) -> None:
        """Wait until each fault strikes once more: the steps were evaluated again."""
        before = {fault["id"]: fault["hits"] for fault in self.receiver.faults()}
        for what in (
            {"path": f"/repos/acme/{self.own}/actions/runs"},
            {"path": f"{self.own}/second"},
            {"host": self.host, "path": "/hook"},
            {"host": self.host, "path": "/healthz"},
        ):
            last = max((one.seq for one in self.receiver.requests(**what)), default=0)
            assert self.receiver.next(last, timeout=180, **what), f"nothing asked for {what} any more"
        after = {fault["id"]: fault["hits"] for fault in self.receiver.faults()}
        assert all(after[one] > before[one] for one in self.held)

    def says(self, name: str, beginning: str) -> None:
        """Wait until a step's message begins with a text."""
        self.cluster.wait(
            self.own,
            lambda found: (step_of(found, name) or {}).get("message", "").startswith(beginning),
            what=f"{name} says {beginning}",
            kind=self.kind,
            timeout=180,
        )

    def release(self) -> None:
        """Let everything go on, and wait until it is done."""
        self.receiver.heal(*self.held)
        self.cluster.kubectl("create", "configmap", f"{self.own}-file", "-n", self.cluster.namespace)
        self.cluster.wait_for_app(
            self.own, "running" if self.kind == APPLICATION else "succeeded", kind=self.kind, timeout=300
        )


def test_versions_change_in_the_middle_of_steps_and_no_effect_is_lost_or_repeated(
    switch: Callable[[str], None], cluster: Cluster, receiver: Receiver, sandbox: Sandbox
) -> None:
    sandbox.up(("workflow",))
    switch(OLD)
    both = [InTheMiddle(cluster, receiver, kind) for kind in (APPLICATION, WORKFLOW_RUN)]
    for each in both:
        each.held_back()
    before = [each.effects() for each in both]
    for each in both:
        each.says("file", "waits until")
    switch(NEW)
    for each in both:
        each.says("file", "still waits until")  # it goes on with the new definition
        each.held_back()
    switch(OLD)
    for each in both:
        each.says("file", "waits until")
        each.held_back()
    assert [each.effects() for each in both] == before
    for each in both:
        each.release()
        pages = [f"fastly /purge/acme.io/{each.own}/{page}" for page in PAGES]
        made = each.effects()
        assert [one for one in made if one.startswith("fastly")] == pages
        assert sum(one.startswith("github") for one in made) == 1
        assert sum(one.startswith("slack") for one in made) == 1
        delivered = [one for one in receiver.requests(host=each.host, path="/hook") if one.status == 200]
        assert len(delivered) == 1


def test_what_an_older_version_remembered_holds_for_a_newer_one_and_back(
    switch: Callable[[str], None], cluster: Cluster, receiver: Receiver
) -> None:
    own = unique("shop")
    web = {"name": "web", "type": "webservice", "properties": {"image": "nginx:1", "ports": [{"port": 80}]}}
    watched = [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "fields": ["images"]}]

    def deploy(version: str) -> None:
        made = application(
            "shop",
            {"name": "web", "type": "apply-component", "properties": {"component": "web"}},
            purge(own, onlyIfChanged=watched),
            components=(web,),
        )
        made["metadata"]["annotations"] = {"app.oam.dev/publishVersion": version}
        cluster.apply(SECRET, made)

        def over(app: Object) -> bool:
            workflow = (app.get("status") or {}).get("workflow") or {}
            return bool(workflow.get("finished")) and workflow.get("appRevision", "").endswith(version)

        app = cluster.wait("shop", over, what=f"the end of {version}", timeout=180)
        assert (step_of(app, "purge") or {})["phase"] == "succeeded"

    switch(OLD)
    deploy("one")
    switch(NEW)
    deploy("two")
    switch(OLD)
    deploy("three")
    assert len(receiver.effects(contains=own)) == 1


def test_a_pinned_revision_is_the_one_that_runs_whatever_version_is_enabled(
    switch: Callable[[str], None], cluster: Cluster, place: Place
) -> None:
    switch(OLD)
    first = place.kubectl.get("workflowstepdefinition", "await-object", namespace=SYSTEM) or {}
    pinned = f"await-object@v{first['status']['latestRevision']['revision']}"
    switch(NEW)
    missing = {"apiVersion": "v1", "kind": "ConfigMap", "name": "missing"}
    cluster.apply(application("pinned", {**step("await-object", "file", **missing), "type": pinned}))
    cluster.apply(application("newest", step("await-object", "file", **missing)))

    def says(app: str, beginning: str) -> None:
        def said(found: Object) -> bool:
            return str((step_of(found, "file") or {}).get("message", "")).startswith(beginning)

        cluster.wait(app, said, what=f"{app} says {beginning}")

    says("pinned", "waits until")
    says("newest", "still waits until")
    cluster.kubectl("create", "configmap", "missing", "-n", cluster.namespace)
    for app in ("pinned", "newest"):
        cluster.wait_for_app(app)
