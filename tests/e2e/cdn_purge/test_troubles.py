"""What goes wrong: each documented error of each vendor, limits, broken connections, wrong parameters and credentials."""  # noqa: E501

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.cdn_purge.fleet import Fleet, Row
from tests.e2e.installed import assert_nowhere

pytestmark = pytest.mark.e2e

AZURE = {"provider": "azure", "profile": "{id}", "urls": ["/a"]}
FASTLY = {"provider": "fastly", "tags": ["{id}"]}
CLOUDFLARE = {"provider": "cloudflare", "tags": ["{id}"]}
CLOUDFRONT = {"provider": "cloudfront", "distribution": "{id}", "urls": ["/a"]}
GOOGLE = {"provider": "google", "project": "{id}", "everything": True}
AKAMAI = {"provider": "akamai", "tags": ["{id}"]}


def answers(status: int, body: Any, times: int | None = None, **headers: str) -> dict[str, Any]:
    """A fault: this answer instead of the vendor's."""
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"status": status, "body": text, "times": times, "headers": named}


def aws(code: str, message: str) -> str:
    """An error as CloudFront writes it."""
    return (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "</ErrorResponse>"
    )


def failed(name: str, properties: Mapping[str, Any], message: str, *faults: Mapping[str, Any], **more: Any) -> Row:
    """A step that fails with a sentence, its request sent `count` times (default once)."""
    return Row(name, properties, "failed", message, faults=faults, **{"count": 1, **more})


def refused(name: str, properties: Mapping[str, Any], message: str, **more: Any) -> Row:
    """A step that fails before anything is sent."""
    return Row(name, properties, "failed", message, **{"count": 0, **more})


