"""What reaches the receiver is recorded whole, before it is answered."""

from __future__ import annotations

import json
import os
import smtplib
import time
from pathlib import Path

import pytest
import requests

from vela_steps.errors import ToolError
from vela_steps.receiver.client import Receiver, unique


def test_a_request_through_the_proxy_is_recorded_whole(receiver: Receiver) -> None:
    host = f"{unique()}.acme.io"
    receiver.answer_for(host, status=201, body='{"made": 1}', x_made="yes")
    began = time.time()
    said = receiver.session().post(f"https://{host}/a%2Fb?x=1&y=%20", data=b"\xc3\xa4", headers={"X-One": "1"})
    assert (said.status_code, said.json(), said.headers["x-made"]) == (201, {"made": 1}, "yes")
    [record] = receiver.requests(host=host)
    assert (record.method, record.scheme, record.path, record.query) == ("POST", "https", "/a%2Fb", "x=1&y=%20")
    assert (record.body, record.headers["x-one"], record.status) == ("ä", "1", 201)
    assert began <= record.at <= time.time()


def test_a_body_that_is_no_text_is_kept_as_base64(receiver: Receiver) -> None:
    path = unique()
    requests.put(f"{receiver.http}/{path}", data=b"\xff\xfe", timeout=10)
    [record] = receiver.requests(path=path)
    assert (record.body, record.body_base64) == (None, "//4=")


def test_a_large_body_is_recorded_whole(receiver: Receiver) -> None:
    path = unique()
    requests.post(f"{receiver.http}/{path}", data="x" * 3_000_000, timeout=30)
    [record] = receiver.requests(path=path)
    assert record.body == "x" * 3_000_000


def test_plain_http_through_the_proxy_reaches_the_same_stand_in(receiver: Receiver) -> None:
    host = f"{unique()}.acme.io"
    receiver.answer_for(host, body='"here"')
    assert receiver.session().get(f"http://{host}/p?q=1").json() == "here"
    [record] = receiver.requests(host=host)
    assert (record.scheme, record.path, record.query) == ("http", "/p", "q=1")


def test_the_https_port_has_a_certificate_for_loopback_and_for_any_name(receiver: Receiver) -> None:
    path = unique()
    assert requests.get(f"{receiver.https}/{path}", verify=receiver.state["ca"], timeout=10).status_code == 200
    assert receiver.requests(path=path)[0].scheme == "https"


def test_a_host_is_reached_on_the_plain_port_by_path(receiver: Receiver) -> None:
    host = f"{unique()}.acme.io"
    receiver.answer_for(host, body='"by path"')
    assert requests.get(f"{receiver.as_host(host)}/p/q", timeout=10).json() == "by path"
    [record] = receiver.requests(host=host)
    assert record.path == "/p/q"


def test_a_host_without_a_stand_in_is_answered_loudly(receiver: Receiver) -> None:
    host = f"{unique()}.acme.io"
    said = receiver.session().get(f"https://{host}/")
    assert said.status_code == 502
    assert f"no stand-in for {host}" in said.json()["message"]
    assert any(host in problem for problem in receiver.problems(host=host))


def test_mail_is_recorded(receiver: Receiver) -> None:
    to = f"{unique()}@acme.io"
    with smtplib.SMTP("127.0.0.1", receiver.state["smtp"]) as mail:
        mail.login("someone", "secret")
        mail.sendmail("vela@acme.io", [to], "Subject: Deployed\r\n\r\nshop v2")
    [record] = receiver.effects(vendor="mail", contains=to)
    assert record.text == f"e-mail to {to}: Deployed"
    assert "shop v2" in (record.body or "")


def test_waiting_ends_with_the_last_request_and_says_what_came_instead(receiver: Receiver) -> None:
    path = unique()
    requests.post(f"{receiver.http}/{path}/other", timeout=10)
    with pytest.raises(AssertionError, match=rf"(?s)1 of 2 requests.*{path}/other"):
        receiver.wait_for(2, timeout=0.05, path=path)
    requests.post(f"{receiver.http}/{path}", timeout=10)
    assert len(receiver.wait_for(2, path=path)) == 2


def test_an_unknown_condition_is_refused(receiver: Receiver) -> None:
    with pytest.raises(Exception, match="unknown condition: hots"):
        receiver.requests(hots="x")


def test_the_record_and_the_ports_survive_kill_9(tmp_path: Path) -> None:
    first = Receiver.start(tmp_path)
    for number in range(5):
        requests.post(f"{first.http}/{number}", json={"n": number}, timeout=10)
    assert first.process is not None
    first.process.kill()
    first.process.communicate()
    with (tmp_path / "requests.jsonl").open("a") as file:
        file.write('{"kind": "request", "seq": 6, "half a li')  # what a power cut leaves
    second = Receiver.start(tmp_path)
    try:
        assert {**second.state, "pid": 0} == {**first.state, "pid": 0}
        requests.post(f"{second.http}/5", json={"n": 5}, timeout=10)
        assert [record.json()["n"] for record in second.requests()] == list(range(6))
        assert [record.seq for record in second.requests()] == list(range(1, 7))
        lines = (tmp_path / "requests.jsonl").read_text().splitlines()
        assert [json.loads(line)["path"] for line in lines] == [f"/{number}" for number in range(6)]
    finally:
        second.stop()


def test_sigterm_ends_it_and_leaves_no_address_behind(tmp_path: Path) -> None:
    started = Receiver.start(tmp_path)
    started.stop()
    assert started.process is not None
    assert started.process.returncode == 0
    assert not (tmp_path / "receiver.json").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.state["pid"]), 0)
    with pytest.raises(ToolError, match="no receiver runs there"):
        Receiver.at(tmp_path)
