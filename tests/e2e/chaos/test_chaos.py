"""Chaos, short: every kind of effect, with one `delivery` or the other, while controller and receiver are struck.

`make chaos` is the long one. The seed makes Applications, faults and the order of blows the same again; what meets what
is up to the machine, so only promises are asserted, which hold whenever a blow falls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.report import lines
from tests.chaos.run import Options, Run

if TYPE_CHECKING:
    from vela_steps.sandbox.client import Sandbox

pytestmark = pytest.mark.e2e
SHORT = Options(apps=7, each=3, kills=3, apis=0, receivers=1, seed=1, at_once=7, patience=300)


def test_no_promise_is_broken_while_the_controller_is_killed(sandbox: Sandbox) -> None:
    said: list[str] = []
    result = Run(sandbox, SHORT, said.append)()
    shown = "\n".join([*said, *lines(result, SHORT)])
    assert not result.broken, shown
    assert not result.unended, shown
    assert not result.missing(SHORT), shown
    assert sum(fate.times for fate in result.fates) >= len(result.fates) / 2, (
        f"too little arrived to prove anything\n{shown}"
    )
