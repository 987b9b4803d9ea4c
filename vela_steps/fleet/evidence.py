"""What `doctor` looks at: read once from the cluster and from Git, then judged by pure checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vela_steps.fleet.cluster import GROUP, Cluster

ARGOCD = "argoproj.io"
SYSTEM = "vela-system"  # KubeVela's own namespace: definitions for all, and targets


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
    where there is none, the error's text where it may not be read.
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
    knows_kubevela: bool = True

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


def gather(cluster: Cluster, wanted: Sequence[Step], namespace: str = "") -> Evidence:
    """Read the cluster. Raises ToolError where it cannot be asked at all."""
    applications = list(cluster.applications(namespace))
    used = [step for app in applications for step in application_steps(app)]
    definitions = _by_name(cluster.objects(GROUP, "v1beta1", "workflowstepdefinitions"))
    references = {(one.namespace, one.name) for step in [*used, *wanted] for one in references_of(step)}
    return Evidence(
        applications=applications,
        definitions=definitions,
        revisions=_by_name(cluster.objects(GROUP, "v1beta1", "applicationrevisions", namespace)),
        controllers=cluster.deployments("app.kubernetes.io/name=vela-core"),
        argocd=cluster.named_config_maps("argocd-cm"),
        parents=_parents(cluster),
        used=used,
        wanted=wanted,
        secrets={place: _secret(cluster, *place) for place in sorted(references) if place[0]},
        knows_kubevela=bool(definitions or applications),
    )


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


def _parents(cluster: Cluster) -> list[str]:
    """The app-of-apps; none where the account may not list Argo CD's applications, as a developer's mostly may not."""
    if not cluster.may("list", "applications", "", group=ARGOCD):
        return []
    apps = cluster.objects(ARGOCD, "v1alpha1", "applications")
    return [f"{app['metadata']['namespace']}/{app['metadata']['name']}" for app in apps if _holds_others(app)]


def _holds_others(app: Mapping[str, Any]) -> bool:
    resources = (app.get("status") or {}).get("resources") or []
    return any((one.get("group"), one.get("kind")) == (ARGOCD, "Application") for one in resources)


def _flat(parent: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    for step in parent.get(key) or []:
        yield step
        yield from _flat(step, "subSteps")


def _by_name(objects: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(one["metadata"].get("namespace", ""), one["metadata"]["name"]): one for one in objects}


def _secret(cluster: Cluster, namespace: str, name: str) -> Mapping[str, Any] | str | None:
    if not cluster.may("get", "secrets", namespace):
        return "you may not read it"
    return cluster.secret(namespace, name)
