"""Plan files that are read without a YAML parser say what it says of them, places included, or are left to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given

from tests.unit.test_plain import MANY, SEEDS, spoiled
from vela_steps.plan import plain_source, source
from vela_steps.plan.load import load_plans

ROOT = Path(__file__).parents[2]
PLANS = sorted(
    path
    for folder in ("tests/cases", "tests/plans", "examples")
    for path in (ROOT / folder).rglob("*.yaml")
    if "vela-steps.dev/v1alpha1" in path.read_text(errors="replace")
)
PLAN = """\
apiVersion: vela-steps.dev/v1alpha1
kind: PostSync
metadata: {name: %s}
spec:
  steps:
  - {name: purge, type: acme-purge, properties: {tags: [a, "b"]}}
"""


def check(text: str) -> bool:
    plain = plain_source.read(text, "plan.yaml")
    if plain is None:
        return False
    careful = source.read(text, "plan.yaml")
    assert not careful.problems
    assert [one.value for one in plain.documents] == [one.value for one in careful.documents]
    for one, other in zip(plain.documents, careful.documents, strict=True):
        assert not other.problems
        assert one.values.items() <= other.values.items()
    return True


def test_most_plans_are_read_without_a_parser_and_say_the_same() -> None:
    assert sum(check(path.read_text()) for path in PLANS) > len(PLANS) // 2


def test_what_is_not_utf_8_is_left_to_the_parser_that_says_so() -> None:
    text = (PLAN % "after-deploy").encode() + b"# \xff\n"
    assert plain_source.read(text, "plan.yaml") is None
    assert [problem.message for problem in load_plans(text).problems] == ["is not UTF-8"]


def test_a_plan_is_its_readers_own() -> None:
    for _ in range(2):
        found = plain_source.read(PLAN % "after-deploy", "plan.yaml")
        assert found is not None
        tags = found.documents[0].value["spec"]["steps"][0]["properties"]["tags"]
        assert tags == ["a", "b"]
        tags.append("c")


@given(SEEDS)
@MANY
def test_plans_with_spoiled_lines_say_the_same_or_are_left_to_the_parser(rng: Random) -> None:
    for path in rng.sample(PLANS, 20):
        check(spoiled(path.read_text(), rng))


@pytest.mark.parametrize(
    "name", ["on", "'on'", "1", "0777", "1_000", "2024-01-01", "~", "{a: b}", "a: b", "&a b", "a\tb"]
)
def test_what_could_be_doubted_is_left_to_the_parser(name: str) -> None:
    assert plain_source.read(PLAN % name, "plan.yaml") is None


def test_injecting_with_a_plain_plan_into_plain_manifests_imports_no_parser(tmp_path: Path) -> None:
    plan, manifest = tmp_path / "plan.yaml", tmp_path / "shop.yaml"
    plan.write_text(PLAN % "after-deploy")
    manifest.write_text((ROOT / "tests" / "cases" / "block-implicit" / "before.yaml").read_text())
    code = f"""
import sys
from vela_steps.cli import main
assert main(["inject", "--plan", {str(plan)!r}, "--write", {str(manifest)!r}]) == 0
assert "yaml" not in sys.modules, "start-up counts in hooks"
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    assert "acme-purge" in manifest.read_text()
