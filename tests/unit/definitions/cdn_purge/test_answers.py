"""What the answers of CDNs mean to a purge, and how it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.definitions.cdn_purge.steps import looked, purge, record
from tests.unit.definitions.evaluation import needs_cue

pytestmark = needs_cue
DONE = {"state": "done", "attempts": 1}
ASKED = {"state": "again", "attempts": 1, "after": 0}  # a question that was put before
OUT = """
let turn = template._step._turn
let ends = template._step._end
out: {
	noted: turn.after.note.$params.value.data.record
	fails: [if ends.fail.call != _|_ {ends.fail.call.$params.message}, ""][0]
	waits: [if ends.wait.call != _|_ {ends.wait.call.$params.message}, ""][0]
}
"""

NOW = 1_767_323_045  # of the evaluation
WAITS = "out: {waits: template._step._end.wait.call.$params.message}"


def answered(
    provider: str, status: int, body: Any, before: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """What is noted and said of an answer; `before` is what was noted until then."""
    asks = any(name.startswith("wait-") for name in (before or record())["calls"])
    found = looked(purge(provider, status, body, **more), OUT, before, asks=asks)
    return {**found, **found["noted"]}


@pytest.mark.parametrize(
    ("provider", "status", "body"),
    [
        (
            "cloudfront",
            400,
            "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>",
        ),
        ("google", 403, {"error": {"message": "Rate", "errors": [{"reason": "rateLimitExceeded"}]}}),
    ],
)
def test_a_question_that_is_put_too_often_is_put_again_later(provider: str, status: int, body: Any) -> None:
    before = record({"purge-0": DONE, "wait-0": ASKED}, state={"poll-0": "/x/1", "sent": 1})
    found = answered(provider, status, body, before, urls=["/a"], wait={})
    assert found["calls"]["wait-0"]["state"] == "again"
    assert found["waits"]


def test_of_a_credential_that_an_answer_repeats_at_the_cut_nothing_remains() -> None:
    token = "0123456789abcdefghijklmnopqrstuvwxyzABC"
    body = "x" * 262 + token + " is wrong"
    found = answered("generic", 400, body, tags=["a"], request={"path": "/{item}"}, secret={"token": token})
    assert found["fails"] == "the cache answered 400: " + "x" * 262 + "*** is wrong"


@pytest.mark.parametrize(
    ("provider", "calls", "body", "says"),
    [
        ("bunny", {}, "", "purging 3 tags at bunny.net: request 1 of 3"),
        ("bunny", {"purge-0": DONE}, "", "purging 3 tags at bunny.net: request 2 of 3"),
        (
            "google",
            {"purge-0": DONE, "purge-1": DONE},
            {"name": "o-3"},
            "purging 3 hosts at Google Cloud CDN: request 3 of 3",
        ),
        (
            "google",
            {"purge-0": DONE, "purge-1": DONE, "purge-2": DONE, "wait-0": DONE, "wait-1": ASKED},
            {"status": "RUNNING"},
            "purging 3 hosts at Google Cloud CDN: 1 of 3 requests are complete",
        ),
    ],
)
def test_while_it_is_waited_the_message_changes_with_each_request_that_is_done_and_else_stays(
    provider: str, calls: dict[str, Any], body: Any, says: str
) -> None:
    what: dict[str, Any] = {"tags": ["a", "b", "c"]} if provider == "bunny" else {"hosts": ["a.io", "b.io", "c.io"]}
    before = record(calls, state={f"poll-{n}": f"/x/{n}" for n in range(3) if provider == "google"})
    assert answered(provider, 200, body, before, **what)["waits"] == says
    assert answered(provider, 503, "", before, **what)["waits"] == says
    due = f"wait-{1}" if "wait-0" in calls else f"purge-{len(calls)}"
    resting = {**calls, due: {**ASKED, "after": 60_000_000}}
    if "wait-0" in calls:
        resting["wait-2"] = resting[due]
    found = looked(purge(provider, **what), WAITS, record(resting, state=before["state"]), answered=False, asks=True)
    assert found["waits"] == says


OPERATION = {"name": "operation-1", "status": "DONE", "error": {"errors": [{"message": "Internal"}]}}
SENT = """
let made = template._step._turn.send.call.$params
out: {method: made.method, url: made.url}
"""


@pytest.mark.parametrize(
    ("provider", "status", "body", "says"),
    [
        ("google", 200, OPERATION, "Google Cloud CDN did not complete the purge: Internal (1 of 2 requests were done)"),
        ("azure", 200, {"status": "Failed", "error": {"code": "C", "message": "no"}}, "not complete the purge: C: no"),
        ("azure", 404, {"error": {"code": "C", "message": "no"}}, "answered 404 when asked whether"),
    ],
)
def test_a_purge_that_the_cdn_did_not_complete_is_sent_anew_when_the_step_is_restarted(
    provider: str, status: int, body: Any, says: str
) -> None:
    urls = {"google": ["/a", "/b"], "azure": ["/a"]}[provider]
    calls = {f"purge-{n}": DONE for n, _ in enumerate(urls)}
    token: dict[str, Any] = {"secret": {"token": "t0k3n"}, "auth": {"secretRef": {"name": "kept", "key": "token"}}}
    before = record({**calls, "wait-0": ASKED}, state={f"poll-{n}": f"/x/{n}" for n, _ in enumerate(urls)})
    failed = answered(provider, status, body, before, urls=urls, **token)
    assert says in failed["fails"]
    assert failed["calls"]["wait-0"]["state"] == "failed"
    first = looked(purge(provider, urls=urls, **token), SENT, record(), answered=False)
    noted = {**failed["noted"], "session": "of the step before its restart"}
    again = looked(purge(provider, urls=urls, **token), SENT, noted, answered=False)
    assert again["method"] == "POST"
    # Google would take the same requestId for the one that has failed.
    assert (again["url"] == first["url"]) == (provider == "azure")


def test_a_request_that_has_failed_at_once_is_another_one_when_the_step_is_restarted() -> None:
    failed = answered("google", 200, OPERATION, urls=["/a"])
    assert failed["calls"]["purge-0"]["state"] == "failed"
    first = looked(purge("google", urls=["/a"]), SENT, record(), answered=False)
    noted = {**failed["noted"], "session": "of the step before its restart"}
    assert looked(purge("google", urls=["/a"]), SENT, noted, answered=False)["url"] != first["url"]


@pytest.mark.parametrize(("status", "body"), [(200, {"status": "RUNNING"}), (401, {"error": {"message": "expired"}})])
def test_a_purge_that_may_still_be_completed_is_asked_about_again_when_the_step_is_restarted(
    status: int, body: Any
) -> None:
    before = record({"purge-0": DONE, "wait-0": ASKED}, state={"poll-0": "/x/0", "sent": 1})
    failed = answered("google", status, body, before, urls=["/a"], wait={"timeout": "1s"})
    assert failed["calls"]["wait-0"]["state"] == "failed"
    noted = {**failed["noted"], "session": "of the step before its restart"}
    again = looked(purge("google", urls=["/a"]), SENT, noted, answered=False, asks=True)
    assert again == {"method": "GET", "url": "https://compute.googleapis.com/x/0"}


@pytest.mark.parametrize(("timeout", "pause"), [("5m", 15), ("15m", 15), ("1h", 60), ("2h", 120)])
def test_too_many_invalidations_are_waited_for_as_long_as_the_step_may_take(timeout: str, pause: int) -> None:
    body = "<Error><Code>TooManyInvalidationsInProgress</Code><Message>wait</Message></Error>"
    told = {"told": {"times": 59, "seconds": 59 * pause}}
    before = record({"purge-0": {**ASKED, "attempts": 0, **told}}, since=NOW)
    found = answered("cloudfront", 400, body, before, urls=["/a"], wait={"timeout": timeout})
    assert found["calls"]["purge-0"]["after"] == pause
    assert found["waits"]


def test_a_tag_of_fastly_may_be_named_status() -> None:
    assert answered("fastly", 200, {"status": "108-1-1"}, tags=["status"])["calls"]["purge-0"]["state"] == "done"
    assert answered("fastly", 200, {"status": "error"}, tags=["a"])["calls"]["purge-0"]["state"] == "failed"
