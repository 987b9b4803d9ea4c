"""Evaluations of one table in one run of CUE: to read and compile a definition takes longer than one case of it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.unit.definitions.evaluation import exported, filled
from vela_steps.errors import ToolError
from vela_steps.tools.cue import Cue

WHOLE = "_whole"  # the definition's template, which each case takes and fills in


@dataclass(frozen=True)
class Asked:
    """One evaluation of a step: what its calls returned, and the field `out`, which may look at `template`."""

    step: str
    answers: dict[str, Any]
    out: str

    def look(self, cue: Cue) -> dict[str, Any]:
        """The field `out`, of a run of CUE for this evaluation alone."""
        return exported(self.step, f"template: {filled(self.answers)}\n{self.out}\n", "out", cue)


@dataclass(frozen=True)
class Table:
    """Evaluations by name. Those of one definition are made when the first of them is looked at."""

    asked: Mapping[str, Asked]
    found: dict[tuple[str, Cue], dict[str, Any]] = field(default_factory=dict)

    def look(self, name: str, cue: Cue) -> dict[str, Any]:
        """The field `out` of one of them."""
        asked = self.asked[name]
        key = asked.step, cue
        if key not in self.found:
            self.found[key] = self._evaluated(*key)
        found = self.found[key]
        # Alone where one of them fails: CUE then says of the right one what is wrong, and the others have their result.
        return copy.deepcopy(found[name]) if name in found else asked.look(cue)

    def _evaluated(self, step: str, cue: Cue) -> dict[str, Any]:
        """What all evaluations of a definition give, by name; nothing where one of them fails."""
        own = [(name, asked) for name, asked in self.asked.items() if asked.step == step]
        cases = [
            f"_case{n}: {{\ntemplate: {WHOLE} & {filled(asked.answers)}\n{asked.out}\n}}\n"
            for n, (_, asked) in enumerate(own)
        ]
        every = ", ".join(f"_case{n}.out" for n in range(len(own)))
        try:
            made = exported(step, "".join(cases) + f"out: every: [{every}]\n", "out", cue, template=WHOLE)
        except ToolError:
            return {}
        return {name: out for (name, _), out in zip(own, made["every"], strict=True)}
