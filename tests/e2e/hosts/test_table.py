"""Every case through every host: the same steps, or the same words why not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.hosts.renderers import HOSTS, ROOT, Host
from tests.e2e.hosts.table import CANNOT, MENDED, REFUSED, SAME, SIGNS, WRONG, cases, column

pytestmark = pytest.mark.e2e

PAGE = ROOT / "docs" / "hosts.md"
CURE = "make hosts writes docs/hosts.md anew"


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_a_host_does_with_each_case_what_the_core_does_and_the_page_says_so(host: Host, tmp_path: Path) -> None:
    if why := host.missing():
        pytest.skip(why)
    found = column(host, list(cases()), tmp_path)
    wrong = [f"{name}: {one.why}" for name, one in found.items() if one.outcome == WRONG]
    assert not wrong, "\n".join(wrong)
    counts = Counter(one.outcome for one in found.values())
    assert counts[SAME] >= 75
    assert counts[REFUSED] >= 15
    assert (counts[MENDED], counts[CANNOT]) == (0, 0) or not host.keeps_bytes
    table = PAGE.read_text(encoding="utf-8").splitlines()
    place = next(line for line in table if line.startswith("| | ")).split(" | ").index(host.name)
    for outcome in (SAME, REFUSED, MENDED, CANNOT):
        (line,) = [line for line in table if line.startswith(f"| {SIGNS[outcome]} {outcome} | ")]
        assert int(line.strip("| ").split(" | ")[place]) == counts[outcome], CURE
