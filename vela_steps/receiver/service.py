"""What happens to a request: find the stand-in, see what fault strikes, record, answer. Knows no sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from vela_steps.errors import UsageError
from vela_steps.receiver.faults import AFTER, BEFORE, Fault, Faults
from vela_steps.receiver.journal import Journal, body_fields, request_of
from vela_steps.receiver.model import Answer, Description, Request, StandIn, json_answer
from vela_steps.receiver.vendors import make_all

BY_PATH = "/_as/"  # http://127.0.0.1:PORT/_as/HOST/… is a request to HOST
SHOWN = 4000  # characters of an answer that the record keeps


@dataclass(frozen=True)
class Reply:
    """What to do with the connection: send `answer` after `delay` seconds, or drop it where there is none."""

    answer: Answer | None
    delay: float = 0.0


def addressed(request: Request) -> Request:
    """The request under the name of the host it is meant for, where the path names one."""
    if not request.path.startswith(BY_PATH):
        return request
    host, _, path = request.path[len(BY_PATH) :].partition("/")
    return replace(request, host=host.lower(), path="/" + path)


def instead(fault: Fault | None) -> Answer | None:
    """What a fault answers instead of the service, if anything."""
    if fault is None or not fault.status:
        return None
    return Answer(fault.status, fault.body.encode(), {"content-type": "application/json", **fault.headers})


def stamp(at: float) -> str:
    """A time as the record shows it: RFC 3339, UTC, microseconds."""
    return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Service:
    """All stand-ins of one receiver, its record and its faults."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder)
        self.faults = Faults()
        self.stand_ins: dict[str, StandIn] = make_all()
        for line in self.journal.lines:
            self._take_again(line)
        self.journal.lines = []

    def _take_again(self, line: dict[str, Any]) -> None:
        """Bring a stand-in to where it was: the record holds all that its state depends on."""
        if line["kind"] == "setting":
            self.stand_ins[line["vendor"]].configure(line["key"], line["value"])
        elif line["kind"] == "request" and line["served"]:
            self._answer(self.stand_ins[line["vendor"]], request_of(line), None)

    def stand_in(self, request: Request) -> StandIn | None:
        """The first stand-in whose service the request is for."""
        return next((one for one in self.stand_ins.values() if one.matches(request)), None)

    def refuses(self, host: str) -> bool:
        """Whether the whole host is down: a lasting close "before" on nothing but the host."""
        return any(
            rule.close == BEFORE
            and rule.times is None
            and rule.probability >= 1
            and set(rule.match.data()) == {"host"}
            and rule.match.asks(host, "", "", "", "")
            for rule in self.faults.rules.values()
        )

    async def take(self, request: Request) -> Reply:
        """Record a request and say what to do; nothing is answered before it is in the record."""
        request = addressed(request)
        stand_in = self.stand_in(request)
        name = stand_in.name if stand_in else ""
        target = request.path + ("?" + request.query if request.query else "")
        fault = self.faults.strike(request.host, request.method, target, request.text, name)
        if fault and fault.close == BEFORE:
            return Reply(None, fault.delay)
        answer = self._answer(stand_in, request, fault)
        said = instead(fault) or answer
        self._record(stand_in, request, fault, answer, said)
        await self.journal.tell()
        closes = fault is not None and fault.close == AFTER
        return Reply(None if closes else said, fault.delay if fault else 0.0)

    def _answer(self, stand_in: StandIn | None, request: Request, fault: Fault | None) -> Answer:
        struck = instead(fault)
        if struck and fault and not fault.served:
            return struck
        if stand_in is None:
            said = f"the receiver has no stand-in for {request.host}: register one with Receiver.answer_for(host)"
            return json_answer({"message": said}, 502, problems=(said,))
        try:
            return stand_in.answer(request)
        except Exception as error:  # whatever a body provokes is told to the test that sent it
            said = f"the stand-in {stand_in.name} failed: {error!r}"
            return json_answer({"message": said}, 500, problems=(said,))

    def _describe(self, stand_in: StandIn | None, request: Request) -> Description:
        plain = Description("", f"{request.method} {request.path}")
        try:
            return stand_in.describe(request) if stand_in else plain
        except Exception:  # as above; the answer has said it
            return plain

    def _record(
        self, stand_in: StandIn | None, request: Request, fault: Fault | None, answer: Answer, said: Answer
    ) -> None:
        effect, text = self._describe(stand_in, request)
        struck = fault is not None and fault.status is not None and not fault.served
        line = {
            "time": stamp(request.time),
            "at": request.time,
            "monotonic": time.monotonic(),
            "vendor": stand_in.name if stand_in else "",
            "effect": effect,
            "text": text,
            "method": request.method,
            "scheme": request.scheme,
            "host": request.host,
            "path": request.path,
            "query": request.query,
            "headers": dict(request.headers),
            **body_fields(request.body),
            "accepted": bool(answer.taken and not struck and stand_in),
            "served": stand_in is not None and not struck,
            "fault": fault.text if fault else "",
            "problems": list(answer.problems),
            "answer": {
                "status": None if fault and fault.close == AFTER else said.status,
                "headers": dict(said.headers),
                "body": said.body.decode("utf-8", "replace")[:SHOWN],
            },
        }
        self.journal.add("request", line)

    def configure(self, vendor: str, key: str, value: Mapping[str, Any]) -> None:
        """Take a setting of a stand-in and record it."""
        if vendor not in self.stand_ins:
            raise UsageError(f"no stand-in {vendor!r}: there are {', '.join(self.stand_ins)}")
        self.stand_ins[vendor].configure(key, value)
        self.journal.add("setting", {"vendor": vendor, "key": key, "value": dict(value)})

    def reset(self) -> None:
        """Forget requests, faults, settings and what the stand-ins know."""
        self.journal.clear()
        self.faults.remove(None)
        self.stand_ins = make_all()

    async def pause(self, reply: Reply) -> None:
        """Wait as long as a fault wants the client to."""
        if reply.delay:
            await asyncio.sleep(reply.delay)
