"""Read the evidence for `doctor` from a cluster, as much of it as the account may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from vela_steps.fleet.cluster import GROUP, Cluster, RefusedError
from vela_steps.fleet.evidence import (
    ADDON,
    APPLICATIONS,
    SHARED,
    SYSTEM,
    Evidence,
    Step,
    application_steps,
    references_of,
)

ARGOCD = "argoproj.io"
Found = TypeVar("Found")
Object = Mapping[str, Any]


@dataclass
class _Eyes:
    """Looks, and notes what it may not look at."""

    unseen: list[str] = field(default_factory=list)

    def look(self, what: str, read: Callable[[], Found], instead: Found) -> Found:
        try:
            return read()
        except RefusedError:
            self.unseen.append(what)
            return instead

    def all(self, what: str, read: Callable[[], Iterable[Object]]) -> list[Object]:
        nothing: list[Object] = []
        return self.look(what, lambda: list(read()), nothing)


def gather(cluster: Cluster, wanted: Sequence[Step], namespace: str = "") -> Evidence:
    """Read the cluster. Raises ToolError where it cannot be asked at all; what it refuses is noted as unseen."""
    eyes = _Eyes()
    applications = eyes.all(_of(APPLICATIONS, namespace), lambda: cluster.applications(namespace))
    used = [step for app in applications for step in application_steps(app)]
    spaces = {step.namespace for step in [*used, *wanted]} - {""}
    definitions = _definitions(cluster, eyes, spaces | ({namespace} - {""}))
    addon = eyes.look(f"the Application {SYSTEM}/{ADDON}", lambda: cluster.application(SYSTEM, ADDON), None)
    references = {(one.namespace, one.name) for step in [*used, *wanted] for one in references_of(step)}
    revisions = eyes.all(
        _of("ApplicationRevisions", namespace),
        lambda: cluster.objects(GROUP, "v1beta1", "applicationrevisions", namespace),
    )
    return Evidence(
        applications=applications,
        definitions=definitions,
        revisions=_by_name(revisions),
        controllers=eyes.all("Deployments", lambda: cluster.deployments("app.kubernetes.io/name=vela-core")),
        argocd=eyes.all("Argo CD's configuration", lambda: cluster.named_config_maps("argocd-cm")),
        parents=_parents(eyes.all("Argo CD's applications", lambda: _argocd(cluster))),
        used=used,
        wanted=wanted,
        secrets={place: _secret(cluster, *place) for place in sorted(references) if place[0]},
        addon=addon,
        knows_kubevela=bool(definitions or applications or eyes.unseen),
        unseen=eyes.unseen,
    )


def _of(what: str, namespace: str) -> str:
    return f"{what} of {namespace or 'all namespaces'}"


def _definitions(cluster: Cluster, eyes: _Eyes, spaces: Iterable[str]) -> dict[tuple[str, str], Object]:
    """The step types: of all namespaces, or where that is refused of those that matter, one by one."""

    def of(namespace: str = "") -> dict[tuple[str, str], Object]:
        return _by_name(cluster.objects(GROUP, "v1beta1", "workflowstepdefinitions", namespace))

    try:
        return of()
    except RefusedError:
        pass
    found: dict[tuple[str, str], Object] = {}
    nothing: dict[tuple[str, str], Object] = {}
    for space in sorted({*spaces, SYSTEM}):
        what = SHARED if space == SYSTEM else f"the step types of {space}"
        found |= eyes.look(what, partial(of, space), nothing)
    return found


def _argocd(cluster: Cluster) -> Iterable[Object]:
    return cluster.objects(ARGOCD, "v1alpha1", "applications")


def _parents(apps: Iterable[Object]) -> list[str]:
    """The app-of-apps among Argo CD's applications."""
    return [f"{app['metadata']['namespace']}/{app['metadata']['name']}" for app in apps if _holds_others(app)]


def _holds_others(app: Object) -> bool:
    resources = (app.get("status") or {}).get("resources") or []
    return any((one.get("group"), one.get("kind")) == (ARGOCD, "Application") for one in resources)


def _by_name(objects: Iterable[Object]) -> dict[tuple[str, str], Object]:
    return {(one["metadata"].get("namespace", ""), one["metadata"]["name"]): one for one in objects}


def _secret(cluster: Cluster, namespace: str, name: str) -> Object | str | None:
    try:
        return cluster.secret(namespace, name)
    except RefusedError:
        return "you may not read it"