DOCUMENTED = (
    failed(
        "cloudflare-an-error-inside-a-200",
        CLOUDFLARE,
        r"^Cloudflare answered 200: Invalid tag \(1094\)$",
        answers(200, {"success": False, "errors": [{"code": 1094, "message": "Invalid tag"}], "result": None}),
    ),
    failed(
        "cloudflare-403-in-html",
        CLOUDFLARE,
        r"^Cloudflare answered 403: <html> no </html>$",
        answers(403, "<html>\n  no\n</html>"),
    ),
    failed(
        "fastly-404",
        {**FASTLY, "service": "{id}", "everything": True, "tags": None},
        r"^Fastly answered 404: Record not found: Cannot load service$",
        answers(404, {"msg": "Record not found", "detail": "Cannot load service"}),
    ),
    failed(
        "cloudfront-403",
        CLOUDFRONT,
        r"^CloudFront answered 403: AccessDenied: not you$",
        {**answers(403, aws("AccessDenied", "not you")), "on": {"method": "POST"}},
    ),
    failed(
        "cloudfront-no-distribution",
        CLOUDFRONT,
        r"^CloudFront answered 404: NoSuchDistribution: no$",
        {**answers(404, aws("NoSuchDistribution", "no")), "on": {"method": "POST"}},
    ),
    failed(
        "cloudfront-a-wrong-key",
        {
            **CLOUDFRONT,
            "auth": {
                "secretRef": {
                    "name": "akamai",
                    "keys": {"accessKeyId": "client_token", "secretAccessKey": "client_secret"},
                }
            },
        },
        r"^CloudFront answered 403: InvalidClientTokenId: ",
    ),
    failed(
        "akamai-413",
        AKAMAI,
        r"^Akamai answered 413: Request entity too large: 50000 bytes$",
        {
            **answers(413, {"title": "Request entity too large", "detail": "50000 bytes", "status": 413}),
            "on": {"method": "POST"},
        },
    ),
    failed(
        "google-403",
        GOOGLE,
        r"^Google Cloud CDN answered 403: Required 'compute.urlMaps.invalidateCache' permission$",
        answers(
            403,
            {
                "error": {
                    "code": 403,
                    "message": "Required 'compute.urlMaps.invalidateCache' permission",
                    "errors": [{"reason": "forbidden", "message": "Required"}],
                }
            },
        ),
    ),
    failed(
        "google-an-operation-that-failed",
        {**GOOGLE, "project": "{id}-failing"},
        r"^Google Cloud CDN did not complete the purge: Invalid host$",
        {
            **answers(
                200,
                {
                    "name": "operation-1",
                    "status": "DONE",
                    "error": {"errors": [{"code": "X", "message": "Invalid host"}]},
                },
            ),
            "on": {"method": "GET"},
        },
    ),
    failed(
        "azure-401-at-the-login",
        {**AZURE, "auth": {"secretRef": {"name": "azure-wrong"}}},
        r"^Azure Front Door gave no token: it answered 401: AADSTS7000215: Invalid client secret provided\.$",
        count=0,
    ),
    failed(
        "azure-an-answer-that-repeats-the-secret",
        AZURE,
        r"^Azure Front Door answered 400: \*\*\*, \*\*\*$",
        {**answers(400, {"error": {"message": "azure+secret%2B%26%3D, azure secret+&="}}), "on": {"path": "/purge"}},
    ),
    failed(
        "azure-409",
        AZURE,
        r"^Azure Front Door answered 409: Conflict: another operation is running$",
        {
            **answers(409, {"error": {"code": "Conflict", "message": "another operation is running"}}),
            "on": {"method": "POST"},
        },
    ),
    failed(
        "azure-a-location-elsewhere",
        AZURE,
        r"^Azure Front Door refused: it says to follow the purge at https://evil\.example/x, which is not below "
        r"https://management\.azure\.com$",
        {**answers(202, "", location="https://evil.example/x?y"), "on": {"method": "POST"}},
    ),
    failed(
        "bunny-401",
        {"provider": "bunny", "tags": ["{id}"]},
        r"^bunny\.net answered 401: Authorization has been denied",
        answers(401, {"Message": "Authorization has been denied for this request."}),
    ),
    failed(
        "keycdn-an-error-inside-a-200",
        {"provider": "keycdn", "tags": ["{id}"]},
        r"^KeyCDN answered 200: no such zone$",
        answers(200, {"status": "error", "description": "no such zone"}),
    ),
    failed(
        "netlify-404",
        {"provider": "netlify", "tags": ["{id}"]},
        r"^Netlify answered 404: Not Found$",
        answers(404, {"code": 404, "message": "Not Found"}),
    ),
    failed(
        "vercel-403",
        {"provider": "vercel", "tags": ["{id}"]},
        r"^Vercel answered 403: forbidden: Not authorized$",
        answers(403, {"error": {"code": "forbidden", "message": "Not authorized"}}),
    ),
    failed(
        "generic-an-unwanted-status",
        {"provider": "generic", "tags": ["{id}"], "request": {"path": "/{item}", "success": [204]}},
        r"^the cache answered 200: an empty body$",
    ),
    failed(
        "the-rest-is-not-sent-after-a-refusal",
        {"provider": "bunny", "tags": ["{id}-a", "{id}-b", "{id}-c"]},
        r"^bunny\.net answered 400: no \(1 of 3 requests were done\)$",
        {**answers(400, {"Message": "no"}), "on": {"contains": "{id}-b"}},
        count=2,
    ),
    failed(
        "a-message-that-repeats-the-token",
        {"provider": "netlify", "tags": ["{id}"]},
        r"^Netlify answered 401: the token \*\*\* is unknown$",
        answers(401, {"message": "the token token-of-netlify-0123456789 is unknown"}),
    ),
)

AGAIN = (
    Row(
        "a-limit-with-seconds",
        FASTLY,
        faults=(answers(429, {"msg": "Rate limit"}, times=1, retry_after="1"),),
        count=2,
    ),
    Row(
        "a-5xx-and-an-empty-body",
        CLOUDFLARE,
        faults=(answers(503, "", times=1), answers(200, "", times=1)),
        count=3,
    ),
    Row(
        "too-many-invalidations",
        CLOUDFRONT,
        faults=({**answers(400, aws("TooManyInvalidationsInProgress", "wait"), times=1), "on": {"method": "POST"}},),
        count=2,
    ),
    Row(
        "a-limit-inside-a-403",
        GOOGLE,
        faults=(
            {
                **answers(
                    403,
                    {"error": {"message": "Rate Limit Exceeded", "errors": [{"reason": "rateLimitExceeded"}]}},
                    times=1,
                ),
                "on": {"method": "POST"},
            },
        ),
        count=2,
    ),
    Row("cut-before-it-arrived", FASTLY, faults=({"close": "before", "times": 1},), count=1),
    Row("cut-after-it-arrived", FASTLY, faults=({"close": "after", "times": 1},), count=2),
    Row(
        "cut-after-it-arrived-where-the-receiver-knows-it-again",
        CLOUDFRONT,
        faults=({"close": "after", "times": 1, "on": {"method": "POST"}},),
        count=2,
    ),
    Row("a-slow-answer", AKAMAI, faults=({"delay": 6.0, "on": {"method": "POST"}},), count=1),
    Row(
        "cut-in-the-second-of-two-parts",
        {"provider": "bunny", "tags": ["{id}-a", "{id}-b"]},
        faults=({"close": "before", "times": 1, "on": {"contains": "{id}-b"}},),
        count=2,
    ),
    failed(
        "at-most-once",
        {**FASTLY, "delivery": "atMostOnce"},
        r"^the purge of 1 tag: the connection broke off before an answer came, so it may have arrived or not; with "
        r"delivery: atMostOnce it is not sent again$",
        {"close": "after", "times": 1},
    ),
    Row(
        "at-most-once-where-the-receiver-knows-it-again",
        {**GOOGLE, "delivery": "atMostOnce"},
        faults=({"close": "after", "times": 1, "on": {"method": "POST"}},),
        count=2,
    ),
    failed(
        "retries-that-run-out",
        {**FASTLY, "retries": 1},
        r"^Fastly answered 500: no; sent 2 times$",
        answers(500, {"msg": "no"}),
        count=2,
    ),
    failed(
        "a-purge-that-takes-too-long",
        {**GOOGLE, "wait": {"timeout": "2s"}},
        r"^Google Cloud CDN took the purge, and had not completed it after 2s$",
        {**answers(200, {"name": "operation-1", "status": "RUNNING"}), "on": {"method": "GET"}},
    ),
    Row(
        "a-failure-that-lets-the-workflow-go-on",
        {**FASTLY, "onFailure": "continue"},
        message=r"^Failed, and the workflow goes on: Fastly answered 400: no$",
        faults=(answers(400, {"msg": "no"}),),
        count=1,
    ),
)

