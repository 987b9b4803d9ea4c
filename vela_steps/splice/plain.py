"""Putting steps into a plain document: whole lines, and nothing else, go in at one or two places.

Whatever needs more (taking out, changing, filling what is empty) is left to `carry`. The outcome is the same. The
proof: what went in is read by itself and must say what was intended; it begins at the column of its siblings, so that
it ends whatever stands open before it; and it goes in behind the last line of a part that the reader cut out, so that
what follows stands no deeper and goes on as it did.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

from vela_steps.locate.plain import Outline, Part
from vela_steps.splice.change import Add, Items, New, Operation, difference
from vela_steps.splice.render import Style
from vela_steps.splice.written import entry_text, item_text


class _Put(NamedTuple):
    """Lines that go in behind the one that ends at `at`; their siblings stand at `column`."""

    at: int
    column: int
    text: str


def inserted(outline: Outline, new: dict[str, Any]) -> str | None:
    """The document's text with what `new` has more than its data, None where lines put in cannot do that."""
    style = Style(outline.step or 2, 2 if outline.dash < 0 else outline.dash, literal=outline.closed)
    puts: list[_Put] = []
    for operation in difference(outline.data, new):
        found = _puts(outline, operation, style)
        if not found:
            return None
        puts += found
    if len(puts) > 1:
        puts.sort(key=_place)
        if any(one.at == other.at and one.column != other.column for one, other in pairwise(puts)):
            return None
    parts: list[str] = []
    done = 0
    for put in puts:
        parts += (outline.text[done : put.at], "\n", put.text)
        done = put.at
    parts.append(outline.text[done:])
    return outline.written("".join(parts))


def _place(put: _Put) -> int:
    return put.at


def _puts(outline: Outline, operation: Operation, style: Style) -> list[_Put]:
    """The lines of an operation and where they go; nothing where it is no insertion, or not surely right."""
    target: Any = outline.data
    for key in operation.route:
        target = target[key]
    part = outline.part(target)
    if part is None:
        return []
    if isinstance(operation, Add):
        text = entry_text(operation.key, operation.value, part.column, style)
        at = _behind(outline.text, part.start, part.end, part.column, part.column)
        return [_Put(at, part.column, text)] if text else []
    return _new_items(outline, part, operation, style) if isinstance(operation, Items) else []


def _new_items(outline: Outline, part: Part, operation: Items, style: Style) -> list[_Put]:
    """New items, each behind one that stays; all that are there must stay."""
    if sum(type(item) is int for item in operation.items) != len(part.data):
        return []
    puts: list[_Put] = []
    at = -1
    before = -1
    for item in operation.items:
        if not isinstance(item, New):
            before, at = item, -1
            continue
        text = item_text(item.value, part.column, style)
        if not text or before < 0:
            return []
        if at < 0:
            start, end = part.item_span(before)
            at = _behind(outline.text, start, end, part.column + 1, part.column)
        puts.append(_Put(at, part.column, text))
    return puts


def _behind(text: str, start: int, end: int, least: int, column: int) -> int:
    """The end of the last line of a block value that is `text[start:end]`, as `Canvas.behind` finds it: its last line
    (which stands at `least` or deeper) and the comments deeper than `column` that follow it."""
    last = text[text.rfind("\n", start, end) + 1 : end].lstrip(" ")
    if last and last[0] != "#":
        return end
    at = found = start
    shallow = False
    for line in text[start:end].split("\n"):
        at += len(line) + 1
        body = line.lstrip(" ")
        margin = len(line) - len(body)
        if body[:1] == "#":
            shallow = shallow or margin <= column
            found = found if shallow else at - 1
        elif body and (margin >= least or found == start):
            found, shallow = at - 1, False
    return found
