"""What http-check makes of its parameters, of answers, and of what it has noted, under both versions of CUE."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.definitions.evaluation import (
    CONTEXT,
    Case,
    both,
    evaluate,
    needs_cue,
)
from vela_steps.tools.cue import Cue

pytestmark = needs_cue
URL = "https://shop.acme.io/health"
OUT = """
out: {
	for how in ["wait", "fail", "say"] if template._step._end[how].call != _|_ {
		(how): template._step._end[how].call.$params.message
	}
	if template._step._turn.after.note != _|_ {noted: template._step._turn.after.note.$params.value.data.record}
	if template._step._turn.send.call != _|_ {header: template._step._turn.send.call.$params.request.header}
}
"""


def wrong(parameter: dict[str, Any]) -> str:
    """What the step says of its parameters, before it reads anything."""
    given = {"url": URL, "expect": {}, **parameter}

    def look(cue: Cue) -> dict[str, Any]:
        return evaluate(Case("http-check", given), {"context": CONTEXT, "parameter": given}, OUT, cue)

    old, new = both(look)
    assert old == new
    return str(old["fail"])


@pytest.mark.parametrize("path", ["a[0].b", "a..b", "", "a.b.c.d.e.f.g.h.i"])
def test_a_path_that_finds_nothing_is_refused(path: str) -> None:
    said = wrong({"expect": {"json": {path: 1}}})
    assert said == f'expect.json has "{path}": write a path such as checks.0.status, of at most eight keys'
