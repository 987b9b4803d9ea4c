"""The count: what became of each effect, by what the receiver recorded and what the step says of itself."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.chaos.history import Blow, Note
from tests.chaos.wanted import AT_MOST_ONCE, KEY, NONE, TOKEN, Effect
from vela_steps.receiver.client import Record

FAILED = "Failed, and the workflow goes on: "
REFERENCE = re.compile("<CallerReference>([^<]+)</CallerReference>")
ON_THE_WAY = 0.5  # seconds between the moment that a blow falls and what the receiver's clock may have noted before it


def key_of(record: Record) -> str:
    """By what the receiver knows a second one: a request without a key is one of its own."""
    body = record.body or ""
    reference = REFERENCE.search(body)
    keys = {
        "cloudfront": reference.group(1) if reference else "",
        "google-cdn": "".join(parse_qs(record.query).get("requestId", [])),
        "pagerduty": str((record.json() or {}).get("dedup_key", "")) if record.vendor == "pagerduty" else "",
        "generic": record.headers.get("webhook-id", ""),
    }
    return keys.get(record.vendor) or f"request {record.seq}"


def arrivals(effects: Iterable[Effect], records: Iterable[Record]) -> dict[Effect, list[Record]]:
    """The requests that each effect came with, of those that a service took."""
    by_token: dict[tuple[str, str], list[Effect]] = defaultdict(list)
    for effect in effects:
        by_token[effect.token, effect.effect].append(effect)
    found: dict[Effect, list[Record]] = defaultdict(list)
    for record in records:
        text = unquote(f"{record.path}?{record.query}") + f" {record.body or ''}"
        for token in sorted(set(TOKEN.findall(text))):
            for effect in by_token.get((token, record.effect), ()):
                if record.accepted and re.search(effect.within, text):
                    found[effect].append(record)
    return found


@dataclass(frozen=True)
class Fate:
    """What became of one effect. `repeats` says for each request after the first why its outcome was unknown, or "".

    `times` is how often it happened, by the receiver's own count: requests with the same key are one.
    """

    effect: Effect
    records: tuple[Record, ...] = ()
    repeats: tuple[str, ...] = ()
    failure: str = ""  # what the step says went wrong
    noted: bool = False  # the marker says that it is done
    ended: bool = False

    @property
    def times(self) -> int:
        """How often it happened."""
        if self.effect.identity == KEY:
            return len({key_of(record) for record in self.records})
        return len(self.records)

    @property
    def told(self) -> bool:
        """It may be missing: the step says what went wrong, and claims nothing else."""
        return bool(self.failure) and not self.noted

    @property
    def broken(self) -> str:
        """The promise that was not kept; empty where all were."""
        if not self.ended:
            return "its step never ended"
        if self.times == 0:
            return "" if self.told else "lost: it never arrived, and nothing says so"
        if self.times == 1:
            return ""
        if self.effect.identity != NONE:
            return f"arrived {self.times} times, though the receiver can tell"
        if self.effect.delivery == AT_MOST_ONCE:
            return f"arrived {self.times} times, with {AT_MOST_ONCE}"
        if "" in self.repeats:
            return f"arrived {self.times} times, and its outcome was known"
        return ""


@dataclass
class Witness:
    """What the harness saw, for finding out why something was sent again."""

    notes: Sequence[Note]
    blows: Sequence[Blow]
    _by_step: dict[tuple[str, str], list[Note]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for note in self.notes:
            self._by_step.setdefault((note.app, note.step), []).append(note)

    def notes_of(self, effect: Effect) -> list[Note]:
        """What the marker of an effect's step said, in order."""
        return self._by_step.get((effect.app, effect.step), [])

    def why(self, effect: Effect, first: Record, second: Record) -> str:
        """Why the outcome of `first` was unknown when `second` was sent; empty where it was known."""
        for note in self.notes_of(effect):
            if first.at < note.at < second.at and note.calls.get(effect.call, {}).get("state") == "done":
                return ""
        if first.status is None or "though served" in first.fault:
            return "answer lost by the service"
        blows = [blow for blow in self.blows if blow.until > first.at - ON_THE_WAY and blow.at < second.at + ON_THE_WAY]
        return f"{blows[0].what} killed" if blows else ""


def step_said(app: Mapping[str, Any], name: str) -> tuple[bool, str]:
    """Whether a step has ended, and what it says went wrong; one that never began has not ended."""
    steps = ((app.get("status") or {}).get("workflow") or {}).get("steps") or []
    found = next((step for step in steps if step.get("name") == name), None)
    if found is None or found.get("phase") not in ("succeeded", "failed"):
        return False, ""
    said = str(found.get("message", ""))
    if found["phase"] == "failed":
        return True, f"{said or 'failed, without a word'} ({found.get('reason', '')})"
    return True, said.removeprefix(FAILED) if said.startswith(FAILED) else ""


def fates(
    effects: Iterable[Effect], records: Sequence[Record], apps: Mapping[str, Mapping[str, Any]], witness: Witness
) -> list[Fate]:
    """What became of each effect."""
    effects = list(effects)
    arrived = arrivals(effects, records)
    found = []
    for effect in effects:
        mine = tuple(arrived.get(effect, ()))
        repeats = tuple(witness.why(effect, first, second) for first, second in pairwise(mine))
        ended, failure = step_said(apps.get(effect.app, {}), effect.step)
        notes = witness.notes_of(effect)
        noted = bool(notes) and notes[-1].calls.get(effect.call, {}).get("state") == "done"
        found.append(Fate(effect, mine, repeats, failure, noted, ended))
    return found
