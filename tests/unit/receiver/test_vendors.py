"""Every stand-in's success and errors, as the vendors document them: a file a vendor in vendors/.

A case has the call (METHOD host/path), headers and body, and what is expected: the status, what the answer says
(nothing: empty), the effect that the record shows (nothing: none was had) and what is in its line. `gone` names what
does not exist then. In a body `<N x>` is a text of N characters and `[<N items>, a]` a list of N times a.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from vela_steps.receiver.client import Receiver, unique
from vela_steps.receiver.model import Request
from vela_steps.receiver.vendors import make_all

FOLDER = Path(__file__).with_name("vendors")
TOKEN = {"authorization": "Bearer secret"}
XOXB = {"authorization": "Bearer xoxb-1"}
GOOGLE = "POST compute.googleapis.com/compute/v1/projects/p1/global/urlMaps/web/invalidateCache"
AFD = (
    "POST management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.Cdn/profiles/p/afdEndpoints/e/purge"
)
CHAT = "POST chat.googleapis.com/v1/spaces/S/messages?key=k&token=t"


def long(value: Any) -> Any:
    """A body of a case with its placeholders written out."""
    if isinstance(value, dict):
        return {name: long(part) for name, part in value.items()}
    if isinstance(value, list):
        many = re.fullmatch(r"<(\d+) items>", str(value[0])) if value else None
        return [long(value[1])] * int(many.group(1)) if many else [long(part) for part in value]
    found = re.fullmatch(r"<(\d+) x>", value) if isinstance(value, str) else None
    return "x" * int(found.group(1)) if found else value


def cases() -> Iterator[Any]:
    for file in sorted(FOLDER.glob("*.yaml")):
        for number, case in enumerate(yaml.safe_load(file.read_text())):
            yield pytest.param(file.stem, case, id=f"{file.stem}-{number}-{case['status']}")


def send(receiver: Receiver, call: str, body: Any, headers: dict[str, str]) -> requests.Response:
    """Send over a plain loopback socket to the named host's stand-in."""
    method, _, url = call.partition(" ")
    target = f"{receiver.http}/_as/{url}"
    if isinstance(body, str):
        return requests.request(method, target, data=body, headers=headers, timeout=10)
    return requests.request(method, target, json=body, headers=headers, timeout=10)


@pytest.mark.parametrize(("vendor", "case"), list(cases()))
def test_a_stand_in_answers_as_its_vendor_documents(receiver: Receiver, vendor: str, case: dict[str, Any]) -> None:
    mark = unique()
    if "gone" in case:
        receiver.configure(vendor, str(case["gone"]), exists=False)
    said = send(receiver, case["call"], long(case.get("body")), {**case.get("headers", {}), "x-mark": mark})
    assert said.status_code == case["status"]
    assert case.get("says", "") in said.text
    assert bool(case.get("says")) == bool(said.text)
    record = receiver.requests(vendor=vendor)[-1]
    assert record.headers["x-mark"] == mark
    assert (record.effect if record.accepted else "") == case.get("effect", "")
    assert case.get("line", "") in record.text


@pytest.mark.parametrize("vendor", sorted(make_all().keys() - {"github", "cloudfront", "akamai", "mail", "generic"}))
def test_a_stand_in_has_a_success_and_an_error_in_its_file(vendor: str) -> None:
    effects = {bool(case.get("effect")) for case in yaml.safe_load((FOLDER / f"{vendor}.yaml").read_text())}
    assert effects == {True, False}


@pytest.mark.parametrize(("vendor", "case"), list(cases()))
def test_no_stand_in_fails_on_an_odd_body(vendor: str, case: dict[str, Any]) -> None:
    method, _, url = case["call"].partition(" ")
    host, _, target = url.partition("/")
    path, _, query = target.partition("?")
    for body in (b"", b"null", b"[]", b'"x"', b"1", b"\xff", b'{"payload": "x", "content": 1, "attachments": "x"}'):
        odd = Request(0.0, method, "https", host, f"/{path}", query, case.get("headers", {}), body)
        stand_in = make_all()[vendor]
        assert stand_in.answer(odd).status < 500
        assert stand_in.describe(odd).text


def test_json_that_is_not_announced_as_json_is_noted(receiver: Receiver) -> None:
    mark = unique()
    requests.post(
        f"{receiver.as_host('api.fastly.com')}/service/{mark}/purge_all",
        data="{}",
        headers={"fastly-key": "k"},
        timeout=10,
    )
    assert "without content-type" in receiver.problems(contains=mark)[0]


