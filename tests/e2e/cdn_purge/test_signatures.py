"""What the real engine sent, signed once more by AWS's and Akamai's own libraries: the signatures are the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
import requests
from akamai.edgegrid.edgegrid import EdgeGridAuthHeaders
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.e2e.cdn_purge.fleet import AWS_KEY, AWS_SECRET, SECRETS, Fleet, Row
from vela_steps.receiver.client import Record

pytestmark = pytest.mark.e2e

CHINA = "cloudfront.cn-northwest-1.amazonaws.com.cn"
MADE = "<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>"
SPECIAL = ("/ü/ß?a=1&b='2'", '/a|b"<c>%20d', "/plus+and~tilde/*", "/日本/🚀*")
SESSION = {"secretRef": {"name": "aws-session", "keys": {"accessKeyId": "AWS_ACCESS_KEY_ID"}}}
ROWS = (
    Row("aws-plain", {"provider": "cloudfront", "distribution": "{id}", "everything": True}),
    Row("aws-special", {"provider": "cloudfront", "distribution": "{id}", "urls": SPECIAL}),
    Row("aws-session", {"provider": "cloudfront", "distribution": "{id}", "urls": SPECIAL, "auth": SESSION}),
    Row(
        "aws-wait",
        {"provider": "cloudfront", "distribution": "{id}", "urls": ["/a"], "wait": {"timeout": "5m"}, "auth": SESSION},
    ),
    Row(
        "aws-in-china-below-a-path",
        {
            "provider": "cloudfront",
            "distribution": "{id}",
            "urls": ["/a"],
            "region": "cn-northwest-1",
            "endpoint": f"https://{CHINA}/aws~x/v1_2",
        },
        settings=(("generic", CHINA, {"status": 201, "body": MADE}),),
    ),
    Row("akamai-special", {"provider": "akamai", "urls": [f"https://acme.io/{{id}}{path}" for path in SPECIAL]}),
    Row("akamai-tags", {"provider": "akamai", "tags": ["{id}-ä", '"<&\\>'], "network": "staging"}),
    Row(
        "akamai-codes",
        {"provider": "akamai", "cpCodes": [12, 34567], "endpoint": "https://akab-host.luna.akamaiapis.net/{id}/x~y"},
    ),
)
FAILS = ("akamai-codes",)  # the stand-in has no such path: what was sent counts


def signed_by_botocore(record: Record) -> str:
    """The Authorization header that botocore makes of the same request, with the same time."""
    held = SECRETS["aws-session"]
    session = record.headers.get("x-amz-security-token")
    keys = (held["AWS_ACCESS_KEY_ID"], held["secretAccessKey"], held["sessionToken"])
    used = Credentials(*keys) if session else Credentials(AWS_KEY, AWS_SECRET)
    scope = re.search(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/", record.headers["authorization"])
    assert scope is not None
    headers = {name: record.headers[name] for name in ("x-amz-date", "x-amz-security-token") if name in record.headers}
    request = AWSRequest(record.method, record.url, headers=headers, data=(record.body or "").encode())
    request.context["timestamp"] = record.headers["x-amz-date"]
    auth = SigV4Auth(used, scope[2], scope[1])
    text = auth.string_to_sign(request, auth.canonical_request(request))
    names = auth.signed_headers(auth.headers_to_sign(request))
    signature = auth.signature(text, request)
    return f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={names}, Signature={signature}"


def signed_by_akamai(record: Record) -> str:
    """The Authorization header that edgegrid-python makes of the same request, with the same time and nonce."""
    told = dict(re.findall(r"(\w+)=([^;]+);", record.headers["authorization"]))
    held: Mapping[str, str] = SECRETS["akamai"]
    auth = EdgeGridAuthHeaders(held["client_token"], held["client_secret"], held["access_token"])
    request = requests.Request(record.method, record.url, data=(record.body or "").encode()).prepare()
    return str(auth.make_auth_header(request, told["timestamp"], told["nonce"]))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_vendors_own_library_makes_the_same_signature(fleet: Fleet, row: Row) -> None:
    step = fleet.ended(row.name)
    assert (step["phase"] == "succeeded") is (row.name not in FAILS), step
    signs: Any = signed_by_akamai if row.name.startswith("akamai") else signed_by_botocore
    requests_ = [record for record in fleet.requests(row.name) if "authorization" in record.headers]
    assert requests_
    for record in requests_:
        assert record.headers["authorization"] == signs(record)
    if row.name == "aws-wait":
        assert {record.method for record in requests_} == {"POST", "GET"}


def test_paths_are_sent_as_viewers_ask_for_them(fleet: Fleet) -> None:
    """CloudFront knows objects by encoded addresses; what is encoded already stays as it is."""
    fleet.ended("aws-special")
    bodies = "".join(record.body or "" for record in fleet.requests("aws-special", effects=True))
    found = re.findall("<Path>(.*?)</Path>", bodies)
    assert found == [
        "/%C3%BC/%C3%9F?a=1&amp;b=&#39;2&#39;",
        "/a%7Cb%22%3Cc%3E%20d",
        "/plus+and~tilde/*",
        "/%E6%97%A5%E6%9C%AC/%F0%9F%9A%80*",
    ]
