"""Putting steps into a plain document: whole lines, and nothing else, go in at one or two places.

Whatever needs more (taking out, changing, filling what is empty) is left to `carry`. The outcome is the same. The
proof: what went in is read by itself and must say what was intended; it begins at the column of its siblings, so that
it ends whatever stands open before it; and it goes in behind the last line of a part that the reader cut out, so that
what follows stands no deeper and goes on as it did.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

from vela_steps.locate.outline import Outline, Part
from vela_steps.splice.change import Add, Items, New, Operation, difference
from vela_steps.splice.render import Style
from vela_steps.splice.written import entry_text, item_text


class _Put(NamedTuple):
    """Lines that go in at an offset, the start of a line; their siblings stand at `column`."""

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
        parts += (outline.text[done : put.at], put.text)
        done = put.at
    return outline.written("".join((*parts, outline.text[done:])))


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
        end = outline.entry_end(part, len(part.starts) - 1)
        at = _behind(outline.text, part.starts[0], end, part.column, part.column)
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
            end = outline.entry_end(part, before)
            at = _behind(outline.text, part.starts[before], end, part.column + 1, part.column)
        puts.append(_Put(at, part.column, text))
    return puts


def _behind(text: str, start: int, end: int, least: int, column: int) -> int:
    """The offset behind the last line of a block value that is `text[start:end]`, as `Canvas.behind` finds it: its last
    line stands at `least` or deeper, and the comments deeper than `column` that follow it belong to it."""
    last = text[text.rfind("\n", 0, end - 1) + 1 : end].lstrip(" ")
    if last[0] not in "#\n":
        return end
    at = found = text.index("\n", start) + 1
    shallow = False
    for line in text[at:end].split("\n")[:-1]:
        at += len(line) + 1
        body = line.lstrip(" ")
        margin = len(line) - len(body)
        if body[:1] == "#":
            shallow = shallow or margin <= column
            found = found if shallow else at
        elif body and margin >= least:
            found, shallow = at, False
    return found
