"""Registries on loopback, as KubeVela's CLI reads them: a Helm-type one, and GitHub's contents API."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from vela_steps.receiver.client import Receiver, unique


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which the files of a folder are served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@dataclass
class GitHub:
    """A repository acme-…/catalog whose folder `addon/` GitHub's contents API shows."""

    receiver: Receiver
    owner: str = field(default_factory=lambda: unique("acme"))
    _faults: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The repository's address."""
        return f"https://github.com/{self.owner}/catalog"

    def environment(self) -> dict[str, str]:
        """What sends the CLI's calls to the receiver."""
        proxy = f"http://127.0.0.1:{self.receiver.state['proxy']}"
        return {
            "HTTPS_PROXY": proxy,
            "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": str(self.receiver.state["ca"]),
        }

    def commit(self, folder: Path) -> None:
        """Have `addon/` hold what the folder holds, and nothing of an earlier commit."""
        if self._faults:
            self.receiver.heal(*self._faults)
        self._faults = [self._show(folder, path) for path in [folder, *folder.rglob("*")]]

    def _show(self, folder: Path, path: Path) -> int:
        assert not path.is_symlink()
        entry = _entry(folder, path)
        body = [{**_entry(folder, one), "content": ""} for one in sorted(path.iterdir())] if path.is_dir() else entry
        where = f"/repos/{self.owner}/catalog/contents/{entry['path']}$"
        match = {"host": "api.github.com", "path": where}
        return self.receiver.fault(match=match, status=200, body=json.dumps(body))


def _entry(folder: Path, path: Path) -> dict[str, Any]:
    place = f"addon/{path.relative_to(folder)}" if path != folder else "addon"
    found = {"name": path.name, "path": place, "type": "dir" if path.is_dir() else "file"}
    if path.is_file():
        found |= {"encoding": "base64", "content": base64.b64encode(path.read_bytes()).decode()}
    return found
