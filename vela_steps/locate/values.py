"""Nodes to plain data, read as KubeVela's own YAML library reads them.

A plain scalar that YAML 1.1 or YAML 1.2 takes for something else than a string is `typed`; everything that this tool
writes as a string is written so that both versions read a string.
"""

from __future__ import annotations

import re
from typing import Any, Final

from vela_steps.locate.nodes import ALIAS, MAP, SCALAR, Node, Tree
from vela_steps.locate.trouble import Trouble

MERGE = "<<"
UNFOLDED_LIMIT = 1_000_000
_WORDS = frozenset(["~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "<<", "="]) | {""}
LONGEST_WORD: Final = max(map(len, _WORDS))
"""A longer plain scalar is a string to every YAML version, but for what begins as a number may."""
_NUMBER = re.compile(
    r"""[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|\.inf            # integers of all bases, infinity
    |(?:\.?[0-9][0-9_]*(?:\.[0-9_]*)?)(?:e[-+]?[0-9]+)?         # integers and floats of both versions
    |[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)\Z             # base 60
    |\.nan\Z
    |[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?\Z             # dates
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"))
_FALSE = frozenset(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"))
# Patterns that few documents need are compiled when they are first used: start-up counts in hooks.
_INTEGER = r"[-+]?(?:0|[1-9][0-9_]*)\Z"
_FLOAT = r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9_]+|[0-9]+)(?:[eE][-+]?[0-9]+)?\Z"
_BINARY = r"[-+]?0(?:x[0-9a-fA-F_]+|b[01_]+|o?[0-7_]+)\Z"


def is_typed(text: str) -> bool:
    """Whether some YAML version reads this plain scalar as something else than a string."""
    if text[:1] in "+-.0123456789" and text:
        return _NUMBER.match(text) is not None
    return text.lower() in _WORDS


def is_word(text: str) -> bool:
    """Whether a text is ASCII letters, digits, `-` and `_`, a letter first, and is a string to every YAML version."""
    if not (text.isascii() and text.replace("-", "_").isidentifier()) or text[0] in "-_":
        return False
    return len(text) > LONGEST_WORD or text.lower() not in _WORDS


def scalar_value(node: Node) -> Any:
    """A scalar as plain data: None, bool, int, float or str (dates stay strings, as in Kubernetes)."""
    text = node.value
    if not node.plain or node.tag == "tag:yaml.org,2002:str":
        return text
    return plain_value(text)


def plain_value(text: str) -> Any:
    """What an unquoted scalar says."""
    if not is_typed(text):
        return text
    if text in NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return _number(text)


def _number(text: str) -> Any:
    try:
        if text.isascii() and text.isdigit() and (text[0] != "0" or text == "0"):
            return int(text)
        if re.match(_INTEGER, text):
            return int(text.replace("_", ""))
        if re.match(_BINARY, text):
            return _based(text.replace("_", "").lower())
        if re.match(_FLOAT, text):
            return float(text.replace("_", ""))
    except ValueError:
        pass
    return text


def _based(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    for prefix, base in (("0x", 16), ("0b", 2), ("0o", 8)):
        if digits.startswith(prefix):
            return sign * int(digits[2:], base)
    return sign * int(digits, 8)


class Reader:
    """Plain data of one tree. Aliased values are shared, not copied, so that no alias bomb unfolds."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.done: dict[int, Any] = {}
        self.open: set[int] = set()
        self.unfolded: dict[int, int] = {}  # how many values a shared node stands for, its aliases counted each time
        self.size = 0

    def data(self, node: Node) -> Any:
        """The plain value of a node: dict, list, or a scalar."""
        if node.kind == SCALAR:
            return scalar_value(node)
        if node.kind == ALIAS:
            node = self.tree.anchors[id(node)]
            if node.kind == SCALAR:
                return scalar_value(node)
        if id(node) in self.done:
            self.grow(self.unfolded[id(node)], node)
            return self.done[id(node)]
        if id(node) in self.open:
            raise Trouble("an alias that contains itself", offset=node.start)
        self.open.add(id(node))
        before = self.size
        value = self.mapping(node) if node.kind == MAP else [self.data(item) for item in node.items]
        self.grow(1 + len(node.entries or node.items), node)
        self.open.discard(id(node))
        self.done[id(node)], self.unfolded[id(node)] = value, self.size - before
        return value

    def grow(self, by: int, node: Node) -> None:
        self.size += by
        if self.size > UNFOLDED_LIMIT:
            raise Trouble(f"its aliases unfold to more than {UNFOLDED_LIMIT:,} values", offset=node.start)

    def mapping(self, node: Node) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        merged: list[dict[Any, Any]] = []
        for key, value in node.entries:
            if key.plain and key.value == MERGE:
                merged += self.merged(value)
                continue
            name = self.key(key)
            if name in found:
                raise Trouble(
                    f"the key {name!r} stands twice in one mapping", offset=key.start, cure="remove one of the two"
                )
            found[name] = self.data(value)
        for source in merged:
            for name, brought in source.items():
                found.setdefault(name, brought)
        return found

    def key(self, node: Node) -> Any:
        target = self.tree.anchors[id(node)] if node.kind == ALIAS else node
        if target.kind != SCALAR:
            raise Trouble("a key that is no scalar", offset=node.start, cure="Kubernetes keys are strings")
        return target.value

    def merged(self, node: Node) -> list[dict[Any, Any]]:
        value = self.data(node)
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            raise Trouble("`<<` merges something that is no mapping", offset=node.start)
        return sources
