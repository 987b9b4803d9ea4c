"""`$(app.name)` and its like in the strings of a plan's step; `$$(` stands for a literal `$(`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vela_steps.locate.trouble import Trouble

KNOWN = ("app.name", "app.namespace", "component.name")

_PLACEHOLDER = re.compile(r"\$(\$)\(|\$\(([^()]*)\)?")


def filled(value: Any, values: Mapping[str, str]) -> Any:
    """The value with the placeholders of all its strings (keys included) filled in; raises Trouble for unknown ones."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: _one(match, values), value) if "$" in value else value
    if isinstance(value, Mapping):
        return {filled(key, values): filled(item, values) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(item, values) for item in value]
    return value


def _one(match: re.Match[str], values: Mapping[str, str]) -> str:
    if match[1]:
        return "$("
    name = match[2]
    if name in values and match[0].endswith(")"):
        if not values[name]:
            field = f"metadata.{name.removeprefix('app.')}"
            raise Trouble(
                f"$({name}) is used, and the Application does not say it",
                route=("metadata",),
                cure=f"give the Application its `{field}`, or leave $({name}) out of the plan",
            )
        return values[name]
    if name in KNOWN and match[0].endswith(")"):
        raise Trouble(f"$({name}) needs `forEach: component` on its step")
    raise Trouble(
        f"unknown placeholder {match[0]!r}",
        cure=f"known are {', '.join(f'$({known})' for known in KNOWN)}; write $$( for a literal $(",
    )
