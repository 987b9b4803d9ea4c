"""The listeners: HTTP by aiohttp behind the proxy, on plain HTTP and HTTPS ports, and beside them SMTP and control."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from vela_steps.receiver.certificates import Authority, write_private
from vela_steps.receiver.control import control_app
from vela_steps.receiver.mail import smtp_factory
from vela_steps.receiver.model import Request
from vela_steps.receiver.proxy import ProxyProtocol
from vela_steps.receiver.service import Service

LOOPBACK = "127.0.0.1"
READY = "receiver.json"
BACKLOG = 2048  # connections that wait: a thousand Applications may start at once
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


async def read(incoming: web.BaseRequest, address: str) -> Request:
    """What aiohttp parsed, as the receiver's own value; the body has no size limit.

    `address` is the receiver's own: what is asked there is asked of loopback.
    """
    url = incoming.rel_url
    host = (incoming.headers.get("Host") or url.host or LOOPBACK).lower()
    name = host[: host.index("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return Request(
        time=time.time(),
        method=incoming.method,
        scheme=incoming.scheme,
        host=LOOPBACK if name == address else name,
        path=url.raw_path,
        query=url.raw_query_string,
        headers={
            key.lower(): ", ".join(incoming.headers.getall(key)) for key in dict.fromkeys(incoming.headers.keys())
        },
        body=await incoming.content.read(),
    )


class Listeners:
    """The open ports of one receiver."""

    def __init__(self, folder: Path, address: str = LOOPBACK) -> None:
        self.address = address
        self.service = Service(folder)
        self.authority = Authority(folder)
        self.folder = folder
        self.ports: dict[str, int] = {}
        self._http = web.Server(self._handle, access_log=None, keepalive_timeout=120)
        self._open: dict[str, asyncio.Server] = {}
        self._control: web.AppRunner | None = None

    async def _handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        reply = await self.service.take(await read(incoming, self.address))
        await self.service.pause(reply)
        if reply.answer is None:
            if incoming.transport is not None:
                incoming.transport.abort()
            raise ConnectionResetError("dropped on purpose")
        headers = {key: value for key, value in reply.answer.headers.items() if key.lower() not in HOP_BY_HOP}
        return web.Response(status=reply.answer.status, body=reply.answer.body, headers=headers)

    def _factories(self) -> dict[str, tuple[Callable[[], asyncio.Protocol], Any]]:
        http, authority = self._http, self.authority
        return {
            "proxy": (lambda: ProxyProtocol(http, authority, self.service.refuses), None),
            "http": (http, None),
            "https": (http, authority.any_host()),
            "smtp": (smtp_factory(self.service, authority.context(LOOPBACK)), None),
        }

    async def open(self) -> None:
        """Listen (again): on the same ports as before, where there was a before."""
        loop = asyncio.get_running_loop()
        for name, (factory, tls) in self._factories().items():
            if name not in self._open:
                server = await loop.create_server(
                    factory, self.address, self.ports.get(name, 0), ssl=tls, backlog=BACKLOG, reuse_address=True
                )
                self._open[name] = server
                self.ports[name] = server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening and drop every connection: clients are refused until `open`."""
        for server in self._open.values():
            server.close()
        self._open.clear()
        for connection in self._http.connections:
            if connection.transport is not None:
                connection.transport.abort()

    async def start(self, ports: dict[str, int]) -> None:
        """Open everything, the control API last, and say in receiver.json that all of it is ready."""
        self.ports = dict(ports)
        await self.open()
        self._control = web.AppRunner(control_app(self), access_log=None)
        await self._control.setup()
        site = web.TCPSite(self._control, LOOPBACK, ports.get("control", 0), backlog=BACKLOG, shutdown_timeout=1)
        await site.start()
        self.ports["control"] = self._control.addresses[0][1]
        write_private(self.folder / READY, json.dumps(self.state(), indent=2).encode() + b"\n")

    def state(self) -> dict[str, Any]:
        """What receiver.json says: process id, ports, and where the CA and the record lie."""
        return {
            "pid": os.getpid(),
            "address": self.address,
            **self.ports,
            "ca": str(self.authority.path.resolve()),
            "requests": str(self.service.journal.path.resolve()),
        }

    async def stop(self) -> None:
        """Close everything and take receiver.json away."""
        self.close()
        if self._control:
            await self._control.cleanup()
        self.service.journal.close()
        (self.folder / READY).unlink(missing_ok=True)
