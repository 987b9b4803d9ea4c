"""Faults on demand."""

from __future__ import annotations

import time

import pytest
import requests

from vela_steps.errors import ToolError
from vela_steps.receiver.client import Receiver, unique


def test_a_status_with_body_and_headers_for_the_next_two_requests(receiver: Receiver) -> None:
    path = unique()
    receiver.fault(match={"path": path}, times=2, status=429, body='{"e": 1}', headers={"retry-after": "7"})
    answers = [requests.post(f"{receiver.http}/{path}", timeout=10) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert (answers[0].json(), answers[0].headers["retry-after"]) == ({"e": 1}, "7")
    assert [record.accepted for record in receiver.requests(path=path)] == [False, False, True]
    assert len(receiver.effects(path=path)) == 1


def test_a_slow_answer_is_recorded_before_it_is_given(receiver: Receiver) -> None:
    path = unique()
    receiver.fault(match={"path": path}, delay=30)
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{receiver.http}/{path}", timeout=0.3)
    [record] = receiver.effects(path=path)
    assert record.fault == "delay 30 s"


def test_closed_before_the_record_is_as_if_never_sent(receiver: Receiver) -> None:
    path = unique()
    number = receiver.fault(match={"path": path}, times=1, close="before")
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{receiver.http}/{path}", timeout=10)
    assert receiver.requests(path=path) == []
    assert [fault["hits"] for fault in receiver.faults() if fault["id"] == number] == [1]


def test_closed_after_the_record_has_had_its_effect(receiver: Receiver) -> None:
    host = f"{unique()}.acme.io"
    receiver.answer_for(host)
    receiver.fault(match={"host": host}, times=1, close="after")
    with pytest.raises(requests.ConnectionError):
        receiver.session().post(f"https://{host}/")
    [record] = receiver.effects(host=host)
    assert record.status is None


def test_an_error_though_served_has_had_its_effect(receiver: Receiver) -> None:
    path = unique()
    receiver.fault(match={"path": path}, times=1, status=504, served=True, body="{}")
    assert requests.post(f"{receiver.http}/{path}", timeout=10).status_code == 504
    [record] = receiver.effects(path=path)
    assert (record.status, record.fault) == (504, "status 504 though served")


def test_a_host_that_is_down_opens_no_tunnel_until_healed(receiver: Receiver) -> None:
    host = f"{unique()}.acme.io"
    receiver.answer_for(host)
    fault = receiver.down(host)
    assert fault is not None
    with pytest.raises(requests.ConnectionError):
        receiver.session().post(f"https://{host}/")
    receiver.heal(fault)
    assert receiver.session().post(f"https://{host}/").status_code == 200
    assert len(receiver.requests(host=host)) == 1


def test_everything_down_is_refused_and_comes_back_on_the_same_ports(receiver: Receiver) -> None:
    path = unique()
    session = requests.Session()
    session.post(f"{receiver.http}/{path}", timeout=10)  # a connection kept alive must not survive either
    receiver.down()
    with pytest.raises(requests.ConnectionError):
        session.post(f"{receiver.http}/{path}", timeout=10)
    receiver.up()
    assert session.post(f"{receiver.http}/{path}", timeout=10).status_code == 200
    assert len(receiver.requests(path=path)) == 2


def test_chaos_is_the_same_again_with_the_same_seed(receiver: Receiver) -> None:
    def run(path: str) -> list[str]:
        ids = receiver.chaos(7, {"path": path}, slow=0.2, error=0.3, close_before=0.1, close_after=0.1, delay=0.001)
        for _ in range(40):
            try:
                requests.post(f"{receiver.http}/{path}", timeout=10)
            except requests.ConnectionError:
                continue
        hits = [str(fault["hits"]) for fault in receiver.faults() if fault["id"] in ids]
        receiver.heal(*ids)
        return [record.fault for record in receiver.requests(path=path)] + hits

    first = run(unique())
    assert first == run(unique())
    assert {"", "delay 0.001 s", "status 503", "closed after"} <= set(first)


def test_a_fault_that_does_nothing_or_is_misspelt_is_refused(receiver: Receiver) -> None:
    with pytest.raises(ToolError, match="needs a delay, a status or a close"):
        receiver.fault(match={"path": "x"})
    with pytest.raises(ToolError, match="a fault has no dely"):
        receiver.fault(dely=1)
    with pytest.raises(ToolError, match="no regular expression"):
        receiver.fault(match={"path": "("}, status=500)


def test_a_delay_is_as_long_as_told(receiver: Receiver) -> None:
    path = unique()
    receiver.fault(match={"path": path}, delay=0.2)
    began = time.monotonic()
    requests.post(f"{receiver.http}/{path}", timeout=10)
    assert time.monotonic() - began >= 0.2
