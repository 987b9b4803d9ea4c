"""The lines of what is put in, proved to say what is intended, and remembered.

Steps and records differ in names more often than in form. A form is proved once, with marks in the places of its
texts; then any text goes there that is written as a whole scalar on one line, as the marks were.
"""

from __future__ import annotations

import re
from typing import Any, Final

from vela_steps.locate.lines import OPEN
from vela_steps.locate.plain import mapping, sequence
from vela_steps.locate.recent import remember
from vela_steps.locate.values import is_word
from vela_steps.plan.memory import Memory
from vela_steps.splice.render import Style, entry_lines, item_lines, scalar

_FORMS: Final = 500
_TOKENS: Final = 200
_MAPPING: Final = "{"
_SEQUENCE: Final = "["
_ENTRY: Final = "="
_END: Final = object()
_MARK: Final = "mark"
_MARKED: Final = f"- {_MARK}\n"
_is_open: Final = re.compile(rf"{OPEN}\Z").match
_Key = tuple[tuple[Any, ...], int, Style]


def entry_text(key: str, value: Any, column: int, style: Style) -> str:
    """The lines of a new entry of a block mapping; nothing where it is not sure that they say what is intended.

    A workflow is put together: what stands around its steps with one mark for them, and each step by itself, so that
    forms are those of single steps.
    """
    entries: dict[str, Any] = value if type(value) is dict else {}
    last = list(entries)[-1] if entries else ""
    items = entries[last] if last else None
    if type(items) is not list or len(items) < 2:
        return _Writer(column, style).text((key, value))
    around = _Writer(column, style).text((key, {**entries, last: [_MARK]}))
    if not around.endswith(_MARKED):
        return ""
    start = around.rindex("\n", 0, -1) + 1
    writer = _Writer(len(around) - len(_MARKED) - start, style)
    texts = [writer.text(item) for item in items]
    return around[:start] + "".join(texts) if "" not in texts else ""


def item_text(value: Any, column: int, style: Style) -> str:
    """The lines of a new item of a block sequence; nothing where it is not sure that they say what is intended."""
    known = _items.find(value, (column, style))
    return _items.keep(value, (column, style), _Writer(column, style).text(value)) if known is None else known


_items: Final[Memory[str]] = Memory()  # the steps of a plan are often the same values for every Application


class _Writer:
    """Writes values that stand at one column; of several in a row, most have the form of the one before."""

    __slots__ = ("column", "form", "shape", "style")

    def __init__(self, column: int, style: Style) -> None:
        self.column, self.style = column, style
        self.shape: list[Any] = []
        self.form: list[str] = []

    def text(self, what: Any) -> str:
        """The lines of an item, or of an entry, which is a tuple of key and value; nothing where that is not sure."""
        shape: list[Any] = []
        texts: list[str] = []
        _describe(what, shape, texts)
        if shape != self.shape:
            self.shape, self.form = shape, self.form_of(tuple(shape), what)
        if not self.form:
            return _proved(what, self.column, self.style)
        lines = [self.form[0]]
        for index in range(len(texts)):
            token = _tokens.get(texts[index]) or _token(texts[index])
            if not token:
                return _proved(what, self.column, self.style)
            lines.append(token)
            lines.append(self.form[index + 1])
        return "".join(lines)

    def form_of(self, shape: tuple[Any, ...], what: Any) -> list[str]:
        """What stands before, between and behind the texts of all values of a shape."""
        key = (shape, self.column, self.style)
        form = _forms.get(key)
        return remember(_forms, key, _form(what, self.column, self.style), _FORMS) if form is None else form


def _token(text: str) -> str:
    """A text as a scalar that is whole on one line wherever it stands, nothing where that is not sure."""
    if len(text) > 1_000:
        return ""
    token = text
    if not is_word(text):
        token = scalar(text)
        if not (_is_open(token) or (token[0] == "'" and text.isascii() and "'" not in text)):
            return ""
    return remember(_tokens, text, token, _TOKENS)


_tokens: Final[dict[str, str]] = {}


def _describe(value: Any, shape: list[Any], texts: list[str]) -> None:
    """A value without its texts goes to `shape`, in a row that no other form has, and its texts to `texts`, in order.

    Keys are part of the shape.
    """
    kind = type(value)
    if kind is str:
        shape.append(None)
        texts.append(value)
    elif kind is dict:
        _describe_mapping(value, shape, texts)
    elif kind is list:
        items: list[Any] = value
        shape.append(_SEQUENCE)
        for item in items:
            _describe(item, shape, texts)
        shape.append(_END)
    elif kind is tuple:
        shape.append(_ENTRY)
        shape.append(value[0])
        _describe(value[1], shape, texts)
    else:
        shape.append(kind)
        shape.append(repr(value))


def _describe_mapping(value: dict[str, Any], shape: list[Any], texts: list[str]) -> None:
    shape.append(_MAPPING)
    for key, item in value.items():
        shape.append(key)
        if type(item) is str:  # most are, and a call costs more than the rest
            shape.append(None)
            texts.append(item)
        else:
            _describe(item, shape, texts)
    shape.append(_END)


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


def _form(what: Any, column: int, style: Style) -> list[str]:
    """The lines of a value, cut at its texts; nothing where these cannot be told apart."""
    marks: list[str] = []
    text = _proved(_marked(what, marks), column, style)
    form = re.split("open-[0-9]{6}-value", text)
    whole = form[0] + "".join([mark + rest for mark, rest in zip(marks, form[1:], strict=False)])
    return form if text and len(form) == len(marks) + 1 and whole == text else []


_forms: Final[dict[_Key, list[str]]] = {}


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
