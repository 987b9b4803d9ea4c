"""Argo CD without its server: repo-server, application controller, notifications, and a cmp-server for each plugin.

One program plays all roles; which one, its environment says.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

import yaml

from vela_steps.errors import UsageError
from vela_steps.sandbox.components.redis import redis_server
from vela_steps.sandbox.folder import Folder
from vela_steps.sandbox.gitrepo import APPS, BRANCH, Repository
from vela_steps.sandbox.kubevela import outside_environment
from vela_steps.sandbox.kwok import marked_environment
from vela_steps.sandbox.probe import accepts, answers
from vela_steps.sandbox.program import Program
from vela_steps.sandbox.request import Request

NAMESPACE = "argocd"
RESYNC = 5  # seconds between two looks at the repository
# Argo CD remembers for 3 minutes what a branch pointed at, which spares a Git host; here it would only delay.
_BRANCH_KNOWN = "1s"
_LONGEST_SOCKET = 107  # bytes that the kernel takes (unix(7))


def crds(request: Request) -> str:
    """Argo CD's CRDs and its namespace; ApplicationSets have no controller here, and the largest CRD of all."""
    folder = request.component("argocd").asset("crds")
    texts = [(folder / f"{name}-crd.yaml").read_text(encoding="utf-8") for name in ("application", "appproject")]
    return "\n---\n".join([yaml.safe_dump(_object("v1", "Namespace", NAMESPACE, "")), *texts])


def configuration(request: Request, repository: Repository) -> str:
    """The shipped configuration, the project `default`, and an Application that follows the local repository."""
    base = request.component("argocd").asset("base")
    shipped = [path for path in sorted((base / "config").glob("argocd-*.yaml")) if path.stem != "argocd-secret"]
    shipped += [base / "notification" / f"argocd-notifications-{name}.yaml" for name in ("cm", "secret")]
    texts = [path.read_text(encoding="utf-8") for path in shipped]
    return "\n---\n".join([*texts, *(yaml.safe_dump(each) for each in (_secret(), _project(), _apps(repository)))])


def _object(api: str, kind: str, name: str, namespace: str) -> dict[str, object]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata}


def _secret() -> dict[str, object]:
    # The controller waits for a server to make this key, and there is none here.
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    labels = {"app.kubernetes.io/name": "argocd-secret", "app.kubernetes.io/part-of": "argocd"}
    secret = _object("v1", "Secret", "argocd-secret", NAMESPACE)
    secret["metadata"] = {"name": "argocd-secret", "namespace": NAMESPACE, "labels": labels}
    return {**secret, "type": "Opaque", "data": {"server.secretkey": base64.b64encode(key.encode()).decode()}}


def _project() -> dict[str, object]:
    everything = [{"group": "*", "kind": "*"}]
    spec = {
        "sourceRepos": ["*"],
        "destinations": [{"namespace": "*", "server": "*"}],
        "clusterResourceWhitelist": everything,
    }
    return {**_object("argoproj.io/v1alpha1", "AppProject", "default", NAMESPACE), "spec": spec}


def _apps(repository: Repository) -> dict[str, object]:
    spec = {
        "project": "default",
        "source": {"repoURL": repository.url, "path": APPS, "targetRevision": BRANCH, "directory": {"recurse": True}},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True, "allowEmpty": True},
            "syncOptions": ["CreateNamespace=true"],
        },
    }
    return {**_object("argoproj.io/v1alpha1", "Application", APPS, NAMESPACE), "spec": spec}


