"""Purges of several CDNs: lists that are split, vendors with and without a key of their own, and those waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.chaos.wanted import KEY, NONE, Effect, Maker, Recipe, Step

TOKENS = ("cloudflare", "fastly", "google", "bunny", "generic")
AWS_KEY, AWS_SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # AWS's own example
AKAMAI = {"client_token": "akab-client", "client_secret": "akamai-secret+/=", "access_token": "akab-access"}
SECRETS: Mapping[str, Mapping[str, str]] = {
    **{name: {"token": f"token-of-{name}-0123456789"} for name in TOKENS},
    "cloudfront": {"accessKeyId": AWS_KEY, "secretAccessKey": AWS_SECRET},
    "akamai": AKAMAI,
}
VARNISH = "varnish.acme.io"


def purge(
    delivery: str, provider: str, what: str, parts: list[str], properties: Mapping[str, Any], identity: str = NONE
) -> Step:
    """A purge in as many requests as there are tokens."""
    kind = f"{provider}: {what}" + (f" ({len(parts)} requests)" if len(parts) > 1 else "")
    given = {"provider": provider, "auth": {"secretRef": {"name": provider}}, "delivery": delivery, **properties}
    effects = [
        Effect(token, kind, "purge", f"purge-{number}", delivery, identity) for number, token in enumerate(parts)
    ]
    return Step("cdn-purge", given, tuple(effects))


def fastly_tags(make: Maker, delivery: str) -> Step:
    """One request."""
    token = make.token()
    return purge(delivery, "fastly", "tags", [token], {"service": "SU1Z0", "tags": [token, f"{token}-b"]})


def fastly_urls(make: Maker, delivery: str) -> Step:
    """A request for each address."""
    parts = [make.token() for _ in range(3)]
    urls = [f"https://www.acme.io/{token}" for token in parts]
    return purge(delivery, "fastly", "URLs", parts, {"urls": urls})


def cloudflare_tags(make: Maker, delivery: str) -> Step:
    """101 tags: Cloudflare takes 100 in a request."""
    first, second = make.token(), make.token()
    tags = [f"{first}-{number}" for number in range(100)] + [second]
    return purge(delivery, "cloudflare", "tags", [first, second], {"zone": "z0", "tags": tags})


def bunny_urls(make: Maker, delivery: str) -> Step:
    """A request for each address."""
    parts = [make.token() for _ in range(2)]
    return purge(delivery, "bunny", "URLs", parts, {"urls": [f"https://www.acme.io/{token}" for token in parts]})


def akamai_urls(make: Maker, delivery: str) -> Step:
    """Signed anew at each attempt."""
    token = make.token()
    made = purge(
        delivery,
        "akamai",
        "URLs",
        [token],
        {"endpoint": "https://akab-host.luna.akamaiapis.net", "urls": [f"https://www.acme.io/{token}"]},
    )
    known = {"secret": AKAMAI["client_secret"], "access_token": AKAMAI["access_token"]}
    return Step(made.type, made.properties, made.effects, (("akamai", AKAMAI["client_token"], known),))


def cloudfront_paths(make: Maker, delivery: str) -> Step:
    """Files and wildcards apart, each under a CallerReference; waited for."""
    parts = [make.token(), make.token()]
    paths = [f"/{parts[0]}/a", f"/{parts[0]}/b", f"/{parts[1]}/*"]
    given = {"distribution": make.token(), "urls": paths, "wait": make.wait}
    return purge(delivery, "cloudfront", "paths", parts, given, KEY)


def google_tags(make: Maker, delivery: str) -> Step:
    """11 tags: Google takes 10 in a request, each with a requestId; always waited for."""
    parts = [make.token(), make.token()]
    tags = [f"{parts[0]}-{number}" for number in range(10)] + [parts[1]]
    given = {"project": "acme", "urlMap": "shop", "tags": tags, "wait": make.wait}
    return purge(delivery, "google", "tags", parts, given, KEY)


def generic_tags(make: Maker, delivery: str) -> Step:
    """A cache of one's own, two tags a request."""
    parts = [make.token(), make.token()]
    tags = [f"{parts[0]}-a", f"{parts[0]}-b", f"{parts[1]}-a"]
    given = {
        "endpoint": f"https://{VARNISH}",
        "tags": tags,
        "request": {"headers": {"xkey-purge": "{items}"}, "body": "{items}", "limit": 2},
    }
    made = purge(delivery, "generic", "tags", parts, given)
    effects = tuple(Effect(one.token, one.kind, "webhook", one.call, delivery) for one in made.effects)
    return Step(made.type, made.properties, effects, (("generic", VARNISH, {"status": 200}),))


RECIPES: tuple[Recipe, ...] = (
    fastly_tags,
    fastly_urls,
    cloudflare_tags,
    bunny_urls,
    akamai_urls,
    cloudfront_paths,
    google_tags,
    generic_tags,
)
