"""Which step waits for which, and whether that goes in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from vela_steps.plan import view
from vela_steps.plan.implicit import STEP_BY_STEP
from vela_steps.plan.view import Step

START = "\n"  # before a group's number: the moment at which its sub-steps may begin; no name begins so


def graph(steps: Sequence[Step], sub_mode: str) -> dict[str, list[str]]:
    """What each step waits for before it has ended: a group for its sub-steps, and those for what the group does."""
    waits: dict[str, list[str]] = {}
    for index, step in enumerate(steps):
        name, after = view.text(step, "name"), view.names(step.get("dependsOn"))
        subs = view.sub_steps(step)
        before = [f"{START}{index}"]
        for sub in subs:
            waits[view.text(sub, "name")] = [*view.names(sub.get("dependsOn")), *before]
            if (view.text(step, "mode") or sub_mode) == STEP_BY_STEP:
                before = [view.text(sub, "name")]
        if subs:
            waits[f"{START}{index}"] = after
            after = [*after, *(view.text(sub, "name") for sub in subs)]
        if after:
            waits[name] = after
    return waits


def is_circular(starts: Iterable[str], waits: Mapping[str, Sequence[str]]) -> bool:
    """Whether a circle can be reached from one of the steps."""
    entered: set[str] = set()
    left: set[str] = set()
    for start in starts:
        way = [start]
        while way:
            name = way[-1]
            if name in entered:
                left.add(way.pop())
                continue
            entered.add(name)
            for other in waits.get(name, ()):
                if other not in entered:
                    way.append(other)
                elif other not in left:
                    return True
    return False


def way_back(start: str, waits: Mapping[str, Sequence[str]]) -> list[str]:
    """The shortest chain of waiting from a step to itself; empty where there is none."""
    came: dict[str, str] = {}
    reached = [start]
    for name in reached:
        for other in waits.get(name, ()):
            if other == start:
                way = [start, name]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return way[::-1]
            if other not in came:
                came[other] = name
                reached.append(other)
    return []