def test_an_unknown_call_of_a_known_host_is_noted(receiver: Receiver) -> None:
    mark = unique()
    said = send(receiver, f"POST api.fastly.com/{mark}", None, {"fastly-key": "k"})
    assert said.status_code == 404
    assert mark in receiver.problems(contains=mark)[0]


def test_a_thread_in_slack_is_known_by_the_first_message(receiver: Receiver) -> None:
    channel = unique("#c")

    def post(**body: str) -> requests.Response:
        return send(receiver, "POST slack.com/api/chat.postMessage", {"channel": channel, **body}, XOXB)

    ts = post(text="one").json()["ts"]
    assert post(text="two", thread_ts=ts).json()["ok"]
    assert receiver.problems(contains=channel) == []
    post(text="three", thread_ts="1.2")
    assert "is no message of channel" in receiver.problems(contains=channel)[0]
    assert [record.text for record in receiver.effects(contains=channel)][1] == f"to {channel} (in thread) two"
    receiver.configure("slack", channel, archived=True)
    assert post(text="four").json() == {"ok": False, "error": "is_archived"}


def test_a_thread_key_in_google_chat_leads_to_one_thread(receiver: Receiver) -> None:
    reply = f"{CHAT}&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
    body = {"text": "hi", "thread": {"threadKey": unique()}}
    threads = [send(receiver, reply, body, {}).json()["thread"]["name"] for _ in range(2)]
    assert len(set(threads)) == 1
    assert send(receiver, CHAT, body, {}).json()["thread"]["name"] not in threads


def test_googles_operation_runs_and_ends_and_may_end_with_an_error(receiver: Receiver) -> None:
    project = unique()
    receiver.configure("google-cdn", project, polls=2, error={"code": "QUOTA", "message": "too many"})
    call = GOOGLE.replace("p1", project) + "?requestId=6f1c"
    said = send(receiver, call, {"path": "/*"}, TOKEN).json()
    again = send(receiver, call, {"path": "/*"}, TOKEN).json()
    assert again["name"] == said["name"]
    assert len(receiver.effects(contains=project)) == 1
    url = f"GET {said['selfLink'].removeprefix('https://')}"
    states = [send(receiver, url, None, TOKEN).json() for _ in range(3)]
    assert [state["status"] for state in states] == ["RUNNING", "RUNNING", "DONE"]
    assert states[2]["error"]["errors"] == [{"code": "QUOTA", "message": "too many"}]


def test_azures_token_and_operation(receiver: Receiver) -> None:
    client, profile = unique(), unique()
    receiver.configure("azure", client, secret="right")
    receiver.configure("azure", profile, polls=1)
    form = {"grant_type": "client_credentials", "client_id": client, "scope": "https://management.azure.com/.default"}
    login = f"{receiver.as_host('login.microsoftonline.com')}/tenant/oauth2/v2.0/token"
    assert requests.post(login, data={**form, "client_secret": "wrong"}, timeout=10).status_code == 401
    token = requests.post(login, data={**form, "client_secret": "right"}, timeout=10).json()["access_token"]
    bearer = {"authorization": f"Bearer {token}"}
    call = AFD.replace("profiles/p/", f"profiles/{profile}/") + "?api-version=2023-05-01"
    said = send(receiver, call, {"contentPaths": ["/*"]}, bearer)
    url = f"GET {said.headers['location'].removeprefix('https://')}"
    assert [send(receiver, url, None, bearer).status_code for _ in range(2)] == [202, 200]
    receiver.configure("azure", profile, polls=-1)
    assert send(receiver, call, {"contentPaths": ["/*"]}, bearer).status_code == 200
    receiver.configure("azure", profile, polls=0, error={"code": "Conflict", "message": "busy"})
    url = f"GET {send(receiver, call, {'contentPaths': ['/*']}, bearer).headers['location'].removeprefix('https://')}"
    failed = send(receiver, url, None, bearer)
    assert (failed.status_code, failed.json()["error"]["message"]) == (409, "busy")


def test_a_setting_of_an_unknown_vendor_is_refused(receiver: Receiver) -> None:
    with pytest.raises(Exception, match="no stand-in 'slak': there are mail, cloudflare"):
        receiver.configure("slak", "x", exists=False)
