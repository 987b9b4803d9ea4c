"""The order in which a sandbox comes up: what waits for what."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from vela_steps.errors import VelaStepsError
from vela_steps.sandbox import kubevela, multicluster, receiving, webhook, workflow
from vela_steps.sandbox.argocd import NAMESPACE, ArgoCD, configuration, crds, socket_name
from vela_steps.sandbox.crds import install_crds
from vela_steps.sandbox.folder import Folder
from vela_steps.sandbox.gitrepo import Repository
from vela_steps.sandbox.kwok import MEMBER, Kwok
from vela_steps.sandbox.program import Program, Running
from vela_steps.sandbox.request import Request

RECONCILING_WITHIN = 60.0  # seconds


class BringUp:
    """Starts the processes of a sandbox in order; `running` has those that were started, by name."""

    def __init__(self, folder: Folder, request: Request, tell: Callable[[str], None]) -> None:
        self.folder, self.request, self.tell = folder, request, tell
        self.kwok = Kwok(folder, request)
        self.kubectl = self.kwok.kubectl
        self.running: dict[str, Running] = {}
        self.parts: tuple[str, ...] = ()

    def all(self) -> None:
        """Everything that the request asks for."""
        self._start("receiver", lambda: receiving.receiver(self.folder, self.request))
        self._cluster()
        self._kubevela()
        self.add(self.request)

    def add(self, request: Request) -> None:
        """The parts of a request that are not there yet."""
        self.request = request
        self.kwok = Kwok(self.folder, request)
        if webhook.PART in request.parts and webhook.PART not in self.parts:
            self._webhook()
        if "workflow" in request.parts and "workflow" not in self.parts:
            self._workflow()
        if "multicluster" in request.parts and "multicluster" not in self.parts:
            self._multicluster()
        if "argocd" in request.parts:
            argocd = ArgoCD(self.folder, request, self._receiver)
            if "argocd" not in self.parts:
                self._argocd(argocd)
            self._plugins(argocd)
        self.parts = request.parts

    def restart(self, process: Running, *, kill: bool) -> None:
        """End a process and start it again; waits until it serves."""
        if process.make is None:
            cluster = next(cluster for cluster in (self.kwok, self._member()) if cluster.owns(process))
            cluster.restart(process, kill=kill)
            return
        process.stop(kill=kill)
        process.start()
        self._wait(process)

    def _cluster(self) -> None:
        self.tell("starting the Kubernetes API")
        try:
            self.kwok.create()
        finally:
            self.running |= self.kwok.processes()
        self._check_alive()

    def _kubevela(self) -> None:
        self.tell("installing KubeVela's resource types")
        install_crds(self.kubectl, f"{self.kwok.manifests()}\n---\n{kubevela.crds(self.request)}")
        self._wait(self.running["receiver"])
        core = self._start("vela-core", self._vela_core)
        self.tell("installing KubeVela's definitions")
        self.kubectl.apply(kubevela.definitions(self.request), validate=False)
        self.tell("waiting for KubeVela")
        self._wait(core)
        self._until(lambda: kubevela.reconciles(self.kubectl), core, "KubeVela does not reconcile its definitions")

    def _webhook(self) -> None:
        self.tell("turning on KubeVela's admission webhook")
        core = self.running["vela-core"]
        if core.program is None or not set(webhook.flags(self.folder, self.request)) <= set(core.program.argv):
            self.restart(core, kill=False)  # it was started without
        self.kubectl.apply(webhook.configurations(self.folder, self.request))
        self._until(lambda: webhook.answers(self.kubectl), core, "the API server does not call KubeVela's webhook")

    def _vela_core(self) -> Program:
        several = multicluster.NAME in self.running
        return kubevela.vela_core(self.folder, self.request, self._receiver(), multicluster=several)

    def _receiver(self) -> dict[str, object]:
        description = receiving.description(self.folder)
        if description is None:
            raise VelaStepsError("the receiver is down", cure="restart the receiver first")
        return description

    def _workflow(self) -> None:
        self.tell("starting the WorkflowRun controller")
        install_crds(self.kubectl, workflow.crds(self.request))
        make = partial(workflow.controller, self.folder, self.request)
        self._wait(self._start(workflow.NAME, lambda: make(self._receiver())))

    def _member(self) -> Kwok:
        return Kwok(self.folder, self.request, MEMBER)

    def _multicluster(self) -> None:
        self.tell("starting the member cluster")
        member = self._member()
        try:
            member.create()
        finally:
            self.running |= member.processes()
        self._check_alive()
        install_crds(member.kubectl, member.manifests())
        self.tell("starting cluster-gateway")
        name = multicluster.NAME
        gateway = self._start(name, lambda: multicluster.gateway(self.folder, self.request, self._receiver()))
        self._wait(gateway)
        self.kubectl.apply(multicluster.manifests(self.request), validate=False)
        self._until(lambda: multicluster.is_available(self.kubectl), gateway, "cluster-gateway is not available")
        self.tell("joining the member cluster")
        multicluster.join(self.folder, member.kubectl)
        self.restart(self.running["vela-core"], kill=False)  # which now finds the gateway

    def _argocd(self, argocd: ArgoCD) -> None:
        self.tell("installing Argo CD")
        argocd.prepare()
        repository = Repository(self.folder.git)
        repository.create()
        started = [self._start("redis", argocd.redis), self._start("argocd-repo-server", argocd.repo_server)]
        install_crds(self.kubectl, crds(self.request))
        self.kubectl.apply(configuration(self.request, repository), namespace=NAMESPACE, validate=False)
        self.tell("waiting for Argo CD")
        started.append(self._start("argocd-application-controller", argocd.application_controller))
        started.append(self._start("argocd-notifications", argocd.notifications))
        for process in started:
            self._wait(process)

    def _plugins(self, argocd: ArgoCD) -> None:
        for plugin in map(Path, self.request.plugins):
            name = f"argocd-cmp-server-{socket_name(plugin)}"
            if name not in self.running:
                self._wait(self._start(name, partial(argocd.cmp_server, name, plugin)))

    def _start(self, name: str, make: Callable[[], Program]) -> Running:
        process = Running(name, self.folder.logs / f"{name}.log", {}, make)
        self.running[name] = process
        process.start()
        return process

    def _wait(self, process: Running) -> None:
        process.wait_ready()
        if process.name == "receiver":
            known = receiving.description(self.folder) or {}
            process.ports = {name: port for name, port in known.items() if isinstance(port, int) and name != "pid"}

    def _until(self, done: Callable[[], bool], process: Running, otherwise: str) -> None:
        deadline = time.monotonic() + RECONCILING_WITHIN
        while not done():
            if not process.poll():
                raise VelaStepsError(process.obituary())
            if time.monotonic() > deadline:
                raise VelaStepsError(f"{otherwise}; see {process.log}")
            time.sleep(0.1)

    def _check_alive(self) -> None:
        dead = [each for each in self.running.values() if not each.poll()]
        if dead:
            raise VelaStepsError("\n".join(each.obituary() for each in dead))
