"""Many Applications at once, one for each row of a table, so that their waits go by together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.installed import secret
from vela_steps.receiver.client import Receiver, Record, unique
from vela_steps.testing.cluster import Cluster, step_of

STEP = "purge"
# One Secret for each provider, so that no row needs to name more than its provider.
TOKENS = ("cloudflare", "fastly", "google", "bunny", "keycdn", "netlify", "vercel", "generic", "bearer")
AWS_KEY, AWS_SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def token(provider: str) -> str:
    """The made-up token of a provider."""
    return f"token-of-{provider}-0123456789"


SECRETS: Mapping[str, Mapping[str, str]] = {
    **{name: {"token": token(name)} for name in TOKENS},
    "cloudfront": {"accessKeyId": AWS_KEY, "secretAccessKey": AWS_SECRET},
    "aws-session": {"AWS_ACCESS_KEY_ID": "ASIASESSION", "secretAccessKey": "s3cr3t+/=", "sessionToken": "IQoJb3Jp+/=="},
    "akamai": {"client_token": "akab-client", "client_secret": "akamai-secret+/=", "access_token": "akab-access"},
    "azure": {"tenantId": "acme.onmicrosoft.com", "clientId": "client-1", "clientSecret": "azure secret+&="},
    "azure-wrong": {"tenantId": "acme.onmicrosoft.com", "clientId": "client-1", "clientSecret": "not the secret"},
    # KubeVela prints the credential of a call that breaks off into its log.
    "seen": {"token": "seen-token-0123456789"},
    "empty": {"token": "", "other": "x"},
    "lines": {"token": "two\nlines"},
}
PLACES: Mapping[str, Mapping[str, Any]] = {
    "cloudflare": {"zone": "z0"},
    "fastly": {"service": "SU1Z0isxPaozGVKXdv0eY"},
    "cloudfront": {"distribution": "E2EXAMPLE"},
    "akamai": {"endpoint": "https://akab-host.luna.akamaiapis.net"},
    "google": {"project": "acme", "urlMap": "shop"},
    "azure": {"subscription": "sub-1", "resourceGroup": "rg-1", "profile": "shop", "endpointName": "www"},
    "bunny": {"zone": 4711},
    "keycdn": {"zone": "4711"},
    "netlify": {"site": "site-1"},
    "vercel": {"project": "shop"},
    "generic": {"endpoint": "https://varnish.acme.io"},
}


@dataclass(frozen=True)
class Row:
    """One Application with one purge. `{id}` in strings becomes the row's own token, by which its requests are found.

    `faults` are set on the requests that hold the token (`on` adds conditions); `message` is a regular expression.
    """

    name: str
    properties: Mapping[str, Any]
    phase: str = "succeeded"
    message: str = ""
    secret: str | None = None  # None: the one of the provider
    faults: tuple[Mapping[str, Any], ...] = ()
    requests: tuple[Mapping[str, Any], ...] | None = None  # of those with an effect: what each must have
    outputs: Mapping[str, Any] = field(default_factory=dict)
    count: int | None = None


def filled(value: Any, own: str) -> Any:
    """`{id}` replaced in every string."""
    if isinstance(value, str):
        return value.replace("{id}", own)
    if isinstance(value, Mapping):
        return {filled(key, own): filled(item, own) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, own) for item in value]
    return value


def application(name: str, *steps: Mapping[str, Any], components: Iterable[Any] = ()) -> dict[str, Any]:
    """An Application with these workflow steps."""
    return {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": name},
        "spec": {"components": list(components), "workflow": {"steps": list(steps)}},
    }


class Fleet:
    """The Applications of a table, applied together."""

    def __init__(self, cluster: Cluster, receiver: Receiver, rows: Iterable[Row]) -> None:
        self.cluster, self.receiver = cluster, receiver
        self.rows = {row.name: row for row in rows}
        assert len(self.rows) == len(list(rows)), "two rows of one name"
        self.own = {name: unique("t") for name in self.rows}
        cluster.apply(*[secret(name, data) for name, data in SECRETS.items()])
        for row in self.rows.values():
            for fault in filled(row.faults, self.own[row.name]):
                match = {"contains": self.own[row.name], **fault.pop("on", {})}
                receiver.fault(match={key: value for key, value in match.items() if value}, **fault)
        cluster.apply(
            {"apiVersion": "v1", "kind": "List", "items": [self.application(row) for row in self.rows.values()]}
        )

    def properties(self, row: Row) -> dict[str, Any]:
        """The step's properties: the row's own, and the place and Secret of its provider."""
        provider = row.properties["provider"]
        cut = "seen" if provider in TOKENS and any("close" in fault for fault in row.faults) else provider
        named = cut if row.secret is None else row.secret
        auth = {"auth": {"secretRef": {"name": named}}} if named else {}
        found = filled({**PLACES.get(provider, {}), **auth, **row.properties}, self.own[row.name])
        return {key: value for key, value in found.items() if value is not None}

    def application(self, row: Row) -> dict[str, Any]:
        """The Application of a row."""
        return application(row.name, {"name": STEP, "type": "cdn-purge", "properties": self.properties(row)})

    def ended(self, name: str, timeout: float = 180) -> dict[str, Any]:
        """The step's status once it has ended for good."""

        def over(app: Mapping[str, Any]) -> bool:
            finished = ((app.get("status") or {}).get("workflow") or {}).get("finished")
            return bool(finished) and (step_of(dict(app), STEP) or {}).get("phase") in ("succeeded", "failed")

        found = self.cluster.wait(name, over, what=f"{name}: the step's end", timeout=timeout)
        return step_of(found, STEP) or {}

    def requests(self, name: str, **match: Any) -> list[Record]:
        """What reached the receiver for a row."""
        return self.receiver.requests(contains=self.own[name], **match)
