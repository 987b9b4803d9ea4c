"""What a step itself says of its properties before it does anything, asked of its definition by the plain `cue`.

A schema cannot say all of it: that two parameters exclude each other, what a provider takes, how an address looks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from vela_steps.definitions.engine import module, plain
from vela_steps.definitions.shipped import PACKAGED
from vela_steps.tools.cue import Cue

CHECKOUT = Path(__file__).parents[2] / "definitions"
_SAID = "template._step._check.problems"


def definition_of(step_type: str) -> Path | None:
    """The file of a step's definition; None where we have none."""
    files = [folder / f"{step_type}.cue" for folder in (PACKAGED, CHECKOUT)]
    return next((file for file in files if "/" not in step_type and file.is_file()), None)


def sentences(step_type: str, properties: Any, cue: Cue) -> tuple[str, ...]:
    """What is wrong with the properties (plain data), each a sentence that says what to write; empty where nothing is.

    Of a type without a definition nothing is known to be wrong. Raises ToolError where `cue` cannot judge them.
    """
    file = definition_of(step_type)
    if file is None:
        return ()
    given = json.dumps(properties, ensure_ascii=False)
    with module() as folder:
        (folder / "definition.cue").write_text(plain(file.read_text(encoding="utf-8")), encoding="utf-8")
        text = f"package definition\n\ntemplate: parameter: {given}\nsaid: {_SAID}\n"
        (folder / "given.cue").write_text(text, encoding="utf-8")
        printed = cue("eval", "--out", "json", "-e", "said", ".", cwd=folder).stdout
    return tuple(json.loads(printed))


def judge(cue: Cue) -> Callable[[str, Any], tuple[str, ...]]:
    """`sentences` with this `cue`, each question asked once: many steps of a repository say the same."""

    @cache
    def once(step_type: str, text: str) -> tuple[str, ...]:
        return sentences(step_type, json.loads(text), cue)

    return lambda step_type, properties: once(step_type, json.dumps(properties, sort_keys=True))
