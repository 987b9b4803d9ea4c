"""A fast reader for plain documents: a line for each key, nothing over several lines but block scalars.

Most manifests are plain, and libyaml's events cost fifty times as much. Whatever is not surely plain (anchors, tags,
flow over several lines, odd indentation, tabs, lone CR, duplicate keys, …) is left to `nodes`: this reader says None,
and never judges. What it does read it reads as `nodes` and `values` do; property tests hold the two together.

What a line says by itself comes from `lines`; what they mean together is found in one pass over them, which also notes
where the entries stand of what may be edited.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any, Final

from vela_steps.locate import built
from vela_steps.locate.lines import BLOCK, EMPTY, KNOWN, NOTHING, block_scalar, line_read
from vela_steps.locate.outline import UNREAD, UNREAD_KEYS, Outline, Part

_LONGEST: Final = 128 * 1024  # characters; no text below it has more values than `nodes` takes
_DEEPEST_PART: Final = 3  # spec.workflow.steps: nothing below it is edited by itself

_NO_KEYS: Final[frozenset[str]] = frozenset()

_Open = tuple[Any, int, Part | None]
"""A collection that is open: its data, the column of its keys or dashes, its part."""


def outline(text: str) -> Outline | None:
    """The outline of a document, with UNREAD for what no rule looks at; None where it is not surely plain."""
    if len(text) > _LONGEST:
        return None
    newline = "\n"
    if "\r" in text:
        newline = "\r\n"
        if not text.count(newline) == text.count("\r") == text.count("\n"):
            return None
        text = text.replace(newline, "\n")
    closed = text.endswith("\n")
    if not closed and ("|" in text or ">" in text):
        return None  # the final newline would be missing from a block scalar's value too
    found = Outline(text if closed else text + "\n", newline, closed)
    return found if _read(found, 0, whole=False) else None


def mapping(text: str, column: int) -> Outline | None:
    """What the lines of one block mapping say whose keys stand at `column`, None where that is not sure."""
    found = Outline(text)
    return found if _read(found, column, whole=True) else None


def sequence(text: str, column: int) -> list[Any] | None:
    """What the lines of one block sequence say whose dashes stand at `column`, None where that is not sure."""
    found = mapping(f"{' ' * column}items:\n{text}", column)
    items = None if found is None or len(found.data) != 1 else found.data["items"]
    return items if isinstance(items, list) else None


def start_of(text: str) -> int:
    """The offset behind the document's `---` line, 0 where it has none before its first key, -1 where it has no key."""
    at = 0
    while at < len(text):
        end = text.index("\n", at)
        line = text[at:end]
        if line == "---":
            return end + 1
        entry = line_read(line)
        if entry is None or entry[3] != NOTHING:
            return 0
        at = end + 1
    return -1


def _below(above: Part, data: Any, column: int, depth: int, found: Outline) -> Part | None:
    """The part for a new collection at some depth, None where it lies too deep to be one."""
    return None if depth > _DEEPEST_PART else found.begin(data, column, above)


def _is_in_component(open_ones: list[_Open]) -> bool:
    """Whether the innermost of the open collections is an item of `spec.components`."""
    if len(open_ones) != 4:
        return False
    root, spec, components = open_ones[0][0], open_ones[1][0], open_ones[2][0]
    return type(components) is list and spec is root.get("spec") and components is spec.get("components")


def _read(found: Outline, column: int, *, whole: bool) -> bool:
    """Read the lines of a mapping whose keys stand at `column`, UNREAD for some of them unless they are read as a
    `whole`; False where what they say is not sure."""
    start = start_of(found.text)
    if start < 0:
        return False
    return (built.collected or collected)(found, found.text, start, column, whole)


def collected(found: Outline, text: str, start: int, column: int, whole: bool) -> bool:
    """Collect what the lines of a text from an offset on say, for a mapping whose keys stand at `column`."""
    lines = text[start:].split("\n")
    lines.pop()
    if not _collected(found, lines, column, whole):
        return False
    ends = list(accumulate(map(len, lines), initial=start))
    for part in found.parts:
        part.starts = [ends[number] + number for number in part.starts]
    return True


def _collected(found: Outline, lines: list[str], column: int, whole: bool) -> bool:  # noqa: C901
    """One pass over the lines. One loop with few calls, because it runs for every line. `waiting` is True right behind
    a key without a value, which the next line may give it; the parts get line numbers."""
    known, unread = KNOWN, _NO_KEYS if whole else UNREAD_KEYS
    top: Any = {}
    new: Any = None
    root = found.begin(top, column, None)
    part: Part | None = root
    found.data = top
    last, waiting = "", False
    until, step, deeper = 0, 0, -1
    open_ones: list[_Open] = [(top, column, part)]  # collections, from the root inwards
    for number, line in enumerate(lines):
        if number < until:
            continue
        entry = known.get(line) or line_read(line)
        if entry is None:
            return False
        at, dash, key, kind, value = entry
        if kind == NOTHING:
            continue
        own = at if dash < 0 else dash  # where the line itself begins
        if own > column and dash < 0:
            if not waiting or type(top) is list:
                return False
            new = {}
            top[last] = UNREAD if last in unread and _is_in_component(open_ones) else new
            step = step or at - column
            part = part and _below(part, new, at, len(open_ones), found)
            top, column = new, at
            open_ones.append((top, column, part))
        elif own < column:
            waiting = False
            while own < column:
                open_ones.pop()
                if not open_ones:
                    return False
                top, column, part = open_ones[-1]
        if dash < 0:
            if type(top) is list:  # its dashes stand at the column of the key that it is the value of
                open_ones.pop()
                top, column, part = open_ones[-1]
            if column != at:
                return False
        else:
            if type(top) is dict:
                if not waiting:
                    return False
                new = []
                top[last] = UNREAD if last in unread and _is_in_component(open_ones) else new
                if deeper < 0:
                    deeper = dash - column
                part = part and _below(part, new, dash, len(open_ones), found)
                top, column = new, dash
                open_ones.append((top, column, part))
            elif column != dash:
                return False
            if part is not None:
                part.starts.append(number)
            if key is None:
                top.append(value)
                waiting = False
                continue
            new = {}
            top.append(new)
            top, column, part = new, at, None
            open_ones.append((top, column, part))
        if key is None or key in top:
            return False
        if part is not None:
            part.starts.append(number)
        if kind == BLOCK:
            block = block_scalar(lines, number, at, value)
            if block is None:
                return False
            value, until = block
        top[key] = value
        last, waiting = key, kind == EMPTY
    found.step, found.dash = step, deeper
    return bool(root.starts)
