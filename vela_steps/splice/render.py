"""Plain data to YAML text in the style of the place where it goes: block lines, flow, or JSON.

Every string is written so that YAML 1.1 and YAML 1.2 read the same string: `on`, `1e3`, `0x1f` and dates are quoted.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from vela_steps.locate.values import is_typed, is_word

_FIRST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./$(+^-")
_ESCAPED = "[\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"


class Style(NamedTuple):
    """How a document writes: `step` spaces a level, sequences `dash` spaces deeper than their key.

    `literal` allows literal blocks, which need the file's final newline. In flow style `json` quotes all strings,
    `tight` leaves out the blank behind `,` and `:`, and `tab` indents by tabs.
    """

    step: int = 2
    dash: int = 0
    newline: str = "\n"
    literal: bool = True
    json: bool = False
    tight: bool = False
    tab: bool = False

    @property
    def comma(self) -> str:
        """What joins items on one line."""
        return "," if self.tight else ", "

    @property
    def colon(self) -> str:
        """What joins key and value in flow style."""
        return ":" if self.tight else ": "


def scalar(value: Any, *, flow: bool = False, as_json: bool = False) -> str:
    """One scalar on one line."""
    if not isinstance(value, str):
        return json.dumps(value) if value is not None else "null"
    if as_json:
        return quoted(value)
    if is_word(value):
        return value
    if not value.isprintable():
        return quoted(value)
    return value if _may_be_plain(value, flow) else "'" + value.replace("'", "''") + "'"


def _may_be_plain(value: str, flow: bool) -> bool:
    if value[:1] not in _FIRST or not value or is_typed(value) or (value[0] == "-" and value[1:2] in ("", " ", "-")):
        return False
    if value[-1] in ": " or value == "..." or ": " in value or " #" in value:
        return False
    return not flow or not any(mark in value for mark in "[]{},")


def quoted(value: str) -> str:
    """A string in double quotes that YAML and JSON read alike."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else re.sub(_ESCAPED, lambda char: f"\\u{ord(char[0]):04x}", text)


def entry_lines(key: str, value: Any, indent: int, style: Style) -> list[str]:
    """`key: value` as block lines without line breaks."""
    head = " " * indent + scalar(key) + ":"
    if isinstance(value, dict) and value:
        return [head, *mapping_lines(value, indent + style.step, style)]
    if isinstance(value, (list, tuple)) and value:
        return [head, *sequence_lines(value, indent + style.dash, style)]
    return _scalar_lines(head, value, indent + style.step, style)


def mapping_lines(value: dict[str, Any], indent: int, style: Style) -> list[str]:
    """The entries of a mapping as block lines."""
    return [line for key, item in value.items() for line in entry_lines(key, item, indent, style)]


def sequence_lines(items: Any, indent: int, style: Style) -> list[str]:
    """The items of a sequence as block lines, each behind its dash."""
    return [line for item in items for line in item_lines(item, indent, style)]


def item_lines(item: Any, indent: int, style: Style) -> list[str]:
    """One sequence item as block lines, dash included."""
    dash = " " * indent + "-"
    if isinstance(item, dict) and item:
        lines = mapping_lines(item, indent + 2, style)
    elif isinstance(item, (list, tuple)) and item:
        lines = sequence_lines(item, indent + 2, style)
    else:
        return _scalar_lines(dash, item, indent + 2, style)
    return [dash + lines[0][indent + 1 :], *lines[1:]]


def _scalar_lines(head: str, value: Any, indent: int, style: Style) -> list[str]:
    if style.literal and isinstance(value, str) and "\n" in value and (block := _literal(value, indent)):
        return [f"{head} {block[0]}", *block[1:]]
    return [f"{head} {_inline(value)}"]


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{}"
    return "[]" if isinstance(value, (list, tuple)) else scalar(value)


def _literal(value: str, indent: int) -> list[str]:
    """A multi-line string as a literal block, where that is exact whatever follows it."""
    body = value.removesuffix("\n")
    lines = body.split("\n")
    if not body or body[0] in " \n" or body[-1] == "\n" or not lines[-1].strip():
        return []
    if not all(line.isprintable() for line in lines):
        return []
    return ["|" if body != value else "|-", *(" " * indent + line if line else "" for line in lines)]


def flow_text(value: Any, style: Style) -> str:
    """A value in flow style on one line."""
    if isinstance(value, dict):
        inner = style.comma.join(flow_entry(key, flow_text(item, style), style) for key, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, (list, tuple)):
        return f"[{style.comma.join(flow_text(item, style) for item in value)}]"
    return scalar(value, flow=True, as_json=style.json)


def flow_entry(key: str, text: str, style: Style) -> str:
    """A key and its value's text in flow style."""
    return scalar(key, flow=True, as_json=style.json) + style.colon + text


def flow_lines(value: Any, margin: str, style: Style) -> str:
    """A value in flow style over several lines, as JSON formatters write it; `margin` stands before its last line."""
    inner = margin + ("\t" if style.tab else " " * style.step)
    if isinstance(value, dict) and value:
        texts = [flow_entry(key, flow_lines(item, inner, style), style) for key, item in value.items()]
        return _bracketed("{", texts, "}", margin, inner, style.newline)
    if isinstance(value, (list, tuple)) and value:
        texts = [flow_lines(item, inner, style) for item in value]
        return _bracketed("[", texts, "]", margin, inner, style.newline)
    return flow_text(value, style)


def _bracketed(left: str, texts: list[str], right: str, margin: str, inner: str, newline: str) -> str:
    return f"{left}{newline}{inner}{f',{newline}{inner}'.join(texts)}{newline}{margin}{right}"
