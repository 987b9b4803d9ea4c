"""Each vendor, each way to purge: the requests as they arrive, whole and right, and what the step says of them."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from tests.e2e.cdn_purge.fleet import Fleet, Row, token
from tests.e2e.installed import assert_nowhere

pytestmark = pytest.mark.e2e

ZONE = secrets.randbelow(10**12)  # of this run alone
AZURE = (
    "https://management.azure.com/subscriptions/sub-1/resourceGroups/rg-1/providers/Microsoft.Cdn"
    "/profiles/{profile}/afdEndpoints/www/purge?api-version=2023-05-01"
)
GOOGLE = "https://compute.googleapis.com/compute/v1/projects/acme/global/urlMaps/{id}/invalidateCache?requestId="
CLOUDFLARE = "https://api.cloudflare.com/client/v4/zones/z0/purge_cache"
FASTLY = "https://api.fastly.com/service/SU1Z0isxPaozGVKXdv0eY"
CLOUDFRONT = "https://cloudfront.amazonaws.com/2020-05-31/distribution/{id}/invalidation"
AKAMAI = "https://akab-host.luna.akamaiapis.net/ccu/v3"


def post(url: str, body: Any = "", **headers: str) -> dict[str, Any]:
    """A POST that is expected; `body` as it is, or as JSON."""
    return {"method": "POST", "url": url, "body": body, "headers": headers}


def paths(*wanted: str) -> dict[str, Any]:
    """A CloudFront batch with these paths."""
    items = "".join(f"<Path>{path}</Path>" for path in wanted)
    return {"contains": f"<Paths><Quantity>{len(wanted)}</Quantity><Items>{items}</Items></Paths><CallerReference>"}


def bearer(provider: str) -> dict[str, str]:
    """The header with a provider's token."""
    return {"authorization": f"Bearer {token(provider)}"}


