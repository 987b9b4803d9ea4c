"""The table, and everything below it that a reader needs to find a culprit."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from tests.chaos.count import Fate
from tests.chaos.wanted import KEY

HEAD = ("effect", "delivery", "known by", "wanted", "once", "again", "unknown", "by key", "failed", "BROKEN")
KNOWN_BY = {"key": "its key", "asked": "asking", "none": "nothing"}


def row(fates: Sequence[Fate]) -> tuple[int, ...]:
    """The numbers of a row: of `again`, those whose outcome was unknown; repeats that the receiver knew by their key;
    not arrived, and the step says so; broken promises."""
    again = [fate for fate in fates if fate.times > 1]
    unknown = sum("" not in fate.repeats for fate in again)
    keyed = sum(len(fate.records) - fate.times for fate in fates if fate.effect.identity == KEY)
    told = sum(fate.times == 0 and fate.told for fate in fates)
    broken = sum(bool(fate.broken) for fate in fates)
    return len(fates), sum(fate.times == 1 for fate in fates), len(again), unknown, keyed, told, broken


def rows(fates: Iterable[Fate]) -> Iterator[tuple[str, ...]]:
    """A row for each kind of effect and delivery, and the sum."""
    groups: dict[tuple[str, str, str], list[Fate]] = defaultdict(list)
    for fate in fates:
        effect = fate.effect
        groups[effect.kind, effect.delivery, KNOWN_BY[effect.identity]].append(fate)
    for group, members in sorted(groups.items()):
        yield (*group, *map(str, row(members)))
    yield ("all", "", "", *map(str, row([fate for members in groups.values() for fate in members])))


def table(fates: Iterable[Fate]) -> str:
    """The table as text; `|` between columns makes it Markdown, too."""
    lines = [HEAD, *rows(fates)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEAD))]
    shown = [
        "| "
        + " | ".join(
            cell.ljust(width) if place < 3 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 1) + ("-" if place < 3 else ":") for place, width in enumerate(widths)) + "|"
    return "\n".join([shown[0], rule, *shown[1:]])


def causes(fates: Iterable[Fate]) -> Counter[str]:
    """Why requests were sent again, of those that nobody could tell from the first."""
    return Counter(why or "UNEXPLAINED" for fate in fates for why in fate.repeats)


def general(sentence: str) -> str:
    """A sentence without what differs from one Application to the next."""
    return re.sub(r"fx[0-9a-f]{12}|\b[0-9a-f]{16,}\b|\b\d{5,}\b", "…", sentence)


def failures(fates: Iterable[Fate]) -> Counter[str]:
    """What steps said of failures, once for each step."""
    said = {(fate.effect.app, fate.effect.step): fate.failure for fate in fates if fate.failure}
    return Counter(map(general, said.values()))


def culprits(fates: Iterable[Fate]) -> Iterator[str]:
    """Each broken promise with its requests."""
    for fate in fates:
        if fate.broken:
            effect = fate.effect
            yield f"{effect.app}/{effect.step} {effect.kind} ({effect.delivery}, {effect.token}): {fate.broken}"
            yield f"    the step says: {fate.failure or '(nothing went wrong)'}"
            yield from (f"    {record}" for record in fate.records)
