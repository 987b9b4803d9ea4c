"""Signatures: held against botocore, Akamai's own library and the vendors' formulas."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest
import requests
from akamai.edgegrid import EdgeGridAuth
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from vela_steps.receiver.client import Receiver, unique
from vela_steps.receiver.model import Request
from vela_steps.receiver.vendors.cloudfront import EXAMPLE_KEY, EXAMPLE_SECRET
from vela_steps.receiver.vendors.signatures import standard_webhook_signature

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:botocore", "ignore::DeprecationWarning:akamai")


def cloudfront(receiver: Receiver, secret: str = EXAMPLE_SECRET, **more: Any) -> Any:
    """boto3's own client, through the proxy."""
    settings = Config(proxies={"https": receiver.proxy}, retries={"total_max_attempts": 1}, region_name="us-east-1")
    keys = {"aws_access_key_id": EXAMPLE_KEY, "aws_secret_access_key": secret, **more}
    return boto3.client("cloudfront", config=settings, verify=str(receiver.state["ca"]), **keys)


def batch(reference: str, *paths: str) -> dict[str, Any]:
    return {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": reference}


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_an_invalidation_signed_by_botocore_runs_and_is_completed(receiver: Receiver) -> None:
    distribution, client = unique("E"), cloudfront(receiver)
    made = client.create_invalidation(DistributionId=distribution, InvalidationBatch=batch("r1", "/a b", "/c&*"))
    assert made["Invalidation"]["Status"] == "InProgress"
    assert made["Location"].endswith(made["Invalidation"]["Id"])
    number = made["Invalidation"]["Id"]
    states = [client.get_invalidation(DistributionId=distribution, Id=number)["Invalidation"] for _ in range(2)]
    assert [state["Status"] for state in states] == ["InProgress", "Completed"]
    assert states[0]["InvalidationBatch"]["Paths"]["Items"] == ["/a b", "/c&*"]
    [record] = receiver.effects(contains=distribution)
    assert record.text == f"distribution {distribution}: /a b, /c&*"


def test_the_same_reference_brings_back_the_earlier_one_and_has_no_second_effect(receiver: Receiver) -> None:
    distribution, client = unique("E"), cloudfront(receiver)
    made = [
        client.create_invalidation(DistributionId=distribution, InvalidationBatch=batch("r1", "/a")) for _ in range(2)
    ]
    assert made[0]["Invalidation"]["Id"] == made[1]["Invalidation"]["Id"]
    assert len(receiver.requests(contains=distribution)) == 2
    assert len(receiver.effects(contains=distribution)) == 1
    with pytest.raises(ClientError) as error:
        client.create_invalidation(DistributionId=distribution, InvalidationBatch=batch("r1", "/b"))
    assert code(error) == "InvalidationBatchAlreadyExists"


def test_what_cloudfront_refuses(receiver: Receiver) -> None:
    distribution, gone = unique("E"), unique("E")
    receiver.configure("cloudfront", gone, exists=False)
    client = cloudfront(receiver)
    refused = {
        "NoSuchDistribution": (gone, batch("r", "/a")),
        "InvalidArgument": (distribution, batch("r", "a")),
        "InconsistentQuantities": (distribution, {**batch("r", "/a"), "Paths": {"Quantity": 2, "Items": ["/a"]}}),
        "BatchTooLarge": (distribution, batch("r", *[f"/{n}" for n in range(3001)])),
        "TooManyInvalidationsInProgress": (distribution, batch("r", *[f"/{n}/*" for n in range(16)])),
    }
    for wanted, (name, body) in refused.items():
        with pytest.raises(ClientError) as error:
            client.create_invalidation(DistributionId=name, InvalidationBatch=body)
        assert code(error) == wanted
    with pytest.raises(ClientError) as error:
        client.get_invalidation(DistributionId=distribution, Id="I1")
    assert code(error) == "NoSuchInvalidation"


def test_a_wrong_secret_key_or_session_token_is_refused(receiver: Receiver) -> None:
    asked = {"DistributionId": unique("E"), "InvalidationBatch": batch("r", "/a")}
    clients = {
        "SignatureDoesNotMatch": cloudfront(receiver, secret="wrong"),
        "InvalidClientTokenId": cloudfront(receiver, aws_access_key_id="AKIANOBODY"),
    }
    for wanted, client in clients.items():
        with pytest.raises(ClientError) as error:
            client.create_invalidation(**asked)
        assert code(error) == wanted
    key = unique("AKIA").upper()
    receiver.configure("cloudfront", key, secret="s", session_token="t")
    with pytest.raises(ClientError):
        cloudfront(receiver, "s", aws_access_key_id=key).create_invalidation(**asked)
    good = cloudfront(receiver, "s", aws_access_key_id=key, aws_session_token="t")
    assert good.create_invalidation(**asked)["Invalidation"]["Status"] == "InProgress"


def test_an_old_signature_is_refused(receiver: Receiver) -> None:
    receiver.answer_for("elsewhere.acme.io")
    client = cloudfront(receiver)
    signed: list[Any] = []
    client.meta.events.register("before-send.cloudfront.*", lambda request, **_: signed.append(request))
    client.create_invalidation(DistributionId="E1", InvalidationBatch=batch(unique(), "/a"))
    old = dict(signed[0].headers) | {"X-Amz-Date": "20200101T000000Z"}
    said = receiver.session().post(signed[0].url, data=signed[0].body, headers=old)
    assert (said.status_code, "Signature expired" in said.text) == (403, True)
    assert receiver.session().post(signed[0].url, data=signed[0].body).status_code == 403


def test_the_answer_has_the_fields_that_motos_cloudfront_gives(receiver: Receiver) -> None:
    origin = {"Id": "o", "DomainName": "acme.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    behaviour = {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"}
    config = {
        "CallerReference": "c",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behaviour,
    }
    with mock_aws():
        theirs = boto3.client("cloudfront", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        distribution = theirs.create_distribution(DistributionConfig=config)["Distribution"]["Id"]
        other = theirs.create_invalidation(DistributionId=distribution, InvalidationBatch=batch("r", "/a"))
    mine = cloudfront(receiver).create_invalidation(DistributionId=unique("E"), InvalidationBatch=batch("r", "/a"))
    assert mine["Invalidation"].keys() == other["Invalidation"].keys()
    assert mine["Invalidation"]["InvalidationBatch"] == other["Invalidation"]["InvalidationBatch"]
    assert mine["ResponseMetadata"]["HTTPStatusCode"] == other["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture
def akamai(receiver: Receiver) -> Iterator[tuple[str, requests.Session]]:
    """A client token, and a session that signs with it by Akamai's own library."""
    client, session = unique("akab-c"), receiver.session()
    receiver.configure("akamai", client, secret="s3cret=", access_token="akab-a")
    session.auth = EdgeGridAuth(client_token=client, client_secret="s3cret=", access_token="akab-a")
    yield client, session
    session.close()


PURGE = "https://akab-h.purge.akamaiapis.net/ccu/v3"


def test_a_purge_signed_by_akamais_library_is_accepted(
    receiver: Receiver, akamai: tuple[str, requests.Session]
) -> None:
    client, session = akamai
    said = session.post(f"{PURGE}/invalidate/url/production", json={"objects": ["https://acme.io/%C3%A4"]})
    assert said.status_code == 201
    assert said.json().keys() >= {"httpStatus", "estimatedSeconds", "purgeId"}
    record = receiver.effects(vendor="akamai")[-1]
    assert client in record.headers["authorization"]
    assert record.text == "invalidate url production: https://acme.io/%C3%A4"


@pytest.mark.parametrize(
    ("path", "objects", "status"),
    [
        ("delete/cpcode/staging", [12], 201),
        ("delete/cpcode/staging", ["x"], 400),
        ("invalidate/tag", [], 400),
        ("invalidate/url", ["https://acme.io/ä"], 400),
        ("invalidate/tag/production", ["x" * 50_000], 413),
    ],
)
def test_akamai_takes_all_or_nothing(
    akamai: tuple[str, requests.Session], path: str, objects: list[Any], status: int
) -> None:
    said = akamai[1].post(f"{PURGE}/{path}", json={"objects": objects})
    assert said.status_code == status
    assert said.headers["content-type"].startswith("application/problem+json") == (status >= 400)


def test_a_wrong_old_or_repeated_edgegrid_signature_is_refused(
    receiver: Receiver, akamai: tuple[str, requests.Session]
) -> None:
    client, good = akamai
    url, body = f"{PURGE}/invalidate/tag/production", {"objects": ["t"]}
    sent = good.post(url, json=body)
    plain = receiver.session()
    header = sent.request.headers["Authorization"]
    assert isinstance(header, str)
    for wrong in ("", header, header.replace(client, "akab-nobody"), header.replace("timestamp=20", "timestamp=19")):
        said = plain.post(url, json=body, headers={"Authorization": wrong})
        assert said.status_code in (400, 401), wrong
        assert said.headers["content-type"] == "application/problem+json"
    other = receiver.session()
    other.auth = EdgeGridAuth(client_token=client, client_secret="wrong", access_token="akab-a")
    assert "does not match" in other.post(url, json=body).text


def signed(key: str, data: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), data.encode(), hashlib.sha256).digest()).decode()


def test_a_lark_bot_with_a_secret_wants_its_signature(receiver: Receiver) -> None:
    hook, now = unique(), str(int(time.time()))
    receiver.configure("lark", hook, secret="s")
    url = f"{receiver.as_host('open.larksuite.com')}/open-apis/bot/v2/hook/{hook}"
    body = {"msg_type": "text", "content": {"text": "hi"}}
    sign = signed(f"{now}\ns", "")
    good = body | {"timestamp": now, "sign": sign}
    codes = [requests.post(url, json=sent, timeout=10).json()["code"] for sent in (body, good, good | {"sign": "x"})]
    assert codes == [19021, 0, 19021]


def test_a_dingtalk_bot_with_a_secret_wants_its_signature(receiver: Receiver) -> None:
    token, now = unique(), str(int(time.time() * 1000))
    receiver.configure("dingtalk", token, secret="SEC1")
    url = f"{receiver.as_host('oapi.dingtalk.com')}/robot/send?access_token={token}"
    body = {"msgtype": "text", "text": {"content": "hi"}}
    good = f"{url}&timestamp={now}&sign={quote_plus(signed('SEC1', f'{now}' + chr(10) + 'SEC1'))}"
    codes = [requests.post(sent, json=body, timeout=10).json()["errcode"] for sent in (url, good, good + "x")]
    assert codes == [310000, 0, 310000]


def test_the_standard_webhooks_signature_is_the_specifications_own_example() -> None:
    headers = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330"}
    request = Request(0.0, "POST", "https", "acme.io", "/", headers=headers, body=b'{"test": 2432232314}')
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert standard_webhook_signature(request, secret) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_with_a_secret_wants_its_signature(receiver: Receiver) -> None:
    path, now, key = unique(), str(int(time.time())), b"k" * 24
    receiver.configure("generic", f"127.0.0.1/{path}", secret="whsec_" + base64.b64encode(key).decode())
    sign = base64.b64encode(hmac.new(key, f"m1.{now}.{{}}".encode(), hashlib.sha256).digest()).decode()
    good = {"webhook-id": "m1", "webhook-timestamp": now, "webhook-signature": f"v1,old v1,{sign}"}
    url = f"{receiver.http}/{path}"
    sent = [good, good | {"webhook-id": "m2"}, good | {"webhook-timestamp": "1614265330"}, {}]
    assert [requests.post(url, "{}", headers=one, timeout=10).status_code for one in sent] == [200, 401, 401, 401]
