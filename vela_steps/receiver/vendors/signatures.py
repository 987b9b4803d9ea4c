"""Request signatures as the services check them: AWS Signature Version 4, Akamai EdgeGrid, Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import datetime, timezone
from urllib.parse import parse_qsl, quote

from vela_steps.receiver.model import Request


def hmac256(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.new(key, data, hashlib.sha256).digest()


def base64_hmac256(key: str, data: str) -> str:
    """The same of texts, in base64."""
    return base64.b64encode(hmac256(key.encode(), data.encode())).decode()


SIGV4 = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request,"
    r"\s*SignedHeaders=(?P<signed>[^,]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


def canonical_query(query: str) -> str:
    """A query as SigV4 has it: encoded anew and sorted."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(pairs))


def sigv4_signature(request: Request, parts: dict[str, str], secret: str) -> str:
    """The signature that a request should have. `parts` are those of its Authorization header.

    Source: AWS, "Create a signed AWS API request".
    """
    signed = parts["signed"].split(";")
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signed)
    canonical = "\n".join(
        [
            request.method,
            request.path,
            canonical_query(request.query),
            headers,
            parts["signed"],
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    scope = "/".join([parts["day"], parts["region"], parts["service"], "aws4_request"])
    text = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            request.headers.get("x-amz-date", ""),
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac256(key, part.encode())
    return hmac256(key, text.encode()).hex()


EDGEGRID = re.compile(
    r"EG1-HMAC-SHA256 client_token=(?P<client>[^;]+);access_token=(?P<access>[^;]+);"
    r"timestamp=(?P<timestamp>[^;]+);nonce=(?P<nonce>[^;]+);signature=(?P<signature>.+)"
)
EDGEGRID_TIME = "%Y%m%dT%H:%M:%S%z"


def edgegrid_signature(request: Request, secret: str) -> str:
    """The signature that a request should have by its Authorization header.

    Source: Akamai, "Authenticate with EdgeGrid".
    """
    header = request.headers["authorization"]
    unsigned = header[: header.index("signature=")]
    timestamp = EDGEGRID.fullmatch(header)
    key = base64_hmac256(secret, timestamp.group("timestamp") if timestamp else "")
    target = request.path + ("?" + request.query if request.query else "")
    content = base64.b64encode(hashlib.sha256(request.body).digest()).decode() if request.body else ""
    parts = [request.method, "https", request.headers.get("host", request.host), target, "", content, unsigned]
    return base64_hmac256(key, "\t".join(parts))


def age(at: float, text: str, shape: str) -> float:
    """Seconds between a time in a header and a request; without end where it is no such time."""
    try:
        told = datetime.strptime(text, shape)
    except ValueError:
        return float("inf")
    aware = told if told.tzinfo else told.replace(tzinfo=timezone.utc)
    return abs(at - aware.timestamp())


def standard_webhook_signature(request: Request, secret: str) -> str:
    """What `webhook-signature` should hold. Source: the Standard Webhooks specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = request.headers
    data = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}.".encode() + request.body
    return "v1," + base64.b64encode(hmac256(key, data)).decode()
