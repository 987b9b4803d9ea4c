"""The throw-away CA, and a certificate of it for whatever host is asked for."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import trustme

LOCAL = ("localhost", "127.0.0.1", "::1")


class Authority:
    """A CA kept in the state folder, so that a restarted receiver is still trusted."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ca.pem"
        self._key = folder / "ca.key"
        self._contexts: dict[str, ssl.SSLContext] = {}
        if self.path.exists() and self._key.exists():
            self._ca = trustme.CA.from_pem(self.path.read_bytes(), self._key.read_bytes())
        else:
            self._ca = trustme.CA(organization_name="vela-steps receiver")
            write_private(self._key, self._ca.private_key_pem.bytes())
            write_private(self.path, self._ca.cert_pem.bytes())

    def context(self, host: str) -> ssl.SSLContext:
        """What a TLS server needs to pass for `host` (made once, then kept)."""
        found = self._contexts.get(host)
        if found is None:
            found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            names = LOCAL if host in LOCAL else (host,)
            self._ca.issue_cert(*names).configure_cert(found)
            found.set_alpn_protocols(["http/1.1"])
            self._contexts[host] = found
        return found

    def any_host(self) -> ssl.SSLContext:
        """A context that takes the certificate by the name that the client asks for."""
        default = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*LOCAL).configure_cert(default)
        default.set_alpn_protocols(["http/1.1"])

        def choose(tls: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            if name:
                tls.context = self.context(name)

        default.sni_callback = choose
        return default


def write_private(path: Path, data: bytes) -> None:
    """Write a file whole that only its owner may read."""
    part = path.with_suffix(path.suffix + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    part.replace(path)
