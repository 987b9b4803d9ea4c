"""Which parts of an Application are ours: recorded in one annotation, because tools that rewrite YAML keep those.

The record names the steps of each plan, the apply steps that were written out in the controller's place, and what
had to be created around them, so that `remove` gives back what was there.
"""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from vela_steps.locate.recent import remember
from vela_steps.locate.trouble import Trouble
from vela_steps.plan.view import App

ANNOTATION: Final = "vela-steps.dev/injected"
ROUTE = ("metadata", "annotations", ANNOTATION)


_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Record(NamedTuple):
    """What is ours in one Application.

    `created` says what stood in the place of what we added: `metadata`, `annotations`, `workflow`, `steps` were
    absent, `metadata=null`, `annotations=null`, `workflow=null`, `steps=null` were there without a value. `filters`
    are the keys that were added to the comma-separated `filter.oam.dev` annotations, `isolating` the plans that asked
    for them.
    """

    plans: dict[str, list[str]] = {}  # noqa: RUF012 - never changed in place
    generated: list[str] = []  # noqa: RUF012
    created: list[str] = []  # noqa: RUF012
    filters: dict[str, list[str]] = {}  # noqa: RUF012
    isolating: list[str] = []  # noqa: RUF012

    def names(self) -> set[str]:
        """The names of all steps of plans."""
        return {name for names in self.plans.values() for name in names}

    def text(self) -> str:
        """The annotation's value: compact JSON, only the parts that say something."""
        said = [f'"plans":{_mapping(self.plans)}'] if self.plans else []
        if self.generated:
            said.append(f'"generated":{_list(self.generated)}')
        if self.created:
            said.append(f'"created":{_list(self.created)}')
        if self.filters:
            said.append(f'"filters":{_mapping(self.filters)}')
        if self.isolating:
            said.append(f'"isolating":{_list(self.isolating)}')
        return f"{{{','.join(said)}}}"


def _mapping(lists: dict[str, list[str]]) -> str:
    entries = [_list([name])[1:-1] + ":" + _list(names) for name, names in lists.items()]
    return "{" + ",".join(entries) + "}"


def _list(names: list[str]) -> str:
    key = tuple(names)
    known = _lists.get(key)
    if known is not None:
        return known
    text = _written(names)
    return remember(_lists, key, text, _REMEMBERED) if len(text) <= _LONGEST else text


def _written(names: list[str]) -> str:
    """A list as JSON. Names are mostly plain, and starting the encoder costs as much as the rest of a record."""
    return '["' + '","'.join(names) + '"]' if _needs_no_escape("".join(names)) else _encode(names)


def _needs_no_escape(text: str) -> bool:
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text and text != ""


def read(app: App) -> Record:
    """The record of an Application, an empty one where nothing is ours."""
    found = app.annotations.get(ANNOTATION)
    if found is None:
        return _NOTHING
    known = _known.get(found) if isinstance(found, str) else None
    if known is not None:
        return known
    try:
        parts = json.loads(found)
        record = Record(**parts)
        sound = isinstance(record.plans, dict) and all(_is_names(owned) for owned in record.plans.values())
        sound = sound and isinstance(record.filters, dict) and all(_is_names(keys) for keys in record.filters.values())
        sound = sound and all(map(_is_names, (record.generated, record.created, record.isolating)))
    except (TypeError, ValueError, RecursionError):
        sound = False
    if not sound:
        raise Trouble(
            f"the annotation {ANNOTATION} is not what vela-steps wrote",
            route=ROUTE,
            cure="restore it from Git; it records which steps are generated",
        )
    return remember(_known, found, record, _REMEMBERED) if len(found) <= _LONGEST else record


_NOTHING: Final = Record()
_REMEMBERED: Final = 50
_LONGEST: Final = 1_000  # characters
_lists: Final[dict[tuple[str, ...], str]] = {}
_known: Final[dict[str, Record]] = {}  # Applications that have a workflow mostly have the same record


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and set(map(type, value)) <= {str}
