"""The words in which a schema's violations are told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "empty",
}


def kind_of(value: Any) -> str:
    """JSON Schema's name for the type of plain data."""
    if value is None:
        return "null"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    kinds = (("boolean", bool), ("integer", int), ("string", str), ("array", list))
    return next((kind for kind, of in kinds if isinstance(value, of)), "object")


def show(kind: str) -> str:
    """A type's name as people say it."""
    return KINDS[kind]


def allowed(names: Iterable[str]) -> str:
    """Names as a list to choose from."""
    return ", ".join(names) or "none"


def nearest(written: str, names: Iterable[str], likeness: float = 0.6) -> str:
    """`did you mean "…"?`, or nothing where no name has that likeness (0 to 1)."""
    from difflib import get_close_matches  # only where something is wrong already

    folded = {name.casefold(): name for name in names}
    found = get_close_matches(written.casefold(), folded, n=1, cutoff=likeness)
    return f'did you mean "{folded[found[0]]}"?' if found else ""
