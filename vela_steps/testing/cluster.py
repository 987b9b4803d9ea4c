"""A cluster as a test sees it: apply, wait for the thing itself, and say what was seen when it does not come."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml
from kubernetes import client, watch
from urllib3.exceptions import HTTPError

from vela_steps.tools.kubectl import Kubectl

LOG_LINES, LOG_SEARCHED = 30, 5000
RECONNECT = 0.2  # seconds before an API server that does not answer is asked again
ENDED = {"workflowFailed", "workflowTerminated", "failed", "terminated", "succeeded", "running", "suspending"}
STEP_ENDED = {"succeeded", "failed", "skipped"}
UNDER_WAY = {"", "starting", "rendering", "runningWorkflow"}  # phases in which the status may be of an earlier workflow

Object = dict[str, Any]


class Kind(NamedTuple):
    """A custom resource: group, version, plural."""

    group: str
    version: str
    plural: str

    @property
    def resource(self) -> str:
        """As kubectl names it beyond doubt."""
        return f"{self.plural}.{self.version}.{self.group}"


APPLICATION = Kind("core.oam.dev", "v1beta1", "applications")
WORKFLOW_RUN = Kind("core.oam.dev", "v1alpha1", "workflowruns")


def phase_of(found: Object | None) -> str:
    """The phase of an Application or WorkflowRun; empty where there is none yet."""
    status = (found or {}).get("status") or {}
    return str(status.get("status") or status.get("phase") or "")


def steps_of(found: Object | None) -> Iterator[Object]:
    """The status of every workflow step and sub-step, in order."""
    status = (found or {}).get("status") or {}
    for step in (status.get("workflow") or status).get("steps") or []:
        yield step
        yield from step.get("subStepsStatus") or []
        yield from step.get("subSteps") or []


def step_of(found: Object | None, name: str) -> Object | None:
    """The status of one step by its name."""
    return next((step for step in steps_of(found) if step.get("name") == name), None)


def has_ended(found: Object | None, revision: str = "") -> bool:
    """Whether an Application's workflow has ended for good, well or not; `revision` is the one that it must be of."""
    workflow = ((found or {}).get("status") or {}).get("workflow") or {}
    wanted = not revision or workflow.get("appRevision") == revision
    return wanted and bool(workflow.get("finished")) and phase_of(found) not in UNDER_WAY


def told(found: Object | None) -> str:
    """An Application's state in a few lines: phase, message, and each step's phase, reason and message."""
    if found is None:
        return "  (there is no such object)"
    status = found.get("status") or {}
    lines = [f"  phase: {phase_of(found) or '(none yet)'}  generation: {found['metadata'].get('generation')}"]
    message = (status.get("workflow") or status).get("message")
    lines += [f"  workflow: {message}"] if message else []
    lines += [
        "  step {name} ({type}): {phase} {reason} {message}".format_map(
            {"name": "?", "type": "?", "phase": "?", "reason": "", "message": ""} | step
        ).rstrip()
        for step in steps_of(found)
    ]
    conditions = [one for one in status.get("conditions") or [] if one.get("status") != "True"]
    return "\n".join(lines + [f"  condition {one.get('type')}: {one.get('message')}" for one in conditions])


