"""What whole blocks of lines say, remembered: by their text, and by their text with the values left open.

The components and steps of a fleet differ in names, images and numbers far more often than in form. A block of a known
form is read without looking at its lines: its text is cut at the values, and the rest looked up. Which values may be
left open was found by reading the block with marks in their places: a mark that comes back as a whole value is one; one
that does not come back stands in a comment; any other makes the form one that is not remembered. What may stand in a
place is restricted to text that is a whole plain scalar wherever such a mark is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from vela_steps.locate.lines import Said, mapping
from vela_steps.locate.recent import Recent
from vela_steps.locate.values import plain_value

_LONGEST = 4_096  # characters of a block that is remembered
_BLOCKS = 2_000
_FORMS = 1_000

OPEN = r"[A-Za-z0-9./][A-Za-z0-9_./@-]*(?::[A-Za-z0-9_./@-]+)*"
"""Text that is a whole plain scalar behind `key: ` or `- `, to the end of its line."""

_cut = re.compile(rf": ({OPEN})(?=\n|\Z)").split
_Values = list[Any]
_Make = Callable[[_Values], Any]
_Form = tuple[_Make, int, int]
_UNKNOWN, _ODD = None, False


def block(text: str, column: int) -> Said | None:
    """What the lines of one block mapping say whose keys stand at `column`, None where that is not sure.

    What is remembered is shared: nobody may change it.
    """
    if len(text) > _LONGEST:
        return mapping(text.split("\n"), column)
    key = (text, column)
    found = _blocks.get(key) or _blocks.known(key)
    if found is not None:
        return found
    parts = _cut(text)
    if len(parts) > 1:
        form = (column, *parts[::2])
        known = _forms.known(form)
        if type(known) is tuple:
            make, step, dash = known
            return Said(make([_value(value) for value in parts[1::2]]), step, dash)
        if known is None:
            _forms.keep(form, True)  # the second time is soon enough to find out
        elif known is True:
            _forms.keep(form, _form(form) or False)
    found = mapping(text.split("\n"), column)
    if found is not None:
        _blocks.keep(key, found)
    return found


_blocks: Recent[tuple[str, int], Said | None] = Recent(lambda _: None, _BLOCKS)
_forms: Recent[tuple[Any, ...], _Form | bool | None] = Recent(lambda _: None, _FORMS)


def _value(text: str) -> Any:
    return text if len(text) > 5 and text[0].isalpha() else plain_value(text)


def _form(form: tuple[Any, ...]) -> _Form | None:
    """How the data of a form is made of its values, None where that cannot be said."""
    column, *rest = form
    marks = {f"open-{number:06}-value": number for number in range(len(rest) - 1)}
    text = rest[0] + "".join(f": {mark}{part}" for mark, part in zip(marks, rest[1:], strict=True))
    said = mapping(text.split("\n"), column)
    if said is None:
        return None
    try:
        return _maker(said.data, marks), said.step, said.dash
    except ValueError:
        return None


def _maker(value: Any, marks: dict[str, int]) -> _Make:
    """What makes a value; raises ValueError where a mark became a part of something else."""
    if type(value) is dict:
        parts = [(key, _maker(item, marks)) for key, item in value.items()]
        return lambda values: {key: make(values) for key, make in parts}
    if type(value) is list:
        makers = [_maker(item, marks) for item in value]
        return lambda values: [make(values) for make in makers]
    if type(value) is str and value in marks:
        number = marks[value]
        return lambda values: values[number]
    if isinstance(value, (str, tuple)) and any(mark in str(value) for mark in marks):
        raise ValueError(value)
    return lambda _: value