CREDENTIALS = (
    refused("no-secret", FASTLY, r"^auth\.secretRef: there is no Secret nowhere in namespace t-", secret="nowhere"),
    refused(
        "no-key",
        {**FASTLY, "auth": {"secretRef": {"name": "empty", "key": "key"}}},
        r"^auth\.secretRef: Secret empty in namespace t-\w+ has no key key; it has ",
    ),
    refused(
        "an-empty-token", FASTLY, r"^auth\.secretRef: the key token of Secret empty in .* is empty$", secret="empty"
    ),
    refused(
        "a-token-with-a-line-break",
        FASTLY,
        r"^auth\.secretRef: token holds a line break or another character that no header can carry$",
        secret="lines",
    ),
    refused(
        "half-a-key-pair",
        CLOUDFRONT,
        r"^auth\.secretRef: Secret akamai in namespace t-\w+ has no key accessKeyId; it has .*; "
        r"auth\.secretRef: Secret akamai in namespace t-\w+ has no key secretAccessKey; it has ",
        secret="akamai",
    ),
    refused("no-auth", FASTLY, r"^auth is missing: write auth: \{secretRef: \{name: SECRET\}\} or", secret=""),
    refused(
        "two-auths",
        {**FASTLY, "auth": {"secretRef": {"name": "fastly"}, "target": "acme"}},
        r"^auth has both secretRef and target: write one of them$",
    ),
    refused(
        "a-key-where-there-are-several",
        {**AKAMAI, "auth": {"secretRef": {"name": "akamai", "key": "token"}}},
        r"^auth\.secretRef\.key means nothing to provider akamai: leave it out, the Secret needs the keys client_token,",  # noqa: E501
    ),
    refused(
        "no-such-target",
        {**FASTLY, "auth": {"target": "no-such-cdn"}},
        r"^auth\.target: there is no target no-such-cdn: ask the platform team for one, made by vela config create",
    ),
    refused(
        "a-target-and-an-endpoint",
        {**FASTLY, "auth": {"target": "acme"}, "endpoint": "https://evil.example"},
        r"^endpoint cannot be given with auth\.target: the target says where its credential goes$",
    ),
)

