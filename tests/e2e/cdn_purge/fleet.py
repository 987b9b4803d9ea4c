"""Purges: a Secret for each provider, and the place that each provider purges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.e2e import rows
from tests.manifests import Object, secret

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
class Row(rows.Row):
    """One Application with one purge. `requests` are those with an effect: what each must have, or how many."""

    secret: str | None = None  # None: the one of the provider
    requests: tuple[Mapping[str, Any], ...] | None = None
    count: int | None = None


class Fleet(rows.Fleet[Row]):
    """The Applications of a table of purges."""

    TYPE, STEP, WITHIN = "cdn-purge", STEP, 180.0

    def prepare(self) -> None:
        """The credentials that signatures are checked with, and a cache of one's own."""
        session, akamai, azure = SECRETS["aws-session"], SECRETS["akamai"], SECRETS["azure"]
        known = {"secret": session["secretAccessKey"], "session_token": session["sessionToken"]}
        self.receiver.configure("cloudfront", session["AWS_ACCESS_KEY_ID"], **known)
        known = {"secret": akamai["client_secret"], "access_token": akamai["access_token"]}
        self.receiver.configure("akamai", akamai["client_token"], **known)
        self.receiver.configure("azure", azure["clientId"], secret=azure["clientSecret"])
        self.receiver.answer_for("varnish.acme.io", status=200, body="")

    def secrets(self) -> Iterable[Object]:
        """One for each provider."""
        return [secret(name, data) for name, data in SECRETS.items()]

    def properties(self, row: Row) -> dict[str, Any]:
        """The row's own, and the place and Secret of its provider."""
        provider = row.properties["provider"]
        cut = "seen" if provider in TOKENS and any("close" in fault for fault in row.faults) else provider
        named = cut if row.secret is None else row.secret
        auth = {"auth": {"secretRef": {"name": named}}} if named else {}
        found = {**PLACES.get(provider, {}), **auth, **row.properties}
        return {key: value for key, value in found.items() if value is not None}
