"""The proxy's first line: CONNECT is answered, TLS taken apart, and the HTTP in it handed to the HTTP server.

HTTP itself is aiohttp's, certificates are trustme's; what is here is the step between them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vela_steps.receiver.certificates import Authority

LIMIT = 64 * 1024  # bytes of a first line with headers
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Held(asyncio.Protocol):
    """Keeps what arrives until the real protocol is there: data may follow the handshake at once."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.lost: tuple[Exception | None] | None = None

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self.data += data

    def connection_lost(self, error: Exception | None) -> None:
        """Remember that the client has gone."""
        self.lost = (error,)

    def hand_over(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        """Let `protocol` go on with the connection as if it had been there from the start."""
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self.data:
            protocol.data_received(bytes(self.data))
        if self.lost:
            protocol.connection_lost(self.lost[0])


class ProxyProtocol(asyncio.Protocol):
    """One connection to the proxy. `refuses(host)` says whether a host is down: then the tunnel is not opened."""

    def __init__(
        self, http: Callable[[], asyncio.Protocol], authority: Authority, refuses: Callable[[str], bool]
    ) -> None:
        self._http, self._authority, self._refuses = http, authority, refuses
        self._transport: asyncio.Transport
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Wait for the whole head, then tell a tunnel from a plain request."""
        self._buffer += data
        if b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > LIMIT:
                self._transport.abort()
            return
        head = bytes(self._buffer)
        method, _, rest = head.partition(b" ")
        if method != b"CONNECT":
            held = Held()
            held.data = self._buffer
            held.hand_over(self._transport, self._http())
            return
        host = rest.split(b" ", 1)[0].decode("latin-1").rpartition(":")[0]
        self._task = asyncio.get_running_loop().create_task(self._tunnel(host.strip("[]").lower()))

    async def _tunnel(self, host: str) -> None:
        if self._refuses(host):
            self._transport.abort()
            return
        self._transport.pause_reading()  # the client's hello must meet the TLS layer, not this protocol
        self._transport.write(ESTABLISHED)
        held = Held()
        try:
            tls = await asyncio.get_running_loop().start_tls(
                self._transport, held, self._authority.context(host), server_side=True
            )
        except OSError:  # the client has gone, or does not trust the CA (ssl.SSLError is an OSError)
            self._transport.abort()
            return
        if tls is not None:
            held.hand_over(tls, self._http())
