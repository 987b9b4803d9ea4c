"""What is built, from which modules, and with which settings.

Every recipe belongs to a wrapper module in `modules/NAME`: its `go.mod` pins the versions and its `go.sum` the hashes
of everything that is compiled. Go ignores the replace block of a dependency, so the wrappers repeat those.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

MODULES = Path(__file__).parent / "modules"


@dataclass(frozen=True)
class Asset:
    """A folder of a downloaded module that the sandbox installs into the cluster: `module`, path in it, name here."""

    module: str
    source: str
    name: str


@dataclass(frozen=True)
class Recipe:
    """One component. `binaries` maps a program's name to its Go package; `variables` are set by the linker.

    `seconds` is what a cold build took on two cores: the first estimate that the progress display shows.
    """

    name: str
    version: str
    binaries: dict[str, str]
    seconds: int
    variables: dict[str, str] | None = None
    assets: tuple[Asset, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the wrapper module lies."""
        return MODULES / self.name


_K8S_VERSION = "k8s.io/component-base/version"
_KUBEVELA = "github.com/oam-dev/kubevela"
_ARGOCD = "github.com/argoproj/argo-cd/v3"


def _kubevela(name: str, version: str, seconds: int) -> Recipe:
    """vela-core and vela, with the chart and the CRDs of that release."""
    return Recipe(
        name,
        version,
        {"vela-core": f"{_KUBEVELA}/cmd/core", "vela": f"{_KUBEVELA}/references/cmd/cli"},
        seconds,
        variables={f"{_KUBEVELA}/version.VelaVersion": f"v{version}"},
        assets=(
            Asset(_KUBEVELA, "charts/vela-core", "chart"),
            Asset("github.com/kubevela/workflow", "charts/vela-workflow/crds", "workflow-crds"),
        ),
    )


# In the order in which they are built: what shares compiled packages stands together.
GO_RECIPES: tuple[Recipe, ...] = (
    Recipe("cue-0.9.2", "0.9.2", {"cue": "cuelang.org/go/cmd/cue"}, 30),
    Recipe("cue-0.14.1", "0.14.1", {"cue": "cuelang.org/go/cmd/cue"}, 30),
    _kubevela("kubevela", "1.10.9", 220),
    # The next KubeVela, and a second cluster, which few need: built when asked for, next to what they share most with.
    _kubevela("kubevela-1.11.0", "1.11.0", 240),
    Recipe("cluster-gateway", "1.9.2", {"cluster-gateway": "github.com/oam-dev/cluster-gateway/cmd/apiserver"}, 60),
    Recipe("workflow", "0.6.3", {"vela-workflow": "github.com/kubevela/workflow/cmd"}, 60),
    Recipe(
        "kubernetes",
        "1.34.4",
        {
            name: f"k8s.io/kubernetes/cmd/{name}"
            for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
        },
        240,
        variables={
            f"{_K8S_VERSION}.gitVersion": "v1.34.4",
            f"{_K8S_VERSION}.gitMajor": "1",
            f"{_K8S_VERSION}.gitMinor": "34",
        },
    ),
    Recipe("etcd", "3.5.16", {"etcd": "go.etcd.io/etcd/server/v3"}, 30),
    Recipe(
        "kwok",
        "0.7.0",
        {name: f"sigs.k8s.io/kwok/cmd/{name}" for name in ("kwok", "kwokctl")},
        75,
        assets=(Asset("sigs.k8s.io/kwok", "kustomize/stage", "stages"),),
    ),
    Recipe(
        "argocd",
        "3.2.5",
        {"argocd": f"{_ARGOCD}/cmd"},
        240,
        variables={f"{_ARGOCD}/common.version": "3.2.5"},
        assets=(
            Asset(_ARGOCD, "manifests/crds", "crds"),
            Asset(_ARGOCD, "manifests/base", "base"),
        ),
    ),
    # Hosts of the helper, for its tests: no part of a sandbox.
    Recipe("kustomize", "5.8.1", {"kustomize": "sigs.k8s.io/kustomize/kustomize/v5"}, 15),
    Recipe("helm-3", "3.20.2", {"helm": "helm.sh/helm/v3/cmd/helm"}, 55),
    Recipe("helm-4", "4.3.1", {"helm": "helm.sh/helm/v4/cmd/helm"}, 60),
)
RECIPES = {recipe.name: recipe for recipe in GO_RECIPES}

# A name that stands for several components.
GROUPS: dict[str, tuple[str, ...]] = {
    "cue": ("cue-0.9.2", "cue-0.14.1"),
    "cluster": ("kubernetes", "etcd", "kwok"),
    "hosts": ("kustomize", "helm-3", "helm-4"),
    "base": ("cue-0.9.2", "cue-0.14.1", "kubevela", "kubernetes", "etcd", "kwok"),
    "all": tuple(name for name in RECIPES if name not in ("kubevela-1.11.0", "cluster-gateway")),
}


class KubeVela(NamedTuple):
    """A release of KubeVela that a sandbox can run: its component, and the one of the CUE inside its vela-core."""

    component: str
    cue: str


# By version, the default first.
KUBEVELAS = {
    "1.10.9": KubeVela("kubevela", "cue-0.9.2"),
    "1.11.0": KubeVela("kubevela-1.11.0", "cue-0.14.1"),
}
