"""Every case through every host: the same steps, or the same words why not; and docs/hosts.md says which."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.hosts.renderers import HOSTS, ROOT, Host
from tests.e2e.hosts.table import WRONG, Case, cases, column, sign

pytestmark = pytest.mark.e2e

PAGE = ROOT / "docs" / "hosts.md"
CURE = "make hosts writes docs/hosts.md anew"
# What hosts differ in: bytes, comments, Lists, nulls, JSON, errors of plans and of files, what only some can take.
FEW = (
    "alias-without-anchor",
    "after-component",
    "after-component-that-is-not-there",
    "annotations-null",
    "block-crlf",
    "broken-neighbour-of-another-kind",
    "comments-everywhere",
    "depends-on-unknown",
    "helm-template-with-values",
    "json-pretty",
    "list-of-applications",
    "steps-null",
)


def page() -> dict[str, dict[str, str]]:
    """The signs of docs/hosts.md: by case, then by host."""
    lines = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if "|" in line]
    head = next(line for line in lines if line[0] == "case")
    rows = lines[lines.index(head) + 2 :]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows if len(row) == len(head)}


def hold(host: Host, chosen: Sequence[Case], folder: Path) -> None:
    """Run cases through a host, and hold the outcomes to what the core does and to what the page says."""
    if why := host.missing():
        pytest.skip(why)
    found = column(host, chosen, folder)
    assert found
    wrong = [f"{name}: {one.why}" for name, one in found.items() if one.outcome == WRONG]
    assert not wrong, "\n".join(wrong)
    said = page()
    assert {name: sign(one) for name, one in found.items()} == {name: said[name][host.name] for name in found}, CURE


def test_the_page_has_every_case_and_every_host() -> None:
    said = page()
    assert list(said) == [case.name for case in cases()], CURE
    assert all(list(row) == [host.name for host in HOSTS] for row in said.values()), CURE


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_a_host_does_with_a_few_cases_what_the_core_does(host: Host, tmp_path: Path) -> None:
    chosen = [case for case in cases() if case.name in FEW]
    assert len(chosen) == len(FEW)
    hold(host, chosen, tmp_path)


@pytest.mark.long  # thousands of processes
@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_a_host_does_with_every_case_what_the_core_does(host: Host, tmp_path: Path) -> None:
    hold(host, list(cases()), tmp_path)
