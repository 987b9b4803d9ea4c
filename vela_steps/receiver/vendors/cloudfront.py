"""Amazon CloudFront's invalidations, with the signature checked.

Settings, by access key: secret, session_token. (AWS's example key is known.) By distribution id: exists, and polls, how
often an invalidation is InProgress when asked for.

moto has a CloudFront too (the tests hold this one against it), but its invalidations are born "COMPLETED", and it makes
a new one where AWS recognises a CallerReference; a step that leans on both needs them as AWS documents them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, ClassVar
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from vela_steps.receiver.model import Answer, Request
from vela_steps.receiver.vendors.base import Route, Routed, listed
from vela_steps.receiver.vendors.signatures import SIGV4, age, sigv4_signature

SPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
DISTRIBUTION = r"/2020-05-31/distribution/(?P<distribution>[^/]+)"
MOST_PATHS, MOST_WILDCARDS = 3000, 15  # in progress, of a distribution
SKEW = 300  # seconds that a signature's time may be off
# The key pair of AWS's own documentation.
EXAMPLE_KEY, EXAMPLE_SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@dataclass
class Invalidation:
    """One invalidation; `left` is how often it will still say InProgress."""

    id: str
    distribution: str
    reference: str
    paths: tuple[str, ...]
    made: float
    left: int

    def xml(self) -> bytes:
        """The invalidation as AWS writes it."""
        made = datetime.fromtimestamp(self.made, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        items = "".join(f"<Path>{escape(path)}</Path>" for path in self.paths)
        return (
            f'<?xml version="1.0"?>\n<Invalidation xmlns="{SPACE}"><Id>{self.id}</Id>'
            f"<Status>{'InProgress' if self.left > 0 else 'Completed'}</Status><CreateTime>{made}</CreateTime>"
            f"<InvalidationBatch><Paths><Quantity>{len(self.paths)}</Quantity><Items>{items}</Items></Paths>"
            f"<CallerReference>{escape(self.reference)}</CallerReference></InvalidationBatch></Invalidation>"
        ).encode()


def xml_answer(body: bytes, status: int, **headers: str) -> Answer:
    """An answer with an XML body."""
    return Answer(status, body, {"content-type": "text/xml", **headers})


def error(status: int, code: str, message: str) -> Answer:
    """AWS's shape of an error."""
    body = (
        f'<?xml version="1.0"?>\n<ErrorResponse xmlns="{SPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message></Error><RequestId>{code.lower()}</RequestId></ErrorResponse>"
    )
    return xml_answer(body.encode(), status)


def parsed(body: bytes) -> tuple[str, int, tuple[str, ...]] | None:
    """Caller reference, stated quantity and paths of a batch; None where it is no batch."""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  # loopback, from the step under test
        quantity = int(root.findtext(f"{{{SPACE}}}Paths/{{{SPACE}}}Quantity") or "-1")
    except (ElementTree.ParseError, ValueError):
        return None
    found = root.findall(f"{{{SPACE}}}Paths/{{{SPACE}}}Items/{{{SPACE}}}Path")
    reference = root.findtext(f"{{{SPACE}}}CallerReference")
    if root.tag != f"{{{SPACE}}}InvalidationBatch" or not reference:
        return None
    return reference, quantity, tuple(path.text or "" for path in found)


class CloudFront(Routed):
    """Distributions exist until a setting says otherwise."""

    name = "cloudfront"
    hosts = ("cloudfront.amazonaws.com",)
    defaults: ClassVar[Mapping[str, Any]] = {"exists": True, "polls": 1, "secret": None, "session_token": None}
    routes = (
        Route("POST", f"{DISTRIBUTION}/invalidation", "create", "purge", "distribution {distribution}:"),
        Route("GET", f"{DISTRIBUTION}/invalidation/(?P<invalidation>[^/]+)", "get", "", "invalidation {invalidation}"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._all: list[Invalidation] = []
        self.configure(EXAMPLE_KEY, {"secret": EXAMPLE_SECRET})

    def denied(self, request: Request) -> Answer | None:
        """A signature of a known key, for this service, made just now."""
        found = SIGV4.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            return error(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        parts = found.groupdict()
        known = self.setting(parts["key"])
        if known["secret"] is None or known["session_token"] != request.headers.get("x-amz-security-token"):
            return error(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
        if age(request.time, request.headers.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ") > SKEW:
            return error(403, "SignatureDoesNotMatch", "Signature expired")
        scope = (parts["region"], parts["service"]) == ("us-east-1", "cloudfront")
        complete = {"host", "x-amz-date"} <= set(parts["signed"].split(";"))
        if not (scope and complete) or sigv4_signature(request, parts, known["secret"]) != parts["signature"]:
            said = "The request signature we calculated does not match the signature you provided."
            return error(403, "SignatureDoesNotMatch", said)
        return None

    def summary(self, request: Request) -> str:
        """The paths."""
        batch = parsed(request.body)
        return listed(list(batch[2])) if batch else ""

    def _refusal(self, distribution: str, quantity: int, paths: tuple[str, ...]) -> Answer | None:
        if quantity != len(paths) or not paths:
            return error(400, "InconsistentQuantities", "The value of Quantity and the size of Items do not match.")
        if any(not path.startswith("/") for path in paths):
            return error(400, "InvalidArgument", "Your request contains one or more invalid invalidation paths.")
        if len(paths) > MOST_PATHS:
            return error(413, "BatchTooLarge", "Invalidation batch specified is too large.")
        running = [path for one in self._all if one.distribution == distribution and one.left > 0 for path in one.paths]
        every = [*running, *paths]
        if len(every) > MOST_PATHS or sum(path.endswith("*") for path in every) > MOST_WILDCARDS:
            said = "You have exceeded the maximum number of allowable InProgress invalidation batch requests"
            return error(400, "TooManyInvalidationsInProgress", said)
        return None

    def create(self, request: Request, distribution: str) -> Answer:
        """201; the same reference with the same paths brings back the earlier one, with other paths an error."""
        if not self.setting(distribution)["exists"]:
            return error(404, "NoSuchDistribution", "The specified distribution does not exist.")
        batch = parsed(request.body)
        if batch is None:
            return error(400, "MalformedXML", "The XML you provided was not well-formed or did not validate.")
        reference, quantity, paths = batch
        mine = [one for one in self._all if one.distribution == distribution]
        known = next((one for one in mine if one.reference == reference), None)
        if known is not None:
            if known.paths != paths:
                said = "Your request contains a caller reference that was used for a previous invalidation batch."
                return error(400, "InvalidationBatchAlreadyExists", said)
            return self._made(known, accepted=False)
        refused = self._refusal(distribution, quantity, paths)
        if refused:
            return refused
        number = hashlib.sha256(f"{distribution} {reference}".encode()).hexdigest()[:13].upper()
        made = Invalidation(
            f"I{number}", distribution, reference, paths, request.time, int(self.setting(distribution)["polls"])
        )
        self._all.append(made)
        return self._made(made)

    @staticmethod
    def _made(one: Invalidation, accepted: bool | None = None) -> Answer:
        location = f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{one.distribution}/invalidation/{one.id}"
        return Answer(201, one.xml(), {"content-type": "text/xml", "location": location}, accepted=accepted)

    def get(self, _request: Request, distribution: str, invalidation: str) -> Answer:
        """The invalidation; each question brings it on."""
        found = next((one for one in self._all if (one.distribution, one.id) == (distribution, invalidation)), None)
        if found is None:
            return error(404, "NoSuchInvalidation", "The specified invalidation does not exist.")
        said = xml_answer(found.xml(), 200)
        found.left -= 1
        return said
