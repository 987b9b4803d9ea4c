"""E-mail: an SMTP server (aiosmtpd) that records each message as a request of scheme smtp."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from vela_steps.receiver.model import Request
from vela_steps.receiver.service import Service

CODES = (421, 450, 451, 452, 550, 551, 552, 553, 554)


class MailHandler:
    """Hands each received message to the service; its answer's body is the SMTP reply."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message; faults apply as for HTTP. SMTP's own codes are told as they are, other refusals as 451."""
        content = envelope.content or b""
        headers = {
            "from": envelope.mail_from or "",
            "to": ", ".join(envelope.rcpt_tos),
            "tls": str(session.ssl is not None),
        }
        body = content if isinstance(content, bytes) else content.encode()
        path = "/" + ",".join(envelope.rcpt_tos)
        reply = await self._service.take(
            Request(time.time(), "MAIL", "smtp", "127.0.0.1", path, headers=headers, body=body)
        )
        await self._service.pause(reply)
        if reply.answer is None:
            # Left to aiosmtpd the connection would stay open, and the client would wait for ever.
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
            raise ConnectionResetError("dropped on purpose")
        status = reply.answer.status
        code = status if status in CODES else 451 if status >= 400 else 250
        return f"{code} {reply.answer.body.decode('utf-8', 'replace') or 'OK'}"


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    """Any user with a password that is not empty."""
    return AuthResult(success=isinstance(data, LoginPassword) and bool(data.password))


def smtp_factory(service: Service, tls: ssl.SSLContext) -> Callable[[], asyncio.Protocol]:
    """What makes the protocol for each SMTP connection: AUTH and STARTTLS are offered, neither is demanded."""
    handler = MailHandler(service)
    return lambda: SMTP(
        handler,
        hostname="receiver",
        tls_context=tls,
        authenticator=authenticate,
        auth_require_tls=False,
        enable_SMTPUTF8=True,
    )
