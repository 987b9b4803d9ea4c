"""The lines of what is put in, proved to say what is intended, and remembered.

Steps and records differ in names more often than in form. A form is proved once, with marks in the places of its
texts; then any text goes there that is written as a whole scalar on one line, as the marks were.
"""

from __future__ import annotations

import re
from typing import Any

from vela_steps.locate.lines import OPEN
from vela_steps.locate.plain import mapping, sequence
from vela_steps.locate.recent import remember
from vela_steps.plan.memory import Memory
from vela_steps.splice.render import Style, entry_lines, item_lines, scalar

_FORMS = 500
_is_long_word = re.compile(r"[A-Za-z][A-Za-z0-9_-]{5,}\Z").match
_is_sure = re.compile(rf"(?:{OPEN}|'[ -&(-~]*')\Z").match
_Key = tuple[Any, int, Style]


def entry_text(key: str, value: Any, column: int, style: Style) -> str:
    """The lines of a new entry of a block mapping; nothing where it is not sure that they say what is intended."""
    return _written((key, value), column, style)


def item_text(value: Any, column: int, style: Style) -> str:
    """The lines of a new item of a block sequence; nothing where it is not sure that they say what is intended."""
    return _items.get(value, (column, style), lambda: _written(value, column, style))


_items: Memory[str] = Memory()  # the steps of a plan are often the same values for every Application


def _written(what: Any, column: int, style: Style) -> str:
    texts: list[str] = []
    shape = _shape(what, texts)
    try:
        tokens = [text if _is_long_word(text) else _sure(text) for text in texts]
    except ValueError:
        return _proved(what, column, style)
    key = (shape, column, style)
    pieces = _forms.get(key)
    if pieces is None:
        pieces = remember(_forms, key, _form(key), _FORMS)
    if not pieces:
        return _proved(what, column, style)
    if not tokens:
        return pieces[0]
    parts = [part for pair in zip(pieces, tokens, strict=False) for part in pair]
    return "".join([*parts, pieces[-1]])


def _sure(text: str) -> str:
    token = scalar(text)
    if len(text) > 1_000 or not _is_sure(token):
        raise ValueError(text)
    return token


def _shape(value: Any, texts: list[str]) -> Any:
    """A value without its texts, which go to `texts` in order; keys are part of the shape."""
    kind = type(value)
    if kind is str:
        texts.append(value)
        return None
    if kind is dict:
        return ("{", *[(key, _shape(item, texts)) for key, item in value.items()])
    if kind is list:
        return ("[", *[_shape(item, texts) for item in value])
    if kind is tuple:
        return ("=", value[0], _shape(value[1], texts))
    return (kind, value)


def _filled(shape: Any, marks: list[str]) -> Any:
    """The value of a shape with marks in the places of its texts."""
    if shape is None:
        marks.append(f"open-{len(marks):06}-value")
        return marks[-1]
    if shape[0] == "{":
        return {key: _filled(item, marks) for key, item in shape[1:]}
    if shape[0] == "[":
        return [_filled(item, marks) for item in shape[1:]]
    return (shape[1], _filled(shape[2], marks)) if shape[0] == "=" else shape[1]


def _form(key: _Key) -> list[str]:
    """The lines of a shape, cut at its texts; nothing where they cannot be cut."""
    shape, column, style = key
    marks: list[str] = []
    text = _proved(_filled(shape, marks), column, style)
    pieces = re.split(r"open-[0-9]{6}-value", text)
    whole = "".join(part for pair in zip(pieces, marks, strict=False) for part in pair) + pieces[-1]
    return pieces if text and whole == text and len(pieces) == len(marks) + 1 else []


_forms: dict[_Key, list[str]] = {}


def _proved(what: Any, column: int, style: Style) -> str:
    """The lines of a value, nothing where they do not surely say what was intended."""
    if isinstance(what, tuple):
        key, value = what
        text = _joined(entry_lines(key, value, column, style))
        said = mapping(text, column)
        right = said is not None and said.data == {key: value}
    else:
        text = _joined(item_lines(what, column, style))
        right = sequence(text, column) == [what]
    return text if right else ""


def _joined(lines: list[str]) -> str:
    return "\n".join((*lines, ""))
