"""An Application that uses each step of the addon once, and what arrived of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vela_steps.receiver.client import Receiver, unique
from vela_steps.testing.cluster import Cluster, Object

RUN_NAME = "${{ github.event.client_payload.vela.id }}"
# Every credential that the steps below name.
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "github"},
    "stringData": {"token": "tok", "url": "https://hooks.slack.com/services/T000/B000/XXX"},
}
STEPS = ("await-object", "read-object", "http-check", "cdn-purge", "github-dispatch", "notify")


def application(name: str, *steps: Object, components: tuple[Object, ...] = ()) -> Object:
    """An Application whose workflow is these steps."""
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": name},
        "spec": {"components": list(components), "workflow": {"steps": list(steps)}},
    }


def step(kind: str, name: str = "", /, **properties: Any) -> Object:
    """A step of a type, by default called like it."""
    return {"name": name or kind, "type": kind, "properties": properties}


def dispatch(repo: str, name: str = "send", **more: Any) -> Object:
    """An event to acme/REPO."""
    auth = {"secretRef": {"name": "github"}}
    return step("github-dispatch", name, repo=f"acme/{repo}", event="deployed", auth=auth, **more)


def purge(*tags: str, name: str = "purge", **more: Any) -> Object:
    """A purge at Fastly."""
    auth = {"secretRef": {"name": "github"}}
    return step("cdn-purge", name, provider="fastly", service="SU1Z0isxPaozGVKXdv0eY", tags=tags, auth=auth, **more)


def tell(message: str, name: str = "tell", **more: Any) -> Object:
    """A message to Slack."""
    return step("notify", name, message=message, slack={"url": {"secretRef": {"name": "github", "key": "url"}}}, **more)


@dataclass
class Everything:
    """The Application; `repo` is by what its requests are told from those of others."""

    cluster: Cluster
    receiver: Receiver
    repo: str = field(default_factory=lambda: unique("shop"))
    name: str = "shop"

    def manifest(self) -> Object:
        """A Deployment, then each step once."""
        host = f"{self.repo}.acme.io"
        self.receiver.answer_for(host, status=200, body="ok")
        shop = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
        web = {"name": "web", "type": "webservice", "properties": {"image": "nginx:1", "ports": [{"port": 80}]}}
        return application(
            self.name,
            {"name": "web", "type": "apply-component", "properties": {"component": "web"}},
            step("await-object", **shop, until="rollout"),
            step("read-object", **shop, fields={"image": "spec.template.spec.containers.0.image"}),
            step("http-check", url=f"https://{host}/healthz"),
            purge(self.repo, name="cdn-purge"),
            dispatch(self.repo, "github-dispatch"),
            tell(f"{self.repo} is deployed", "notify"),
            components=(web,),
        )

    def use(self) -> None:
        """Run it from the beginning, and check that each of its steps succeeded and each effect happened once."""
        since = max((record.seq for record in self.receiver.requests()), default=0)
        self.cluster.apply(SECRET, self.manifest())
        self.check(since)
        self.cluster.delete("applications.core.oam.dev", self.name)

    def check(self, since: int = 0) -> None:
        """Wait until it is through; each step must have succeeded, each effect be there once since a request."""
        self.cluster.wait_for_app(self.name, timeout=240)
        for name in STEPS:
            self.cluster.wait_for_step(self.name, name)
        effects = self.receiver.effects(since=since, contains=self.repo)
        assert sorted(one.vendor for one in effects) == ["fastly", "github", "slack"], [str(one) for one in effects]
        assert self.receiver.problems(contains=self.repo) == []
