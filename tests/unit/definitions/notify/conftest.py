"""All cases, evaluated once with each version of CUE, however many workers test them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
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


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the first of this run's workers that wants it makes, and the others read."""
    base = factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # the parent of one alone is of all runs
    kept = folder / f"{name}.json"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(make()), encoding="utf-8")
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session", params=GROUPS["cue"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every case's outcome, by its name."""
    component = cache.installed(RECIPES[request.param])
    if component is None:
        pytest.skip("CUE is not built: vela-steps sandbox build cue")
    cue, folder = Cue(component.binary("cue")), tmp_path_factory.mktemp("cue")
    return made_once(tmp_path_factory, f"notify-{request.param}", lambda: evaluate(ALL, cue, folder))
