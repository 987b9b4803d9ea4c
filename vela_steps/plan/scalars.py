"""What a YAML scalar means, where YAML 1.1 (KubeVela's reader) and 1.2 agree; where they differ, an error.

A plan's values end up in other files that other programs read. A value that two of them read differently
(`on`, `0777`, `1_000`) is not guessed at.
"""

from __future__ import annotations

import re
from typing import Any

NULL = frozenset(("", "~", "null", "Null", "NULL"))
BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
OLD_BOOL = frozenset(form for word in ("yes", "no", "on", "off") for form in (word, word.title(), word.upper()))

INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
ODD_NUMBER = re.compile(r"[-+]?(0[0-9_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?)\Z")
NO_NUMBER = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")

TAGS = {f"tag:yaml.org,2002:{name}": name for name in ("str", "int", "float", "bool", "null")}


class Doubtful(ValueError):  # noqa: N818 - the scalar is doubtful; the reader decides whether that is an error
    """A scalar that programs read differently; `cure` says what to write."""

    def __init__(self, message: str, cure: str) -> None:
        super().__init__(message)
        self.cure = cure


def resolve(text: str, *, plain: bool, tag: str | None = None) -> Any:
    """The value of a scalar: `plain` is unquoted and without tag. Raises Doubtful."""
    if tag and tag != "!":
        return _tagged(text, tag)
    return _plain(text) if plain else text


def _tagged(text: str, tag: str) -> Any:
    name = TAGS.get(tag)
    if name is None:
        raise Doubtful(f"the tag {tag} means nothing here", "leave it out")
    value = text if name == "str" else _plain(text)
    kinds = {"str": str, "int": int, "float": int | float, "bool": bool, "null": type(None)}
    if not isinstance(value, kinds[name]):
        raise Doubtful(f'"{text}" is no {name}', "leave the tag out")
    return value


def _plain(text: str) -> Any:
    if text in NULL:
        return None
    if text in BOOL:
        return BOOL[text]
    if text in OLD_BOOL:
        truth = "true" if text.lower() in ("yes", "on") else "false"
        raise Doubtful(f"{text} is a truth value to some programs and text to others", f'write {truth} or "{text}"')
    if text[0] in "-+.0123456789":
        return _number(text)
    return text


def _number(text: str) -> Any:
    if INT.match(text):
        return int(text) if len(text) < 4000 else text  # Python refuses to convert more digits
    if FLOAT.match(text):
        return _finite(text)
    if NO_NUMBER.match(text):
        raise Doubtful(f"{text} is not a number that JSON has", f'write "{text}" if text is meant')
    if ODD_NUMBER.match(text):
        raise Doubtful(
            f"{text} is a number to some programs and text to others", f'write it as a decimal or as "{text}"'
        )
    return text


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Doubtful(f"{text} is too large", f'write "{text}" if text is meant')
    return value
