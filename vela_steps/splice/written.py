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
_TOKENS = 200
_MAPPING, _SEQUENCE, _ENTRY, _END = "{", "[", "=", 0
_is_long_word = re.compile(r"[A-Za-z][A-Za-z0-9_-]{5,}\Z").match
_is_sure = re.compile(rf"(?:{OPEN}|'[ -&(-~]*')\Z").match
_Key = tuple[tuple[Any, ...], int, Style]


def entry_text(key: str, value: Any, column: int, style: Style) -> str:
    """The lines of a new entry of a block mapping; nothing where it is not sure that they say what is intended."""
    return _written((key, value), column, style)


def item_text(value: Any, column: int, style: Style) -> str:
    """The lines of a new item of a block sequence; nothing where it is not sure that they say what is intended."""
    known = _items.find(value, (column, style))
    return _items.keep(value, (column, style), _written(value, column, style)) if known is None else known


_items: Memory[str] = Memory()  # the steps of a plan are often the same values for every Application


def _written(what: Any, column: int, style: Style) -> str:
    shape: list[Any] = []
    texts: list[str] = []
    _describe(what, shape, texts)
    tokens = tuple([_tokens.get(text) or _token(text) for text in texts])
    if "" in tokens:
        return _proved(what, column, style)
    key = (tuple(shape), column, style)
    form = _forms.get(key)
    if form is None:
        form = remember(_forms, key, _form(what, column, style), _FORMS)
    return form % tokens if form else _proved(what, column, style)


def _token(text: str) -> str:
    """A text as a scalar that is whole on one line wherever it stands, nothing where that is not sure."""
    if len(text) > 1_000:
        return ""
    token = text
    if not _is_long_word(text):
        token = scalar(text)
        if not _is_sure(token):
            return ""
    return remember(_tokens, text, token, _TOKENS)


_tokens: dict[str, str] = {}


def _describe(value: Any, shape: list[Any], texts: list[str]) -> None:
    """A value without its texts goes to `shape`, in a row that no other form has, and its texts to `texts`, in order.

    Keys are part of the shape.
    """
    kind = type(value)
    if kind is str:
        shape.append(None)
        texts.append(value)
    elif kind is dict:
        shape.append(_MAPPING)
        for key, item in value.items():
            shape.append(key)
            if type(item) is str:  # most are, and a call costs more than the rest
                shape.append(None)
                texts.append(item)
            else:
                _describe(item, shape, texts)
        shape.append(_END)
    elif kind is list:
        shape.append(_SEQUENCE)
        for item in value:
            _describe(item, shape, texts)
        shape.append(_END)
    elif kind is tuple:
        shape += (_ENTRY, value[0])
        _describe(value[1], shape, texts)
    else:
        shape += (kind, repr(value))


def _marked(value: Any, marks: list[str]) -> Any:
    """The value with marks in the places of its texts."""
    if isinstance(value, str):
        marks.append(f"open-{len(marks):06}-value")
        return marks[-1]
    if isinstance(value, dict):
        return {key: _marked(item, marks) for key, item in value.items()}
    if isinstance(value, list):
        return [_marked(item, marks) for item in value]
    return (value[0], _marked(value[1], marks)) if isinstance(value, tuple) else value


def _form(what: Any, column: int, style: Style) -> str:
    """The lines of a value with `%s` in the places of its texts; nothing where these cannot be told apart."""
    marks: list[str] = []
    text = _proved(_marked(what, marks), column, style)
    form = re.sub("open-[0-9]{6}-value", "%s", text.replace("%", "%%"))
    return form if text and form.count("%s") == len(marks) and form % tuple(marks) == text else ""


_forms: dict[_Key, str] = {}


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
