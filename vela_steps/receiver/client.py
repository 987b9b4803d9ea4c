"""How tests, the sandbox and the demo speak to a receiver."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vela_steps.errors import ToolError
from vela_steps.receiver.match import Match

if TYPE_CHECKING:
    import requests  # imported late: it is not there where only `inject` is wanted

STARTS = 20.0  # seconds that a receiver may take to start
READY = "receiver.json"


@dataclass(frozen=True)
class Record:
    """One recorded request.

    `effect` is what it does (purge, dispatch, message …; empty: it only asks), `text` says it in a line, `accepted`
    whether the service took it, `status` what was answered (None: the connection was closed without an answer).
    """

    seq: int
    time: str
    at: float
    monotonic: float
    vendor: str
    effect: str
    text: str
    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    accepted: bool
    fault: str
    problems: tuple[str, ...]
    status: int | None
    answer: str
    body: str | None
    body_base64: str | None = None

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Record:
        """Read a line of the record."""
        known = {name: line.get(name) for name in cls.__dataclass_fields__}
        known["problems"] = tuple(line["problems"])
        known["status"], known["answer"] = line["answer"]["status"], line["answer"]["body"]
        return cls(**known)  # type: ignore[arg-type]  # the names are the fields' own

    @property
    def url(self) -> str:
        """The address that was asked for."""
        return f"{self.scheme}://{self.host}{self.path}" + (f"?{self.query}" if self.query else "")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body or "null")

    def __str__(self) -> str:
        status = "closed" if self.status is None else self.status
        return f"{self.time} {self.vendor or '?':<12} {self.effect or '-':<10} {status} {self.text}" + (
            f" [{self.fault}]" if self.fault else ""
        )


@dataclass
class Receiver:
    """A running receiver. `state` is what its receiver.json says; make one with `Receiver.at(folder)` or `start`."""

    state: Mapping[str, Any]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def at(cls, folder: Path) -> Receiver:
        """The receiver that runs in a state folder."""
        path = folder / READY
        try:
            return cls(json.loads(path.read_text()))
        except (OSError, ValueError) as error:
            raise ToolError(f"{path}: no receiver runs there", cure="start one: vela-steps sandbox up") from error

    @classmethod
    def start(cls, folder: Path, *arguments: str) -> Receiver:
        """Start a receiver of one's own and wait until it is ready; end it with `stop`."""
        (folder / READY).unlink(missing_ok=True)
        command = [sys.executable, "-m", "vela_steps.receiver", "--state", str(folder), *arguments]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        deadline = time.monotonic() + STARTS
        while not (folder / READY).exists():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                said = process.communicate()[1].decode("utf-8", "replace").strip()
                raise ToolError(f"the receiver did not start: {said or 'not ready in time'}")
            time.sleep(0.01)
        return cls(json.loads((folder / READY).read_text()), process)

    def stop(self) -> None:
        """End a receiver that `start` started."""
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=STARTS)

    @property
    def proxy(self) -> str:
        """The address of the proxy."""
        return f"http://{self.state['address']}:{self.state['proxy']}"

    @property
    def http(self) -> str:
        """The plain base URL; under it any path is a webhook, and /_as/HOST/… is a request to HOST."""
        return f"http://{self.state['address']}:{self.state['http']}"

    @property
    def https(self) -> str:
        """The same, with a certificate of the receiver's CA."""
        return f"https://{self.state['address']}:{self.state['https']}"

    def as_host(self, host: str) -> str:
        """A plain base URL behind which `host` stands, for a step's `endpoint`."""
        return f"{self.http}/_as/{host}"

    def env(self) -> dict[str, str]:
        """The environment in which a program's HTTPS requests reach the receiver."""
        direct = ",".join(dict.fromkeys(("127.0.0.1", "localhost", str(self.state["address"]))))
        proxy = self.proxy
        return {
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "NO_PROXY": direct,
            "no_proxy": direct,
            "SSL_CERT_FILE": str(self.state["ca"]),
        }

    def session(self) -> requests.Session:
        """A `requests` session that goes through the proxy and trusts the CA."""
        import requests

        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.state["ca"])
        session.proxies = dict.fromkeys(("http", "https"), self.proxy)
        return session

    def _call(self, method: str, path: str, data: Any = None, timeout: float = 30) -> Any:
        import requests

        url = f"http://127.0.0.1:{self.state['control']}{path}"
        try:
            with requests.Session() as session:
                session.trust_env = False
                said = session.request(method, url, json=data, timeout=timeout)
        except requests.RequestException as error:
            raise ToolError(f"the receiver at {url} does not answer: {error}") from error
        if said.status_code != 200:
            raise ToolError(f"the receiver refused {path}: {said.json().get('error', said.text)}")
        return said.json()

    def health(self) -> dict[str, Any]:
        """Process, ports, files, and how many requests are recorded."""
        found: dict[str, Any] = self._call("GET", "/health")
        return found

    def requests(self, **match: Any) -> list[Record]:
        """The recorded requests that fulfil the conditions (see `match.Match`), oldest first."""
        Match.of(match)
        return [Record.of(line) for line in self._call("POST", "/requests", {"match": match})["requests"]]

    def effects(self, **match: Any) -> list[Record]:
        """The requests that had an effect on the service: what a test counts."""
        return self.requests(**{"effects": True, "accepted": True, **match})

    def wait_for(self, count: int = 1, *, timeout: float = 60, **match: Any) -> list[Record]:
        """Wait until `count` matching requests are recorded; AssertionError lists what came instead."""
        Match.of(match)
        asked = {"match": match, "count": count, "timeout": timeout}
        found = [Record.of(line) for line in self._call("POST", "/requests", asked, timeout + 30)["requests"]]
        if len(found) < count:
            lately = "\n  ".join(str(record) for record in self.requests()[-20:]) or "(nothing)"
            raise AssertionError(
                f"{len(found)} of {count} requests for {match} within {timeout:g} s; the last ones of all:\n  {lately}"
            )
        return found

    def next(self, since: int, *, timeout: float, **match: Any) -> list[Record]:
        """The matching requests after number `since`, as soon as there are any; none after `timeout` seconds."""
        asked = {"match": {**match, "since": since}, "count": 1, "timeout": timeout}
        return [Record.of(line) for line in self._call("POST", "/requests", asked, timeout + 30)["requests"]]

    def problems(self, **match: Any) -> list[str]:
        """What broke a vendor's published rules, with the request it was in."""
        return [f"{record.text}: {said}" for record in self.requests(**match) for said in record.problems]

    def fault(self, **rule: Any) -> int:
        """Set a fault (see `faults.Fault`) and return its id; conditions go into `match`."""
        return int(self._call("POST", "/faults", rule)["id"])

    def chaos(self, seed: int, match: Mapping[str, Any], **chances: Any) -> list[int]:
        """Random faults: `slow`, `error`, `close_before`, `close_after` are their probabilities; `delay` in seconds."""
        delay, status = chances.pop("delay", 1.0), chances.pop("status", 503)
        what: dict[str, dict[str, Any]] = {
            "slow": {"delay": delay},
            "error": {"status": status, "body": '{"message": "chaos"}'},
            "close_before": {"close": "before"},
            "close_after": {"close": "after"},
        }
        return [
            self.fault(match=dict(match), probability=chance, seed=seed * 10 + place, **what[name])
            for place, (name, chance) in enumerate(sorted(chances.items()))
        ]

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are set, with how often each struck (`hits`)."""
        found: list[dict[str, Any]] = self._call("GET", "/faults")["faults"]
        return found

    def heal(self, *ids: int) -> None:
        """Take the given faults away, or all."""
        for path in [f"/faults/{number}" for number in ids] or ["/faults"]:
            self._call("DELETE", path)

    def down(self, host: str = "") -> int | None:
        """Refuse connections: of one host (returns the fault to heal), or of everything until `up`."""
        if host:
            return self.fault(match={"host": host}, close="before")
        self._call("POST", "/down")
        return None

    def up(self) -> None:
        """Listen again after `down`."""
        self._call("POST", "/up")

    def configure(self, vendor: str, key: str, **value: Any) -> None:
        """Tell a stand-in how to behave for a repository, zone, host …; see the vendor's class."""
        self._call("POST", "/settings", {"vendor": vendor, "key": key, "value": value})

    def answer_for(self, host: str, *, status: int = 200, body: str = "{}", **headers: str) -> None:
        """Let a host (or host/path, with wildcards) that has no stand-in answer this."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.configure("generic", host, status=status, body=body, headers=named)

    def reset(self) -> None:
        """Forget everything. Tests that share a receiver rather tell their requests apart by a `unique` name."""
        self._call("POST", "/reset")


def unique(prefix: str = "t") -> str:
    """A name of one's own (repository, zone, path), by which a test finds its requests among others'."""
    return f"{prefix}-{secrets.token_hex(5)}"