@dataclass(frozen=True)
class Cluster:
    """`log` gives the last lines of vela-core's log, `api` is the kubernetes client's, `namespace` the test's own."""

    kubectl: Kubectl
    api: client.ApiClient
    namespace: str
    log: Callable[[int], str]

    def apply(self, *manifests: str | Mapping[str, Any], namespace: str = "") -> None:
        """Apply YAML text (any number of documents) or objects, server-side, to the test's namespace by default."""
        for manifest in manifests:
            text = manifest if isinstance(manifest, str) else json.dumps(manifest)
            self.kubectl.apply(text, namespace=namespace or own_namespace(text) or self.namespace)

    def get(self, kind: str, name: str) -> Object | None:
        """One object of the test's namespace, by kubectl's name of the kind; None where there is none."""
        return self.kubectl.get(kind, name, namespace=self.namespace)

    def delete(self, kind: str, name: str) -> None:
        """Delete an object of the test's namespace and wait until it is gone."""
        self.kubectl("delete", kind, name, "--namespace", self.namespace, "--ignore-not-found", timeout=120)

    def app(self, name: str) -> Object | None:
        """One Application."""
        return self.get(APPLICATION.resource, name)

    def wait(
        self,
        name: str,
        done: Callable[[Object], bool],
        *,
        what: str,
        kind: Kind = APPLICATION,
        timeout: float = 120,
        never: Callable[[Object], bool] = lambda _: False,
    ) -> Object:
        """Watch an object until `done` holds for it, and return it.

        Raises AssertionError when `never` holds (it cannot come any more) or `timeout` seconds have gone, with the
        workflow's status and the end of vela-core's log.
        """
        last: Object | None = None
        for last in self._states(kind, name, timeout):
            if done(last):
                return last
            if never(last):
                raise AssertionError(self.explained(f"{what} will not come", kind, name, last))
        raise AssertionError(self.explained(f"{what}: not within {timeout:g} s", kind, name, last))

    def _states(self, kind: Kind, name: str, timeout: float) -> Iterator[Object]:
        deadline = time.monotonic() + timeout
        custom = client.CustomObjectsApi(self.api)
        while (left := deadline - time.monotonic()) > 0:
            try:
                for event in watch.Watch().stream(
                    custom.list_namespaced_custom_object,
                    *kind[:2],
                    self.namespace,
                    kind.plural,
                    field_selector=f"metadata.name={name}",
                    timeout_seconds=max(1, int(left)),
                    _request_timeout=left + 5,
                ):
                    if event["type"] in ("ADDED", "MODIFIED"):
                        yield event["object"]
                    if time.monotonic() > deadline:
                        return
            except (client.ApiException, HTTPError, OSError):  # the API server is being restarted, perhaps by the test
                time.sleep(RECONNECT)

    def wait_for_app(
        self, name: str, phase: str = "running", *, kind: Kind = APPLICATION, timeout: float = 120
    ) -> Object:
        """Wait until an Application (or WorkflowRun) has a phase; one that ended otherwise fails at once."""

        def current(found: Object) -> bool:
            workflow = (found.get("status") or {}).get("workflow") or {}
            revision = (found.get("status") or {}).get("observedGeneration")
            return revision in (None, found["metadata"].get("generation")) and bool(workflow.get("finished", True))

        return self.wait(
            name,
            lambda found: phase_of(found) == phase and current(found),
            what=f"{name}: phase {phase}",
            kind=kind,
            timeout=timeout,
            never=lambda found: phase_of(found) in ENDED - {phase, "running", "suspending"} and current(found),
        )

    def wait_for_end(self, name: str, revision: str = "", *, timeout: float = 240) -> Object:
        """Wait until an Application's workflow has ended, well or not: of this revision, where one is given."""
        return self.wait(name, lambda found: has_ended(found, revision), what=f"{name}: the end", timeout=timeout)

    def wait_for_step(
        self, name: str, step: str, phase: str = "succeeded", *, kind: Kind = APPLICATION, timeout: float = 120
    ) -> Object:
        """Wait until a step has a phase, and return the step's status; one that ended otherwise fails at once."""

        def phase_now(found: Object) -> str:
            return str((step_of(found, step) or {}).get("phase", ""))

        found = self.wait(
            name,
            lambda found: phase_now(found) == phase,
            what=f"{name}: step {step}: phase {phase}",
            kind=kind,
            timeout=timeout,
            never=lambda found: phase_now(found) in STEP_ENDED - {phase},
        )
        return step_of(found, step) or {}

    def explained(self, failure: str, kind: Kind, name: str, found: Object | None) -> str:
        """A failure with what is needed to understand it."""
        log = self.own_log()
        return f"{failure}\n{kind.plural} {self.namespace}/{name}:\n{told(found)}\nend of vela-core's log:\n{log}"

    def own_log(self, lines: int = LOG_LINES) -> str:
        """The last lines of vela-core's log about the test's namespace; its last lines of all where none is."""
        latest = self.log(LOG_SEARCHED).splitlines()
        mine = [line for line in latest if self.namespace in line]
        return "\n".join((mine or latest)[-lines:])

    def report(self, kinds: Sequence[Kind] = (APPLICATION, WORKFLOW_RUN)) -> str:
        """All Applications and WorkflowRuns of the test's namespace, for a failed test."""
        custom, parts = client.CustomObjectsApi(self.api), []
        for kind in kinds:
            try:
                items = custom.list_namespaced_custom_object(*kind[:2], self.namespace, kind.plural)["items"]
            except (client.ApiException, HTTPError, OSError) as error:
                items = []
                if getattr(error, "status", 0) != 404:  # WorkflowRun may not be installed
                    parts.append(f"{kind.plural}: {error}")
            parts += [f"{kind.plural} {self.namespace}/{item['metadata']['name']}:\n{told(item)}" for item in items]
        return "\n".join(parts) or f"nothing in {self.namespace}"


def own_namespace(text: str) -> str:
    """The namespace that all documents of a text name; empty where they name none. Two of them are two calls."""
    named = {(document.get("metadata") or {}).get("namespace", "") for document in yaml.safe_load_all(text) if document}
    return named.pop() if len(named) == 1 else ""
