"""What is generated from the definitions: JSON Schemas of parameters and of Applications, and reference pages.

Only the schemas of the parameters need `cue`; they record what they were made from, and all else is made of them. So
whether everything is up to date can be said without `cue`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vela_steps.definitions.application import BASE, application_schema
from vela_steps.definitions.parameters import comment, step_schema
from vela_steps.definitions.reference import index, page
from vela_steps.definitions.shipped import Shipped, read_all
from vela_steps.tools.cue import Cue

SCHEMAS = Path(__file__).parents[1] / "schema"
NOTES = "reference.md"
Schemas = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Places:
    """Where things are: the definitions, and what is made of them."""

    root: Path
    docs: Path
    schemas: Path = SCHEMAS
    base: Path = BASE

    def of_step(self, name: str) -> Path:
        """The file of a step's schema."""
        return self.schemas / "steps" / f"{name}.json"


def as_text(schema: Mapping[str, Any]) -> str:
    """A schema as it is shipped."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def step_schemas(places: Places, cue: Cue) -> Schemas:
    """The schema of each step, made by CUE."""
    return {shipped.name: step_schema(shipped, cue) for shipped in read_all(places.root)}


def recorded(places: Places) -> Schemas:
    """The schemas as they are on disk, of those steps that have one."""
    files = {shipped.name: places.of_step(shipped.name) for shipped in read_all(places.root)}
    return {name: json.loads(file.read_text(encoding="utf-8")) for name, file in files.items() if file.is_file()}


def files(places: Places, base: Mapping[str, Any], schemas: Schemas) -> dict[Path, str]:
    """Every generated file but the base of the Application's schema, which is given here."""
    made = {places.of_step(name): as_text(schema) for name, schema in schemas.items()}
    made[places.schemas / "application.schema.json"] = as_text(application_schema(base, schemas))
    for name, schema in schemas.items():
        notes = places.root / "src" / name / NOTES
        text = notes.read_text(encoding="utf-8") if notes.is_file() else ""
        made[places.docs / f"{name}.md"] = page(name, schema, text)
    return {**made, places.docs / "README.md": index(schemas)}


def stale(places: Places) -> list[Path]:
    """The generated files that are not up to date, found without `cue`."""
    if not places.base.is_file():
        return [places.base]
    schemas = recorded(places)
    old = [places.of_step(one.name) for one in read_all(places.root) if not _is_current(one, schemas)]
    made = files(places, json.loads(places.base.read_text(encoding="utf-8")), schemas)
    return [*old, *(file for file, text in made.items() if not _holds(file, text)), *left_over(places, made)]


def left_over(places: Places, made: Mapping[Path, str]) -> list[Path]:
    """Files of steps that there are no more."""
    there = [*places.of_step("x").parent.glob("*.json"), *places.docs.glob("*.md")]
    return sorted(file for file in there if file not in made and not _of_a_step(places, file))


def _of_a_step(places: Places, file: Path) -> bool:
    return (places.root / f"{file.stem}.cue").is_file()


def _is_current(shipped: Shipped, schemas: Schemas) -> bool:
    return shipped.name in schemas and schemas[shipped.name].get("$comment") == comment(shipped)


def _holds(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text
