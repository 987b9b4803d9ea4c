"""Putting steps into a plain document: whole lines, and nothing else, go in at one or two places.

Whatever needs more (taking out, changing, filling what is empty) is left to `carry`. The outcome is the same. The
proof: what went in is read by itself and must say what was intended; it begins at the column of its siblings, so that
it ends whatever stands open before it; and it goes in behind the last line of a part that the reader cut out, so that
what follows stands no deeper and goes on as it did.
"""

from __future__ import annotations

from typing import Any

from vela_steps.locate.outline import Outline, Part
from vela_steps.locate.recent import remember
from vela_steps.splice.change import Add, Items, New, Operation, difference
from vela_steps.splice.render import Style
from vela_steps.splice.written import entry_text, item_text

_Puts = list[tuple[int, int, str]]
"""Lines that go in: where, as the offset of a line's start; the column of their siblings; the lines."""


def inserted(outline: Outline, new: dict[str, Any]) -> str | None:
    """The document's text with what `new` has more than its data, None where lines put in cannot do that."""
    style = _style(outline.step or 2, 2 if outline.dash < 0 else outline.dash, outline.closed)
    puts: _Puts = []
    for operation in difference(outline.data, new):
        if not _put(outline, operation, style, puts):
            return None
    puts.sort(key=_place)
    parts: list[str] = []
    done, siblings = 0, -1
    for at, column, lines in puts:
        if at == done and column != siblings:
            return None  # which of two would come first is for `carry` to say
        parts.append(outline.text[done:at])
        parts.append(lines)
        done, siblings = at, column
    parts.append(outline.text[done:])
    return outline.written("".join(parts))


def _place(put: tuple[int, int, str]) -> int:
    return put[0]


def _style(step: int, dash: int, closed: bool) -> Style:
    key = (step, dash, closed)
    return _styles.get(key) or remember(_styles, key, Style(step, dash, literal=closed), _STYLES)


_STYLES = 100
_styles: dict[tuple[int, int, bool], Style] = {}


def _put(outline: Outline, operation: Operation, style: Style, puts: _Puts) -> bool:
    """Note the lines of an operation; False where it is no insertion, or they are not surely right."""
    target: Any = outline.data
    for key in operation.route:
        target = target[key]
    part = outline.part(target)
    if part is None:
        return False
    if isinstance(operation, Items):
        return _put_items(outline, part, operation.items, style, puts)
    if not isinstance(operation, Add):
        return False
    last = len(part.starts) - 1
    at = _behind(outline.text, part.starts[0], outline.entry_end(part, last), part.column, part.column)
    return _put_text(puts, at, part.column, entry_text(operation.key, operation.value, part.column, style))


def _put_items(outline: Outline, part: Part, items: list[Any], style: Style, puts: _Puts) -> bool:
    """New items, each behind one that stays; all that are there must stay."""
    kept = 0
    before, at = -1, -1
    for item in items:
        if not isinstance(item, New):
            before, at = item, -1
            kept += 1
            continue
        if before < 0:
            return False
        if at < 0:
            end = outline.entry_end(part, before)
            at = _behind(outline.text, part.starts[before], end, part.column + 1, part.column)
        if not _put_text(puts, at, part.column, item_text(item.value, part.column, style)):
            return False
    return kept == len(part.data)


def _put_text(puts: _Puts, at: int, column: int, text: str) -> bool:
    puts.append((at, column, text))
    return bool(text)


def _behind(text: str, start: int, end: int, least: int, column: int) -> int:
    """The offset behind the last line of a block value that is `text[start:end]`, as `Canvas.behind` finds it: its last
    line stands at `least` or deeper, and the comments deeper than `column` that follow it belong to it."""
    last = text[text.rfind("\n", 0, end - 1) + 1 : end].lstrip()
    if last and last[0] != "#":
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
