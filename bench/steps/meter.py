"""What a load cost: processor time of vela-core, and requests to the API server."""

from __future__ import annotations

import os
import re
import urllib.request
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from vela_steps.sandbox.client import Sandbox

LINE = re.compile(r"^(\w+)\{(.*)\} (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def samples(text: str, metric: str) -> list[tuple[dict[str, str], float]]:
    """The samples of a metric in Prometheus' text format, with their labels."""
    found = []
    for line in text.splitlines():
        match = LINE.match(line)
        if match and match.group(1) == metric:
            found.append((dict(LABEL.findall(match.group(2))), float(match.group(3))))
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Reading:
    """What the meters showed: `own` are the requests that vela-core made, `all` those that the API server was asked."""

    cpu: float
    own: float
    all: Counter[str]

    def since(self, before: Reading) -> Reading:
        """What was used between two readings."""
        used = Counter({key: count - before.all[key] for key, count in self.all.items() if count > before.all[key]})
        return Reading(self.cpu - before.cpu, self.own - before.own, used)


def read(sandbox: Sandbox) -> Reading:
    """Look at the meters now."""
    core = sandbox.status()["components"]["vela-core"]
    address = f"http://127.0.0.1:{core['ports']['metrics']}/metrics"
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - loopback
        own = sum(value for _, value in samples(answer.read().decode(), "rest_client_requests_total"))
    asked: Counter[str] = Counter()
    for labels, value in samples(sandbox.kubectl("get", "--raw", "/metrics").stdout, "apiserver_request_total"):
        asked[f"{labels['verb']} {labels['resource']} {labels.get('subresource', '')}".strip()] += int(value)
    return Reading(cpu_seconds(core["pid"]), own, asked)
