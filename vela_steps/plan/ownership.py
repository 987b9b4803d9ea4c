"""Which parts of an Application are ours: recorded in one annotation, because tools that rewrite YAML keep those.

The record names the steps of each plan, the apply steps that were written out in the controller's place, and what
had to be created around them, so that `remove` gives back what was there.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from vela_steps.locate.recent import remember
from vela_steps.locate.trouble import Trouble
from vela_steps.plan.view import App

ANNOTATION = "vela-steps.dev/injected"
ROUTE = ("metadata", "annotations", ANNOTATION)


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_needs_no_escape = re.compile(r"[ !#-\[\]-~]+\Z").match


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
    entries = [f"{_encode(name)}:{_list(names)}" for name, names in lists.items()]
    return f"{{{','.join(entries)}}}"


def _list(names: list[str]) -> str:
    """A list as JSON. Names are mostly plain, and starting the encoder costs as much as the rest of a record."""
    return '["' + '","'.join(names) + '"]' if _needs_no_escape("".join(names)) else _encode(names)


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


_NOTHING = Record()
_REMEMBERED = 50
_LONGEST = 1_000  # characters
_known: dict[str, Record] = {}  # Applications that have a workflow mostly have the same record


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and set(map(type, value)) <= {str}