class ArgoCD:
    """The processes of one sandbox's Argo CD."""

    def __init__(self, folder: Folder, request: Request, receiver: Callable[[], dict[str, object]]) -> None:
        self._folder, self._request, self._receiver = folder, request, receiver
        self._ports = request.ports
        self._redis = f"127.0.0.1:{self._ports['redis']}"
        self._repo_server = f"127.0.0.1:{self._ports['repo-server']}"

    def prepare(self) -> None:
        """Make its folders, and a kubeconfig whose namespace is Argo CD's, where it looks for its configuration."""
        for name in ("tls", "ssh", "gnupg", "gpg", "plugins", "tmp", "redis"):
            (self._folder.argocd / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._folder.argocd / "ssh" / "ssh_known_hosts").touch()
        kubeconfig = yaml.safe_load(self._folder.kubeconfig.read_text(encoding="utf-8"))
        for context in kubeconfig["contexts"]:
            context["context"]["namespace"] = NAMESPACE
        self._kubeconfig.touch(mode=0o600)
        self._kubeconfig.write_text(yaml.safe_dump(kubeconfig), encoding="utf-8")

    @property
    def _kubeconfig(self) -> Path:
        return self._folder.argocd / "kubeconfig"

    def redis(self) -> Program:
        """The cache."""
        port, place = self._ports["redis"], self._folder.argocd / "redis"
        keep_nothing = ("--save", "", "--appendonly", "no")
        return Program(
            name="redis",
            argv=(str(redis_server()), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(place), *keep_nothing),
            env=marked_environment(self._request),
            log=self._folder.logs / "redis.log",
            ports={"redis": port},
            ready=lambda: accepts(port),
        )

    def repo_server(self) -> Program:
        """Reads repositories and renders manifests."""
        port, metrics = self._ports["repo-server"], self._ports["repo-server-metrics"]
        addresses = ("--address", "127.0.0.1", "--port", str(port), "--metrics-address", "127.0.0.1")
        return self._role(
            "argocd-repo-server",
            *(*addresses, "--metrics-port", str(metrics), "--redis", self._redis),
            *("--revision-cache-expiration", _BRANCH_KNOWN),
            ports={"grpc": port, "metrics": metrics},
            ready=lambda: accepts(port),
        )

    def application_controller(self) -> Program:
        """Compares and syncs."""
        metrics = self._ports["application-controller-metrics"]
        every = ("--app-resync", str(RESYNC), "--app-resync-jitter", "0", "--repo-error-grace-period-seconds", "0")
        servers = ("--redis", self._redis, "--repo-server", self._repo_server)
        return self._role(
            "argocd-application-controller",
            *("--namespace", NAMESPACE, "--metrics-port", str(metrics), *servers, *every),
            ports={"metrics": metrics},
            ready=lambda: answers(f"http://127.0.0.1:{metrics}/healthz"),
        )

    def notifications(self) -> Program:
        """Sends notifications; its services are behind the receiver."""
        metrics = self._ports["notifications-metrics"]
        servers = ("--argocd-repo-server", self._repo_server)
        return self._role(
            "argocd-notifications",
            *("--namespace", NAMESPACE, "--metrics-port", str(metrics), *servers),
            ports={"metrics": metrics},
            ready=lambda: accepts(metrics),
        )

    def cmp_server(self, name: str, plugin: Path) -> Program:
        """Runs one config management plugin: `plugin` is a folder with a `plugin.yaml`."""
        socket = self._folder.argocd / "plugins" / f"{socket_name(plugin)}.sock"
        if len(str(socket).encode()) > _LONGEST_SOCKET:
            cure = "set XDG_STATE_HOME to a shorter path, or give the sandbox a shorter name"
            raise UsageError(f"{socket}: too long a path for a socket", cure=cure)
        socket.unlink(missing_ok=True)
        return self._role(
            name, "--config-dir-path", str(plugin), ports={}, ready=socket.exists, role="argocd-cmp-server"
        )

    def _role(self, name: str, *args: str, ports: dict[str, int], ready: Callable[[], bool], role: str = "") -> Program:
        place = self._folder.argocd
        env = {
            **outside_environment(self._folder, self._request, self._receiver()),
            "ARGOCD_BINARY_NAME": role or name,
            "ARGOCD_FAKE_IN_CLUSTER": "true",
            # Argo CD keeps the health of single resources for its server only; here one asks with kubectl.
            "ARGOCD_APPLICATION_CONTROLLER_PERSIST_RESOURCE_HEALTH": "true",
            "ARGOCD_TLS_DATA_PATH": str(place / "tls"),
            "ARGOCD_SSH_DATA_PATH": str(place / "ssh"),
            "ARGOCD_GNUPGHOME": str(place / "gnupg"),
            "ARGOCD_GPG_DATA_PATH": str(place / "gpg"),
            "ARGOCD_GPG_ENABLED": "false",
            "ARGOCD_PLUGINSOCKFILEPATH": str(place / "plugins"),
            "KUBECONFIG": str(self._kubeconfig),
            "TMPDIR": str(place / "tmp"),
            # A plugin finds the vela-steps that runs this sandbox, and the sandbox's programs.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), str(self._folder.bin), os.environ["PATH"]]),
        }
        return Program(
            name=name,
            argv=(str(self._request.component("argocd").binary("argocd")), *args),
            env=env,
            log=self._folder.logs / f"{name}.log",
            ports=ports,
            ready=ready,
        )


def socket_name(plugin: Path) -> str:
    """What a plugin's socket is called: its name, with its version where it has one.

    Raises UsageError where the folder holds no plugin.
    """
    path = plugin / "plugin.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        name, version = data["metadata"]["name"], data["spec"].get("version")
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: no config management plugin ({error})") from error
    return f"{name}-{version}" if version else str(name)
