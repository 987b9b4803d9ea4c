"""What `doctor` judges, as `vela_steps.fleet.gather` reads it from the cluster and Git. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SYSTEM = "vela-system"  # KubeVela's own namespace: definitions for all, and targets
ADDON = "addon-vela-steps"
# What an account may not be allowed to look at, as people name it.
APPLICATIONS = "Applications"
SHARED = f"the step types of {SYSTEM}"


class Step(NamedTuple):
    """A workflow step that somebody uses: `place` says where (a file's position, or namespace/application)."""

    place: str
    namespace: str
    name: str
    type: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Evidence:
    """Everything that the checks judge.

    `definitions` are WorkflowStepDefinitions by (namespace, name), `revisions` ApplicationRevisions by (namespace,
    name), `parents` Argo CD's applications (namespace/name) that hold others, `secrets` those that steps name: None
    there is none, the error's text where it may not be read. `addon` is the Application that brings our steps.
    `unseen` is what the account may not look at: what is missing there is not known.
    """

    applications: Sequence[Mapping[str, Any]] = ()
    definitions: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    revisions: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    controllers: Sequence[Mapping[str, Any]] = ()
    argocd: Sequence[Mapping[str, Any]] = ()
    parents: Sequence[str] = ()
    used: Sequence[Step] = ()
    wanted: Sequence[Step] = ()
    secrets: Mapping[tuple[str, str], Mapping[str, Any] | str | None] = field(default_factory=dict)
    addon: Mapping[str, Any] | None = None
    knows_kubevela: bool = True
    unseen: Sequence[str] = ()

    @property
    def steps(self) -> list[Step]:
        """Steps of the cluster's Applications and of Git."""
        return [*self.used, *self.wanted]


class Reference(NamedTuple):
    """A credential that a step names: a Secret's key, or (target) a config of the platform team."""

    step: Step
    namespace: str
    name: str
    key: str = ""
    target: bool = False


def application_steps(app: Mapping[str, Any], place: str = "") -> Iterator[Step]:
    """The workflow steps of an Application, sub-steps included."""
    metadata = app.get("metadata") or {}
    namespace, name = metadata.get("namespace", ""), metadata.get("name", "")
    for step in _flat((app.get("spec") or {}).get("workflow") or {}, "steps"):
        yield Step(
            place or f"{namespace}/{name}",
            namespace,
            str(step.get("name", "")),
            str(step.get("type", "")),
            step.get("properties") or {},
        )


def references_of(step: Step) -> Iterator[Reference]:
    """The credentials that a step's properties name, wherever in them they stand."""
    yield from _references(step, step.properties)


def _references(step: Step, value: Any) -> Iterator[Reference]:
    if isinstance(value, list):
        for item in value:
            yield from _references(step, item)
    if not isinstance(value, dict):
        return
    reference = value.get("secretRef")
    if isinstance(reference, dict) and isinstance(reference.get("name"), str):
        yield Reference(step, step.namespace, reference["name"], str(reference.get("key", "")))
    for key, inner in value.items():
        # cdn-purge: auth: {target: …}; notify: slack: {target: …}
        names_target = key == "auth" or (step.type == "notify" and value is step.properties)
        if names_target and isinstance(inner, dict) and isinstance(inner.get("target"), str):
            yield Reference(step, SYSTEM, inner["target"], target=True)
        yield from _references(step, inner)


def _flat(parent: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    for step in parent.get(key) or []:
        yield step
        yield from _flat(step, "subSteps")
