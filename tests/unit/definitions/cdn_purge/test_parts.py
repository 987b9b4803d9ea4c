"""What cdn-purge sends to each CDN, whatever the addresses and tags hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.cdn_purge.fleet import PLACES
from tests.unit.definitions.cdn_purge.steps import parts
from tests.unit.definitions.evaluation import needs_cue

pytestmark = needs_cue
PATHS = ("cloudfront", "google", "azure")
PREFIXES = ("cloudflare", "cloudfront", "google", "azure", "bunny")


@pytest.mark.parametrize("provider", sorted(PLACES.keys() - {"netlify", "vercel"}))
def test_addresses_are_sent_as_browsers_send_them(provider: str) -> None:
    made = parts(provider, urls=["https://acme.io/ü|%2F?a=<é>"])
    text = json.dumps(made, ensure_ascii=False)
    assert text.isascii()
    query = "" if provider == "google" else "?a=%3C%C3%A9%3E"
    if provider == "bunny":
        assert made[0]["path"] == "/purge?url=https%3A%2F%2Facme.io%2F%25C3%25BC%257C%252F%3Fa%3D%253C%25C3%25A9%253E"
    else:
        assert f"/%C3%BC%7C%2F{query}" in text


@pytest.mark.parametrize("provider", PREFIXES)
def test_prefixes_are_sent_as_browsers_send_them(provider: str) -> None:
    text = json.dumps(parts(provider, prefixes=["/ü" if provider in PATHS else "acme.io/ü"]), ensure_ascii=False)
    assert text.isascii()
    assert "C3%BC" in text or "%25C3%25BC" in text


def generic(request: dict[str, Any], **what: Any) -> dict[str, Any]:
    """The one request to a cache of one's own."""
    [one] = parts("generic", request=request, **what)
    return one


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("{path}", "/%C3%BC?a=1"),
        ("/purge/{item}", "/purge/https:%2F%2Facme.io%2F%25C3%25BC%3Fa=1"),
    ],
)
def test_a_cache_of_ones_own_is_given_addresses_as_browsers_send_them_too(path: str, sent: str) -> None:
    headers = {"x-url": "{item}", "x-path": "{path}"}
    made = generic({"path": path, "headers": headers, "body": "{json}"}, urls=["https://acme.io/ü?a=1"])
    assert made["path"] == sent
    assert made["header"] == {"x-url": "https://acme.io/%C3%BC?a=1", "x-path": "/%C3%BC?a=1"}
    assert made["body"] == '["https://acme.io/%C3%BC?a=1"]'
