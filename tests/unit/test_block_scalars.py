"""Block scalars that end in lines of blanks: what is deeper than the block is text, the rest the file's own spacing."""

from __future__ import annotations

from itertools import product

import pytest
from ruamel.yaml import YAML

from tests.unit.test_inject import APPLICATION
from tests.unit.test_updates import plan
from vela_steps import inject, remove
from vela_steps.plan.model import Anchor

SCRIPT = """\
  workflow:
    steps:
    - name: apply
      type: apply-component
      properties:
        component: frontend
        script: %s
%s"""
BODIES = [
    "          make\n            \n",
    "          make\n            \n\n   \n",
    "          make\n   \n            \t\n",
    "          make\n          \t\n",
    "          make  \n    \n          \n",
    "            make\n          run\n             \n",
]


@pytest.mark.parametrize(("header", "body"), list(product(["|", "|-", ">", "|2", ">2-"], BODIES)))
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("rest", ["", "  policies: []\n"])
def test_a_step_goes_in_behind_the_blanks_that_belong_to_a_text(
    header: str, body: str, newline: str, rest: str
) -> None:
    if body.startswith("            ") and "2" not in header:
        return
    text = (APPLICATION + SCRIPT % (header, body) + rest).replace("\n", newline)
    after = plan("p", "one", after=Anchor(step="apply"))
    result = inject(text, [after])
    assert result.ok, result.problems
    (before, *_), (step, one) = (steps(each) for each in (text, result.text))
    assert step == before
    assert one["name"] == "one"
    assert remove(result.text).text == text


def steps(text: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = YAML(typ="safe", pure=True).load(text)["spec"]["workflow"]["steps"]
    return found