WRONG = (
    refused(
        "unknown-provider", {"provider": "nope", "tags": ["a"]}, r'^provider "nope" is unknown: write one of cloud'
    ),
    refused(
        "nothing", {"provider": "fastly"}, r"^nothing to purge is named: write one of urls, tags, everything: true$"
    ),
    refused(
        "two-kinds",
        {**FASTLY, "everything": True},
        r"^tags and everything are both given: write exactly one of urls, tags, everything: true$",
    ),
    refused("an-empty-list", {"provider": "fastly", "tags": []}, r"^tags is empty: write what to purge, or everything"),
    refused("an-empty-tag", {"provider": "fastly", "tags": [""]}, r'^tags holds "": write it like shop-frontend$'),
    refused(
        "a-kind-that-it-cannot",
        {"provider": "vercel", "hosts": ["a.io"]},
        r"^provider vercel cannot purge by hosts: write one of tags$",
    ),
    refused("no-zone", {**CLOUDFLARE, "zone": None}, r"^zone is missing: write zone: the id of the zone$"),
    refused(
        "an-id-that-leads-elsewhere",
        {"provider": "fastly", "everything": True, "service": "x/version/1/activate?"},
        r'^service "x/version/1/activate\?" is not the id of the service$',
    ),
    refused(
        "an-address-that-leads-elsewhere",
        {"provider": "fastly", "urls": ["https://a.io/../../service/x/purge_all"]},
        r"^urls holds .*: write it without \. and \.\. segments, and a percent sign as %25$",
    ),
    refused(
        "not-an-address",
        {"provider": "cloudflare", "urls": ["/a"]},
        r'^urls holds "/a": write it like https://www\.acme',
    ),
    refused(
        "softly-everything",
        {"provider": "fastly", "everything": True, "soft": True},
        r"^soft cannot be combined with everything: ",
    ),
    refused("not-its-parameter", {**FASTLY, "zone": "z"}, r"^zone means nothing to provider fastly: leave it out$"),
    refused(
        "no-endpoint",
        {"provider": "generic", "endpoint": None, "everything": True},
        r"^endpoint is missing: write the base address of the cache, like http://varnish\.acme\.svc:6081$",
    ),
    refused(
        "not-an-endpoint",
        {**FASTLY, "endpoint": "https://user@evil.example"},
        r'^endpoint "https://user@evil\.example" is no base address: write it like https://api\.acme\.io$',
    ),
    refused(
        "items-that-go-nowhere",
        {"provider": "generic", "tags": ["a"], "request": {"path": "/purge"}},
        r"^request does not say where the tags go: write \{item\}",
    ),
    refused(
        "a-method-that-cannot-be-sent",
        {"provider": "generic", "everything": True, "request": {"method": "PURGE"}},
        r'^request\.method "PURGE" cannot be sent: write POST, GET, PUT or DELETE, and let the cache purge on a header$',  # noqa: E501
    ),
    refused(
        "a-header-of-two-lines",
        {"provider": "generic", "everything": True, "request": {"headers": {"x": "a\nb"}}},
        r'^request\.headers: "x" is no header: ',
    ),
    refused(
        "a-wait-that-is-none",
        {**GOOGLE, "wait": {"timeout": "soon"}},
        r'^wait\.timeout "soon" is no duration: write it like 15m or 90s$',
    ),
    refused(
        "a-list-that-is-none",
        {"provider": "fastly", "tags": "a"},
        r"^parameter\.tags: .*mismatched types (string and list|list and string)",  # as the version of CUE has it
    ),
    Row(
        "wrong-and-the-workflow-goes-on",
        {"provider": "fastly", "onFailure": "continue"},
        message=r"^Failed, and the workflow goes on: nothing to purge is named",
        count=0,
    ),
)

ROWS = DOCUMENTED + AGAIN + CREDENTIALS + WRONG


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_it_ends_as_it_should_and_says_why(fleet: Fleet, row: Row) -> None:
    fleet.checked(row.name)
    assert len(fleet.requests(row.name, effects=True)) == row.count
    phase = (fleet.cluster.app(fleet.own[row.name]) or {})["status"]["status"]
    assert phase == ("running" if row.phase == "succeeded" else "workflowFailed")


def test_a_receiver_that_knows_a_request_again_has_taken_it_once(fleet: Fleet) -> None:
    """CloudFront by the caller reference, Google by the request id: sent twice, taken once."""
    for name in (
        "cut-after-it-arrived-where-the-receiver-knows-it-again",
        "at-most-once-where-the-receiver-knows-it-again",
    ):
        fleet.ended(name)
        assert [record.accepted for record in fleet.requests(name, effects=True)] == [True, False]


def test_no_part_that_was_done_is_sent_again(fleet: Fleet) -> None:
    fleet.ended("cut-in-the-second-of-two-parts")
    own = fleet.own["cut-in-the-second-of-two-parts"]
    tags = [record.json()["CacheTag"] for record in fleet.requests("cut-in-the-second-of-two-parts", effects=True)]
    assert tags == [f"{own}-a", f"{own}-b"]


def test_nothing_that_was_stored_holds_a_credential(fleet: Fleet) -> None:
    fleet.all_ended()
    azure = ("azure secret", "azure+secret", "not the secret")
    others = ("token-of-", "seen-token-", "wJalrXUtnFEMI", "akamai-secret")
    assert_nowhere(fleet.cluster, *azure, *others, logged_never=["token-of-"])
