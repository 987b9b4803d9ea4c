"""The control API: HTTP and JSON on loopback, for `client.Receiver` and for curl."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from vela_steps.errors import VelaStepsError
from vela_steps.receiver.match import Match

if TYPE_CHECKING:
    from vela_steps.receiver.server import Listeners

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LONGEST = 600.0  # seconds that one wait may take


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A bad question is answered 400 with a sentence."""
    try:
        return await handler(request)
    except (VelaStepsError, json.JSONDecodeError, TypeError, KeyError) as error:
        return web.json_response({"error": str(error) or repr(error)}, status=400)


async def asked(request: web.Request) -> dict[str, Any]:
    """The JSON object that a call brings; none is an empty one."""
    data = json.loads(await request.text() or "{}")
    if not isinstance(data, dict):
        raise TypeError("a JSON object is needed")
    return data


class Control:
    """The calls, one method each."""

    def __init__(self, listeners: Listeners) -> None:
        self.listeners = listeners
        self.service = listeners.service

    async def health(self, _: web.Request) -> web.Response:
        """GET /health: the process, its ports and files, how much is recorded."""
        return web.json_response({**self.listeners.state(), "recorded": len(self.service.journal.records)})

    async def requests(self, request: web.Request) -> web.Response:
        """POST /requests {match}: what was recorded. With `count` and `timeout` waits for that many."""
        data = await asked(request)
        match = Match.of(data.get("match", {}))
        timeout = min(float(data.get("timeout", 0)), LONGEST)
        found = await self.service.journal.wait(match, int(data.get("count", 0)), timeout)
        return web.json_response({"requests": found})

    async def add_fault(self, request: web.Request) -> web.Response:
        """POST /faults {match, times, probability, seed, delay, status, body, headers, close}."""
        return web.json_response(self.service.faults.add(await asked(request)).data())

    async def faults(self, _: web.Request) -> web.Response:
        """GET /faults: the faults that are set, and how often each struck."""
        return web.json_response({"faults": [rule.data() for rule in self.service.faults.rules.values()]})

    async def remove_fault(self, request: web.Request) -> web.Response:
        """DELETE /faults or /faults/ID."""
        number = request.match_info.get("id")
        self.service.faults.remove(int(number) if number else None)
        return web.json_response({})

    async def settings(self, request: web.Request) -> web.Response:
        """POST /settings {vendor, key, value}: how a stand-in behaves for a repository, zone, host …"""
        data = await asked(request)
        self.service.configure(data["vendor"], data["key"], data["value"])
        return web.json_response({})

    async def down(self, _: web.Request) -> web.Response:
        """POST /down: refuse every connection (but these) until /up."""
        self.listeners.close()
        return web.json_response({})

    async def up(self, _: web.Request) -> web.Response:
        """POST /up: listen again on the same ports."""
        await self.listeners.open()
        return web.json_response({})

    async def reset(self, _: web.Request) -> web.Response:
        """POST /reset: forget requests, faults, settings and what the stand-ins know."""
        self.service.reset()
        return web.json_response({})


def control_app(listeners: Listeners) -> web.Application:
    """The control API of one receiver."""
    control = Control(listeners)
    app = web.Application(middlewares=[errors], client_max_size=64 * 1024**2)
    app.router.add_get("/health", control.health)
    app.router.add_post("/requests", control.requests)
    app.router.add_get("/faults", control.faults)
    app.router.add_post("/faults", control.add_fault)
    app.router.add_delete("/faults", control.remove_fault)
    app.router.add_delete(r"/faults/{id:\d+}", control.remove_fault)
    app.router.add_post("/settings", control.settings)
    app.router.add_post("/down", control.down)
    app.router.add_post("/up", control.up)
    app.router.add_post("/reset", control.reset)
    return app
