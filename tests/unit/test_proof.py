"""The proof of an edit refuses what would change a step that is not ours, however right the data is."""

from __future__ import annotations

import pytest

from tests.unit.test_updates import HAND_WRITTEN, plan
from vela_steps import inject
from vela_steps.locate.nodes import parse
from vela_steps.locate.trouble import Trouble
from vela_steps.splice.proof import Written, prove_untouched

INJECTED = inject(HAND_WRITTEN, [plan("p", "one")]).text


def proved(new: str, old: str = INJECTED) -> None:
    before, after = parse(old), parse(new)
    assert before is not None
    assert after is not None
    prove_untouched(Written(old, before), Written(new, after), ())


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("name: approve", 'name: "approve"'),
        ("name: approve", "name: approve # said"),
        ("      - name: approve\n        type: suspend\n", ""),
    ],
)
def test_a_hand_written_step_that_is_written_otherwise_is_refused(there: str, instead: str) -> None:
    assert there in INJECTED
    with pytest.raises(Trouble, match="not ours"):
        proved(INJECTED.replace(there, instead))


def test_steps_of_ours_may_be_written_otherwise_or_go() -> None:
    proved(INJECTED.replace("name: one", "name: 'one'"))
    proved(HAND_WRITTEN)
