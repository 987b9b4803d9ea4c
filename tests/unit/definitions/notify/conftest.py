"""All cases, evaluated once with each version of CUE."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.definitions.notify.cases import CASES
from tests.unit.definitions.notify.pure import evaluate
from tests.unit.definitions.notify.wrong import TROUBLE, WRONG
from vela_steps.sandbox.components import cache
from vela_steps.sandbox.components.recipes import GROUPS, RECIPES
from vela_steps.tools.cue import Cue

ALL = {**CASES, **{name: case for name, (case, _) in (WRONG | TROUBLE).items()}}
assert len(ALL) == len(CASES) + len(WRONG) + len(TROUBLE), "two cases of one name"


@pytest.fixture(scope="session", params=GROUPS["cue"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every case's outcome, by its name."""
    component = cache.installed(RECIPES[request.param])
    if component is None:
        pytest.skip("CUE is not built: vela-steps sandbox build cue")
    return evaluate(ALL, Cue(component.binary("cue")), tmp_path_factory.mktemp("cue"))
