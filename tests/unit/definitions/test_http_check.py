"""What http-check makes of its parameters, of answers, and of what it has noted, under both versions of CUE."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.definitions.evaluation import CONTEXT, STEP, Case, both, evaluate, fills, needs_cue, noted, returned
from tests.unit.definitions.together import Asked, Table
from vela_steps.tools.cue import Cue

pytestmark = needs_cue
CUT = "the connection broke off"
URL = "https://shop.acme.io/health"
OUT = """
out: {
	for how in ["wait", "fail", "say"] if template._step._end[how].call != _|_ {
		(how): template._step._end[how].call.$params.message
	}
	if template._step._turn.after.note != _|_ {noted: template._step._turn.after.note.$params.value.data.record}
	if template._step._turn.send.call != _|_ {header: template._step._turn.send.call.$params.request.header}
}
"""


def judged(parameter: dict[str, Any]) -> Asked:
    """The step with these parameters, before it reads anything; one that is None is left out."""
    named = {"url": URL, "expect": {}, **parameter}
    given = {key: value for key, value in named.items() if value is not None}
    return Asked("http-check", {"context": CONTEXT, "parameter": given}, OUT)


def said(look: Callable[[Cue], dict[str, Any]]) -> str:
    """What the step says is wrong, under both versions of CUE."""
    old, new = both(look)
    assert old == new
    return str(old["fail"])


def wrong(parameter: dict[str, Any]) -> str:
    """What the step says of its parameters."""
    return said(judged(parameter).look)


@pytest.mark.parametrize("path", ["a[0].b", "a..b", "", "a.b.c.d.e.f.g.h.i"])
def test_a_path_that_finds_nothing_is_refused(path: str) -> None:
    said = wrong({"expect": {"json": {path: 1}}})
    assert said == f'expect.json has "{path}": write a path such as checks.0.status, of at most eight keys'


def header(secret: dict[str, str], *headers: dict[str, Any]) -> dict[str, Any]:
    """The step before it sends, with these headers and a Secret `kept`."""
    given = {"url": URL, "expect": {}, "headers": list(headers)}
    answers = fills(Case("http-check", given), answered=False)
    data = {key: base64.b64encode(value.encode()).decode() for key, value in secret.items()}
    answers["_step"]["_auth"] = {"read": {"kept": returned({"value": {"data": data}})}}
    old, new = both(lambda cue: evaluate(Case("http-check", given), answers, OUT, cue))
    assert old == new
    return old


def kept(key: str, name: str = "Authorization") -> dict[str, Any]:
    """A header whose value is in the Secret."""
    return {"name": name, "secretRef": {"name": "kept", "key": key}}


@pytest.mark.parametrize("value", ["Bearer abc\ndef", "Bearer abc\x00", "Bearer\rabc", "abc\x7fdef"])
def test_a_secret_that_no_header_can_carry_is_not_sent_and_not_shown(value: str) -> None:
    found = header({"token": value}, kept("token"))
    assert "header" not in found
    assert found["fail"].startswith("headers[0].secretRef: the key token of Secret kept holds a line break")
    assert "abc" not in found["fail"]


def test_a_secret_that_a_header_can_carry_is_sent() -> None:
    found = header({"token": "Bearer é\tabc\n"}, kept("token"))
    assert found["header"]["Authorization"] == "Bearer é\tabc"


BAD = [
    *("https://h:80a/", "https://h:123456/", "https://h/100%", "https://ho%zzst/", "https://[::1/", "https://h/a#b"),
    *("https://u@h/", "https://h/ä", "https://h/a b", "ftp://h/", "https://", "https:///a"),
]
GOOD = ["http://h", "https://h-1.b_c:8080", "https://[::1]:80/", "https://h?x=1", "https://h/a%20b/{c}|~?d=[e]&f='\"!"]


ADDRESSES = Table({url: judged({"url": url}) for url in BAD})


@pytest.mark.parametrize("url", BAD)
def test_an_address_that_cannot_be_called_is_refused(url: str) -> None:
    assert (
        said(lambda cue: ADDRESSES.look(url, cue))
        == f'url "{url}" is not an address: write https://HOST/PATH, with %XX for special characters'
    )


def test_an_address_that_can_be_called_is_not_refused() -> None:
    said = wrong({"url": None, "urls": [*GOOD, "x"]})
    assert said == 'url "x" is not an address: write https://HOST/PATH, with %XX for special characters'


@pytest.mark.parametrize(
    "second",
    [
        {"name": "X-Key", "value": "b"},
        {"name": "x-key", "value": "a"},
        {"name": "X-Key", "secretRef": {"name": "k", "key": "b"}},
    ],
)
@pytest.mark.parametrize("first", [{"value": "a"}, {"secretRef": {"name": "k", "key": "a"}}])
def test_a_header_that_is_given_twice_is_refused(first: dict[str, Any], second: dict[str, Any]) -> None:
    said = wrong({"headers": [{"name": "X-Key", **first}, second]})
    assert said == f'headers[1].name is "{second["name"]}", which an earlier one has: write each header once'


@pytest.mark.parametrize("name", ["Host", "connection", "Upgrade", "Transfer-Encoding", "Content-Length"])
def test_a_header_that_is_not_the_steps_to_decide_is_refused(name: str) -> None:
    said = wrong({"headers": [{"name": name, "value": "a"}]})
    assert said == f'headers[0].name is "{name}", which the connection decides: leave it out'


def answered(
    parameter: dict[str, Any], body: str = "", status: int = 200, record: dict[str, Any] | None = None
) -> dict[str, Any]:
    """How the step goes on once it was answered, and what it notes as its state; `record` is what it had noted."""
    case = Case("http-check", {"url": URL, "expect": {}, **parameter}, status, body)
    answers = fills(case, answered=True)
    answers["_step"]["_run"]["find"] = {"marker": returned(noted(record))}
    old, new = both(lambda cue: evaluate(case, answers, OUT, cue))
    for found in (old, new):
        found["noted"] = json.loads(found.get("noted", "{}")).get("state", {})
    assert old == new
    return old


def lacks(expected: dict[str, Any], body: str) -> str:
    """What of the expected JSON the body lacks; "" where it is as expected."""
    found = answered({"expect": {"json": expected}}, body)
    assert ("wait" in found) is ("last" in found["noted"])
    return str(found["noted"].get("last", ""))


@pytest.mark.parametrize(
    ("body", "want"),
    [("1.0", 1), ("1e3", 1000), ("1.50", 1.5), ("-0.0", 0), ("12345678901234567890", 12345678901234567890)],
)
def test_a_number_of_the_body_may_be_written_otherwise(body: str, want: float) -> None:
    assert lacks({"v": want}, f'{{"v": {body}}}') == ""


@pytest.mark.parametrize(
    ("body", "want", "lacking"),
    [
        ("2", 1, "v is 2, not 1"),
        ('"1"', 1, 'v is "1", not 1'),
        ("1", "1", 'v is 1, not "1"'),
        ("null", 0, "v is null, not 0"),
    ],
)
def test_another_value_of_the_body_is_told(body: str, want: Any, lacking: str) -> None:
    assert lacks({"v": want}, f'{{"v": {body}}}') == lacking


def test_a_body_is_not_read_as_json_unless_that_is_expected() -> None:
    assert answered({}, '{"a": 1, "a": 2}')["noted"]["address"] == 1


@pytest.mark.parametrize(
    ("body", "lacking"),
    [
        ('{"a": 1, "a": 2, "b": 1}', "its body is JSON that has a key twice"),
        ('{"a": [{"c": 1, "c": 2}], "b": 1}', "its body is JSON that has a key twice"),
        ("<html>", "its body is not JSON"),
        ("", "its body is not JSON"),
        (" null\n", "b is null, not 1"),
    ],
)
def test_a_body_that_cannot_be_read_as_json_is_told(body: str, lacking: str) -> None:
    assert lacks({"b": 1}, body) == lacking


def record(state: dict[str, Any], *, breaks: int = 0, since: int = 0, says: str = "") -> dict[str, Any]:
    """What the step noted: its state, and how its last call broke off."""
    again = {"state": "again", "attempts": 0, "after": 0, "says": says}
    calls = {"check": again} if says else {}
    run = {"run": STEP["id"], "session": STEP["id"]}
    return {**run, "breaks": breaks, "since": since, "calls": calls, "state": state}


def test_a_connection_that_broke_off_ends_a_row_of_successes() -> None:
    three = {"successes": 3}
    assert answered(three)["noted"] == {"row": 1, "broke": 0}
    two = {"row": 2, "broke": 0}
    assert answered(three, record=record(two))["noted"]["address"] == 1
    found = answered(three, record=record(two, breaks=1, says=CUT))
    assert "wait" in found
    assert (found["noted"]["row"], found["noted"]["broke"]) == (1, 1)
    two_again = {"row": 2, "broke": 1}
    assert answered(three, record=record(two_again, breaks=1))["noted"]["address"] == 1


def late(note: dict[str, Any], **more: Any) -> str:
    """What the step says once its time is over."""
    case = Case("http-check", {"urls": ["https://a.io/", "https://b.io/"], "expect": {}, "timeout": "30s", **more})
    answers = fills(case, answered=False)
    answers["_step"] = {"_run": {**answers["_step"]["_run"], "find": {"marker": returned(noted(note))}}}
    old, new = both(lambda cue: evaluate(case, answers, OUT, cue))
    assert old == new
    return str(old["fail"])


def test_the_trouble_with_one_address_is_not_told_of_the_next() -> None:
    two = {"urls": ["https://a.io/", "https://b.io/"]}
    state = answered(two, record=record({"last": "it answered 503"}))["noted"]
    assert state["address"] == 1
    assert late(record(state, since=1)) == "https://b.io/ was not as expected within 30s: no answer"


def test_a_call_that_broke_off_is_told_rather_than_the_trouble_before_it() -> None:
    before = {"last": "it answered 503"}
    assert late(record(before, since=1, breaks=1, says=CUT)).endswith("a.io/ was not as expected within 30s: " + CUT)
    state = answered({"successes": 2}, record=record(before, breaks=1, says=CUT))["noted"]
    assert state == {"row": 1, "broke": 1, "last": CUT}
    state = answered({}, status=500, record=record(before, breaks=1, says=CUT))["noted"]
    assert state == {"last": "it answered 500"}


def test_a_row_that_was_too_short_is_told() -> None:
    row = record({"row": 2, "broke": 0}, since=1)
    assert late(row, successes=9).endswith("within 30s: it answered as expected 2 of 9 times")
