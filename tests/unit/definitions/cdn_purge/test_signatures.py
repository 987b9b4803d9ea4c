"""cdn-purge signs in CUE what AWS's and Akamai's own libraries sign in Python, and encodes addresses as browsers do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from akamai.edgegrid.edgegrid import EdgeGridAuthHeaders
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vela_steps.definitions.build import _imports
from vela_steps.definitions.source import read
from vela_steps.sandbox.components import cache
from vela_steps.sandbox.components.recipes import GROUPS, RECIPES
from vela_steps.tools.cue import Cue

FOLDER = Path(__file__).parents[4] / "definitions" / "src" / "cdn-purge"
NAMES = ("#SigV4", "#EdgeGrid", "#Escaped", "#Sent", "#Unsent")
NOW, AMZ, AKAMAI = "2025-06-15T15:06:40Z", "20250615T150640Z", "20250615T15:06:40+0000"
BATCH = 8  # cases of one run of cue, which takes longer than all of them


@pytest.fixture(scope="module", params=GROUPS["cue"])
def cue(request: pytest.FixtureRequest) -> Cue:
    """Each version of CUE."""
    component = cache.installed(RECIPES[request.param])
    if component is None:
        pytest.skip("CUE is not built: vela-steps sandbox build cue")
    return Cue(component.binary("cue"))


def evaluated(cue: Cue, folder: Path, name: str, cases: list[dict[str, Any]]) -> list[Any]:
    """`out` of a definition for each case."""
    sources = read([FOLDER / "signatures.cue", FOLDER / "request.cue"])
    wanted = [d.text for source in sources for d in source.declarations if d.name in NAMES]
    text = "\n\n".join([*wanted, f"found: [for given in {json.dumps(cases)} {{({name} & given).out}}]"])
    (folder / "cases.cue").write_text("package purge\n\n" + _imports(sources, text) + text, encoding="utf-8")
    found: list[Any] = json.loads(cue("export", "-e", "found", "--out", "json", "cases.cue", cwd=folder).stdout)
    return found


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
SECRETS = st.text("abcXYZ019+/=_-", min_size=1, max_size=50)
PATHS = st.text("abcXYZ019._~-/", max_size=30).map("/".__add__)
SLOWLY = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOWLY
@given(
    cases=st.lists(
        st.fixed_dictionaries(
            {
                "method": st.sampled_from(["GET", "POST"]),
                "path": PATHS,
                "body": TEXTS,
                "region": st.sampled_from(["us-east-1", "cn-northwest-1"]),
                "secret": SECRETS,
                "session": SECRETS | st.just(""),
            }
        ),
        min_size=BATCH,
        max_size=BATCH,
    )
)
def test_sigv4_is_that_of_botocore(cue: Cue, tmp_path: Path, cases: list[dict[str, Any]]) -> None:
    host = "cloudfront.amazonaws.com"
    whole = [{**case, "host": host, "service": "cloudfront", "now": NOW, "key": "AKID"} for case in cases]
    for case, found in zip(cases, evaluated(cue, tmp_path, "#SigV4", whole), strict=True):
        url = f"https://{host}{case['path']}"
        token = {"X-Amz-Security-Token": case["session"]} if case["session"] else {}
        request = AWSRequest(case["method"], url, headers={"X-Amz-Date": AMZ, **token}, data=case["body"].encode())
        request.context["timestamp"] = AMZ
        auth = SigV4Auth(Credentials("AKID", case["secret"], case["session"] or None), "cloudfront", case["region"])
        auth._normalize_url_path = lambda path: path  # CloudFront's paths are signed as they stand
        signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        names = auth.signed_headers(auth.headers_to_sign(request))
        scope = f"AKID/20250615/{case['region']}/cloudfront/aws4_request"
        wanted = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"
        assert found == {"Authorization": wanted, "X-Amz-Date": AMZ, **token}


@SLOWLY
@given(
    cases=st.lists(
        st.fixed_dictionaries(
            {"method": st.sampled_from(["GET", "POST"]), "path": PATHS, "body": TEXTS, "clientSecret": SECRETS}
        ),
        min_size=BATCH,
        max_size=BATCH,
    )
)
def test_edgegrid_is_that_of_akamais_library(cue: Cue, tmp_path: Path, cases: list[dict[str, Any]]) -> None:
    host = "akab-h.luna.akamaiapis.net"
    same = {"scheme": "https", "host": host, "now": NOW, "nonce": "n-1", "clientToken": "c", "accessToken": "a"}
    for case, found in zip(cases, evaluated(cue, tmp_path, "#EdgeGrid", [{**same, **c} for c in cases]), strict=True):
        body = case["body"].encode() if case["method"] == "POST" else b""
        request = requests.Request(case["method"], f"https://{host}/", data=body).prepare()
        request.url = f"https://{host}{case['path']}"
        auth = EdgeGridAuthHeaders("c", case["clientSecret"], "a")
        assert found == auth.make_auth_header(request, AKAMAI, "n-1")


def test_what_cannot_stand_in_an_address_is_encoded_and_what_is_encoded_stays(cue: Cue, tmp_path: Path) -> None:
    cases = {
        "": "",
        "/a?b=c&d=[e]~'(f)*,;:@!$+": "/a?b=c&d=[e]~'(f)*,;:@!$+",
        "/ü%2Fß": "/%C3%BC%2F%C3%9F",
        '/日本|<"{}\\^`>': "/%E6%97%A5%E6%9C%AC%7C%3C%22%7B%7D%5C%5E%60%3E",
        "/a\n/ö": "/a\n/%C3%B6",
        "🚀": "%F0%9F%9A%80",
    }
    assert evaluated(cue, tmp_path, "#Escaped", [{"of": of} for of in cases]) == list(cases.values())