ROWS = (
    Row(
        "cloudflare-urls",
        {"provider": "cloudflare", "urls": ["https://acme.io/{id}?a=1&b=<2>", "https://acme.io/ü"]},
        message=r"^Cloudflare purged 2 URLs: [0-9a-f]{32}$",
        requests=(
            post(
                CLOUDFLARE,
                {"files": ["https://acme.io/{id}?a=1&b=%3C2%3E", "https://acme.io/%C3%BC"]},
                **bearer("cloudflare"),
            ),
        ),
    ),
    Row(
        "cloudflare-tags-in-two-parts",
        {"provider": "cloudflare", "tags": [f"{{id}}-{n}" for n in range(101)]},
        message=r"^Cloudflare purged 101 tags in 2 requests$",
        requests=(
            post(CLOUDFLARE, {"tags": [f"{{id}}-{n}" for n in range(100)]}),
            post(CLOUDFLARE, {"tags": ["{id}-100"]}),
        ),
    ),
    Row(
        "cloudflare-prefixes",
        {"provider": "cloudflare", "prefixes": ["https://acme.io/{id}", "acme.io/{id}/b"]},
        requests=(post(CLOUDFLARE, {"prefixes": ["acme.io/{id}", "acme.io/{id}/b"]}),),
    ),
    Row(
        "cloudflare-hosts",
        {"provider": "cloudflare", "hosts": ["{id}.acme.io"]},
        requests=(post(CLOUDFLARE, {"hosts": ["{id}.acme.io"]}),),
    ),
    Row(
        "cloudflare-everything",
        {"provider": "cloudflare", "everything": True, "zone": "{id}"},
        message="^Cloudflare purged everything: ",
        requests=(post("https://api.cloudflare.com/client/v4/zones/{id}/purge_cache", {"purge_everything": True}),),
    ),
    Row(
        "fastly-urls",
        {"provider": "fastly", "urls": ["https://acme.io/{id}?a=1", "http://acme.io/{id}/b"], "service": None},
        message=r"^Fastly purged 2 URLs in 2 requests$",
        requests=(
            post("https://api.fastly.com/purge/acme.io/{id}?a=1", **{"fastly-key": token("fastly")}),
            post("https://api.fastly.com/purge/acme.io/{id}/b"),
        ),
    ),
    Row(
        "fastly-urls-with-what-cannot-stand-in-an-address",
        {"provider": "fastly", "urls": ["https://acme.io/{id}/ü%2Fß|?q=<é>&r=a+b"], "service": None},
        requests=(post("https://api.fastly.com/purge/acme.io/{id}/%C3%BC%2F%C3%9F%7C?q=%3C%C3%A9%3E&r=a+b"),),
    ),
    Row(
        "fastly-tags",
        {"provider": "fastly", "tags": ["{id}-a", "{id}-b", "{id}-a"]},
        message=r"^Fastly purged 2 tags: 108-\d+-\d+$",
        requests=(post(FASTLY + "/purge", {"surrogate_keys": ["{id}-a", "{id}-b"]}),),
    ),
    Row(
        "fastly-tags-softly-in-two-parts",
        {"provider": "fastly", "soft": True, "tags": [f"{{id}}-{n}" for n in range(257)]},
        requests=(
            post(
                FASTLY + "/purge",
                {"surrogate_keys": [f"{{id}}-{n}" for n in range(256)]},
                **{"fastly-soft-purge": "1"},
            ),
            post(FASTLY + "/purge", {"surrogate_keys": ["{id}-256"]}, **{"fastly-soft-purge": "1"}),
        ),
    ),
    Row(
        "fastly-everything-at-an-endpoint-of-its-own",
        {"provider": "fastly", "everything": True, "service": "{id}", "endpoint": "https://api.fastly.com/"},
        requests=(post("https://api.fastly.com/service/{id}/purge_all"),),
    ),
    Row(
        "cloudfront-urls",
        {
            "provider": "cloudfront",
            "distribution": "{id}",
            "urls": ["/a?x=1&y=2", "https://acme.io/b", "/c*", "/'\"<d>"],
        },
        message=r"^CloudFront purged 4 URLs in 2 requests$",
        requests=(
            post(CLOUDFRONT, paths("/a?x=1&amp;y=2", "/b", "/&#39;%22%3Cd%3E")),
            post(CLOUDFRONT, paths("/c*")),
        ),
    ),
    Row(
        "cloudfront-prefixes-and-wait",
        {"provider": "cloudfront", "distribution": "{id}", "prefixes": ["/img", "/js/"], "wait": {"timeout": "2m"}},
        message=r"^CloudFront purged 2 prefixes, and it is complete: I[0-9A-F]{13} "
        r"https://console\.aws\.amazon\.com/cloudfront/v4/home#/distributions/.*/invalidations/details/I[0-9A-F]{13}$",
        requests=(post(CLOUDFRONT, paths("/img/*", "/js/*")),),
    ),
    Row(
        "cloudfront-everything-with-a-session",
        {
            "provider": "cloudfront",
            "distribution": "{id}",
            "everything": True,
            "auth": {"secretRef": {"name": "aws-session", "keys": {"accessKeyId": "AWS_ACCESS_KEY_ID"}}},
        },
        requests=(post(CLOUDFRONT, paths("/*"), **{"x-amz-security-token": "IQoJb3Jp+/=="}),),
    ),
    Row(
        "akamai-urls",
        {"provider": "akamai", "urls": ["https://acme.io/{id}/ü?a=<1>"]},
        message=r"^Akamai purged 1 URL: [0-9a-f]{32}$",
        requests=(post(AKAMAI + "/invalidate/url/production", {"objects": ["https://acme.io/{id}/%C3%BC?a=%3C1%3E"]}),),
    ),
    Row(
        "akamai-tags-deleted-in-staging",
        {"provider": "akamai", "tags": ["{id}"], "action": "delete", "network": "staging"},
        requests=(post(AKAMAI + "/delete/tag/staging", {"objects": ["{id}"]}),),
    ),
    Row(
        "akamai-tags-of-more-than-a-body",
        {"provider": "akamai", "tags": [f"{{id}}-{n}-" + "x" * 1000 for n in range(60)]},
        message="^Akamai purged 60 tags in 2 requests$",
        count=2,
    ),
    Row(
        "google-urls",
        {"provider": "google", "urlMap": "{id}", "urls": ["https://acme.io/a?b=1", "/c"]},
        message=r"^Google Cloud CDN purged 2 URLs in 2 requests, and it is complete$",
        requests=(post(GOOGLE, {"host": "acme.io", "path": "/a"}, **bearer("google")), post(GOOGLE, {"path": "/c"})),
    ),
    Row(
        "google-tags-in-two-parts",
        {"provider": "google", "urlMap": "{id}", "tags": [f"t{n}" for n in range(11)]},
        requests=(post(GOOGLE, {"cacheTags": [f"t{n}" for n in range(10)]}), post(GOOGLE, {"cacheTags": ["t10"]})),
    ),
    Row(
        "google-prefixes",
        {"provider": "google", "urlMap": "{id}", "prefixes": ["/img", "https://acme.io/js/"]},
        requests=(post(GOOGLE, {"path": "/img/*"}), post(GOOGLE, {"host": "acme.io", "path": "/js/*"})),
    ),
    Row(
        "google-prefixes-of-a-host-first",
        {"provider": "google", "urlMap": "{id}", "prefixes": ["https://acme.io/img", "/js/"]},
        requests=(post(GOOGLE, {"host": "acme.io", "path": "/img/*"}), post(GOOGLE, {"path": "/js/*"})),
    ),
    Row(
        "google-hosts",
        {"provider": "google", "urlMap": "{id}", "hosts": ["acme.io"]},
        message=r"^Google Cloud CDN purged 1 host, and it is complete: operation-\d+$",
        requests=(post(GOOGLE, {"host": "acme.io", "path": "/*"}),),
    ),
    Row(
        "google-everything",
        {"provider": "google", "urlMap": "{id}", "everything": True},
        requests=(post(GOOGLE, {"path": "/*"}),),
    ),
    Row(
        "azure-urls-on-domains",
        {"provider": "azure", "profile": "{id}", "urls": ["/a", "https://acme.io/b"], "hosts": ["acme.io"]},
        message=r"^Azure Front Door purged 2 URLs, and it is complete: [0-9a-f-]{36}$",
        requests=(post(AZURE, {"contentPaths": ["/a", "/b"], "domains": ["acme.io"]}),),
    ),
    Row(
        "azure-hosts-with-a-token",
        {
            "provider": "azure",
            "profile": "{id}",
            "hosts": ["acme.io"],
            "auth": {"secretRef": {"name": "bearer", "key": "token"}},
        },
        requests=(post(AZURE, {"contentPaths": ["/*"], "domains": ["acme.io"]}, **bearer("bearer")),),
    ),
    Row(
        "azure-prefixes",
        {"provider": "azure", "profile": "{id}", "prefixes": ["/img/"]},
        requests=(post(AZURE, {"contentPaths": ["/img/*"]}),),
    ),
    Row(
        "azure-everything",
        {"provider": "azure", "profile": "{id}", "everything": True},
        requests=(post(AZURE, {"contentPaths": ["/*"]}),),
    ),
    Row(
        "bunny-urls",
        {"provider": "bunny", "urls": ["https://acme.io/{id}/", "https://acme.io/{id}?a=1"], "zone": None},
        message="^bunny.net purged 2 URLs in 2 requests$",
        requests=(
            post(
                "https://api.bunny.net/purge?url=https%3A%2F%2Facme.io%2F{id}%2F&exactPath=true",
                accesskey=token("bunny"),
            ),
            post("https://api.bunny.net/purge?url=https%3A%2F%2Facme.io%2F{id}%3Fa%3D1"),
        ),
    ),
    Row(
        "bunny-prefixes",
        {"provider": "bunny", "prefixes": ["acme.io/{id}"], "zone": None},
        requests=(post("https://api.bunny.net/purge?url=https%3A%2F%2Facme.io%2F{id}%2F%2A"),),
    ),
    Row(
        "bunny-tags",
        {"provider": "bunny", "tags": ["{id}-a", "{id}-b"]},
        requests=(
            post("https://api.bunny.net/pullzone/4711/purgeCache", {"CacheTag": "{id}-a"}),
            post("https://api.bunny.net/pullzone/4711/purgeCache", {"CacheTag": "{id}-b"}),
        ),
    ),
    Row(
        "keycdn-urls",
        {"provider": "keycdn", "urls": ["https://acme.io/{id}"]},
        requests=(
            {
                "method": "DELETE",
                "url": "https://api.keycdn.com/zones/purgeurl/4711.json",
                "body": {"urls": ["acme.io/{id}"]},
                "headers": {"authorization": "Basic dG9rZW4tb2Yta2V5Y2RuLTAxMjM0NTY3ODk6"},
            },
        ),
    ),
    Row(
        "keycdn-tags",
        {"provider": "keycdn", "tags": ["{id}"]},
        requests=(
            {
                "method": "DELETE",
                "url": "https://api.keycdn.com/zones/purgetag/4711.json",
                "body": {"tags": ["{id}"]},
                "headers": {},
            },
        ),
    ),
    Row(
        "keycdn-everything",
        {"provider": "keycdn", "everything": True, "zone": ZONE},
        requests=(),  # zones are numbers, so the row's own name is nowhere in it: see below
    ),
    Row(
        "netlify-tags",
        {"provider": "netlify", "tags": ["{id}"]},
        requests=(
            post(
                "https://api.netlify.com/api/v1/purge",
                {"site_id": "site-1", "cache_tags": ["{id}"]},
                **bearer("netlify"),
            ),
        ),
    ),
    Row(
        "netlify-everything",
        {"provider": "netlify", "everything": True, "site": "{id}"},
        requests=(post("https://api.netlify.com/api/v1/purge", {"site_id": "{id}"}),),
    ),
    Row(
        "vercel-tags-in-two-parts",
        {"provider": "vercel", "tags": [f"{{id}}-{n}" for n in range(17)], "team": "team_1"},
        requests=(
            post(
                "https://api.vercel.com/v1/edge-cache/invalidate-by-tags?projectIdOrName=shop&teamId=team_1",
                {"tags": [f"{{id}}-{n}" for n in range(16)]},
                **bearer("vercel"),
            ),
            post(
                "https://api.vercel.com/v1/edge-cache/invalidate-by-tags?projectIdOrName=shop&teamId=team_1",
                {"tags": ["{id}-16"]},
            ),
        ),
    ),
    Row(
        "vercel-deleted",
        {"provider": "vercel", "tags": ["{id}"], "action": "delete"},
        requests=(
            post(
                "https://api.vercel.com/v1/edge-cache/dangerously-delete-by-tags?projectIdOrName=shop",
                {"tags": ["{id}"]},
            ),
        ),
    ),
    Row(
        "generic-tags-in-a-header",
        {
            "provider": "generic",
            "tags": ["{id}-a", "{id}-b {{host}}"],
            "request": {
                "path": "/purge",
                "headers": {"xkey-purge": "{items}", "x-key": "{token}"},
                "body": '{"of": {json}}',
            },
        },
        message="^the cache purged 2 tags$",
        requests=(
            post(
                "https://varnish.acme.io/purge",
                '{"of": ["{id}-a","{id}-b {{host}}"]}',
                **{"xkey-purge": "{id}-a {id}-b {{host}}", "x-key": token("generic")},
            ),
        ),
    ),
    Row(
        "generic-urls-one-by-one",
        {
            "provider": "generic",
            "urls": ["https://acme.io/{id}?a=1", "https://www.acme.io/{id}"],
            "request": {"headers": {"x-host": "{host}"}},
        },
        requests=(
            post("https://varnish.acme.io/{id}?a=1", **{"x-host": "acme.io"}, **bearer("generic")),
            post("https://varnish.acme.io/{id}", **{"x-host": "www.acme.io"}),
        ),
    ),
    Row(
        "generic-without-a-credential",
        {
            "provider": "generic",
            "hosts": ["{id}.acme.io"],
            "request": {"method": "DELETE", "path": "/hosts/{item}", "success": [204, 404]},
        },
        secret="",
        requests=(
            {"method": "DELETE", "url": "https://varnish.acme.io/hosts/{id}.acme.io", "body": "", "headers": {}},
        ),
        faults=({"status": 404},),
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_requests_arrive_whole_and_once(fleet: Fleet, row: Row) -> None:
    fleet.checked(row.name)
    own = fleet.own[row.name]
    found = fleet.requests(row.name, effects=True)
    assert fleet.receiver.problems(contains=own) == []
    if row.requests is None:
        assert len(found) == row.count
        return
    assert len(found) == len(row.requests), found
    for record, wanted in zip(found, fleet.fill(row, row.requests), strict=True):
        url = wanted["url"].replace("{profile}", own)
        assert record.url.startswith(url) if url.endswith("requestId=") else record.url == url
        assert record.method == wanted["method"]
        for name, value in wanted["headers"].items():
            assert record.headers[name] == value
        if isinstance(wanted["body"], dict) and "contains" in wanted["body"]:
            assert wanted["body"]["contains"] in (record.body or "")
        elif isinstance(wanted["body"], str):
            assert record.body == wanted["body"]
        else:
            assert record.json() == wanted["body"]


def test_a_zone_of_keycdn_is_purged_by_a_get(fleet: Fleet) -> None:
    fleet.ended("keycdn-everything")
    [record] = fleet.receiver.effects(host="api.keycdn.com", path=f"^/zones/purge/{ZONE}.json$")
    assert record.method == "GET"


def test_no_request_was_refused_and_none_was_sent_for_a_second_time(fleet: Fleet) -> None:
    for name, row in fleet.rows.items():
        fleet.ended(name)
        refused = [record for record in fleet.requests(name, effects=True) if not record.accepted]
        assert refused == [] or row.faults, refused


def test_the_outputs_hold_the_ids_and_no_credential(fleet: Fleet) -> None:
    """KubeVela keeps a step's outputs in a ConfigMap; the markers are ConfigMaps too."""
    fleet.all_ended()
    kept = fleet.cluster.kubectl("get", "configmaps", "-n", fleet.cluster.namespace, "-o", "json").stdout
    records = [json.loads(item["data"]["record"]) for item in json.loads(kept)["items"] if "record" in item["data"]]
    assert len(records) == len(fleet.rows)
    assert all(record["calls"] for record in records)
    secrets = ("token-of-", "wJalrXUtnFEMI", "s3cr3t+", "akamai-secret", "azure secret", "azure+secret", "IQoJ")
    assert_nowhere(fleet.cluster, *secrets)
