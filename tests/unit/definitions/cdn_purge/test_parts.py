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


@pytest.mark.parametrize(
    ("path", "what", "sent"),
    [
        ("/purge?tag={item}", {"tags": ["R&D+x=1?"]}, "/purge?tag=R%26D%2Bx%3D1%3F"),
        (
            "/purge?url={item}",
            {"urls": ["https://acme.io/a?x=1&y=2"]},
            "/purge?url=https%3A%2F%2Facme.io%2Fa%3Fx%3D1%26y%3D2",
        ),
        ("/{host}?at={path}&hard=1", {"urls": ["https://acme.io/a?x=1"]}, "/acme.io?at=%2Fa%3Fx%3D1&hard=1"),
        (
            "/purge?a=1&tags={items}&b={json}",
            {"tags": ["a b", "c"]},
            "/purge?a=1&tags=a+b+c&b=%5B%22a+b%22%2C%22c%22%5D",
        ),
        ("{path}&hard=1", {"urls": ["https://acme.io/a?x=1"]}, "/a?x=1&hard=1"),
        ("/{item}/R&D", {"tags": ["R&D+x=1?"]}, "/R&D+x=1%3F/R&D"),
    ],
)
def test_in_the_query_of_a_request_items_are_escaped_as_a_whole(path: str, what: dict[str, Any], sent: str) -> None:
    request = {"path": path, **({"limit": 10} if "items" in path else {})}
    assert generic(request, **what)["path"] == sent
