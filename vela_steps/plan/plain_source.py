"""Plain plan files without a YAML parser, whose import is a fifth of what a hook takes for one small file.

What is wrong with a file, or could be read in two ways, is not judged here: then it is read again by `source`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from vela_steps.locate.documents import documents
from vela_steps.locate.outline import Outline
from vela_steps.locate.plain import outline
from vela_steps.locate.values import is_typed
from vela_steps.plan.model import Position, Route
from vela_steps.plan.source import Document, Source

_NAME_IN_FLOW = re.compile(r"metadata: +\{(?:.*,)? *name: +")


def read(text: str | bytes, path: str) -> Source | None:
    """All documents of a text, None where any is not plain. Of places only those are known that every plan has."""
    try:
        body = text if isinstance(text, str) else text.decode()
    except UnicodeDecodeError:
        return None
    found: list[Document] = []
    for start, end, line in documents(body):
        read = outline(body[start:end])
        places = _places(read, path, line) if read is not None and _is_certain(read.data) else None
        if read is None or places is None:
            return None
        # What a line says is remembered and shared, but a plan belongs to who reads it.
        found.append(Document(path, json.loads(json.dumps(read.data)), places, {}))
    return Source(tuple(found), ())


def _is_certain(value: Any) -> bool:
    """Whether there is text only, and none that any YAML version takes for something else without its quotes."""
    if isinstance(value, str):
        return not is_typed(value)
    if isinstance(value, dict):
        return all(_is_certain(key) and _is_certain(item) for key, item in value.items())
    return isinstance(value, list) and all(map(_is_certain, value))


def _places(read: Outline, path: str, first: int) -> dict[Route, Position] | None:
    """Where the plan's name and its steps stand; None where that cannot be said."""
    spec = read.data.get("spec")
    steps = read.part(spec.get("steps")) if isinstance(spec, dict) else None
    name = _name(read)
    if steps is None or name is None or not isinstance(steps.data, list):
        return None
    found: dict[Route, Position] = {("metadata", "name"): Position(path, first + name[0], name[1] + 1)}
    for index, start in enumerate(steps.starts):
        found["spec", "steps", index] = Position(path, first + read.line(start), steps.column + len("- ") + 1)
    return found


def _name(read: Outline) -> tuple[int, int] | None:
    """The line and the column, from 0, of the value of `metadata.name`."""
    meta = read.data.get("metadata")
    if not isinstance(meta, dict) or not isinstance(meta.get("name"), str):
        return None
    part = read.part(meta)
    if part is not None:
        start = part.starts[list(meta).index("name")]
        found = re.compile(r" *name: +").match(read.text, start)
    else:
        start = read.parts[0].starts[list(read.data).index("metadata")]
        found = _NAME_IN_FLOW.match(read.text, start)
    return (read.line(start), found.end() - start) if found else None
