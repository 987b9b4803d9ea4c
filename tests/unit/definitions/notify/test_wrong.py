"""What notify refuses, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.definitions.notify.wrong import TROUBLE, WRONG


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_parameter_is_named_with_what_to_write(found: Mapping[str, Any], name: str) -> None:
    assert WRONG[name][1] in found[name]["problems"]


@pytest.mark.parametrize("name", TROUBLE)
def test_what_was_read_is_checked_before_anything_is_sent(found: Mapping[str, Any], name: str) -> None:
    assert found[name]["requests"] == {}
    assert [said for said in found[name]["troubles"] if said.startswith(TROUBLE[name][1])]
