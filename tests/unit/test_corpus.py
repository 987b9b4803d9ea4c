"""The real Applications of the corpus beside the checkout, all of them; skipped where it is absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from tests.unit.test_inject import PLAN
from vela_steps import inject, remove
from vela_steps.plan.decide import injected
from vela_steps.schema import text

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "applications"
FILES = sorted(CORPUS.glob("*.yaml")) if CORPUS.is_dir() else []
ON_PURPOSE = {
    "canary-rollout-use-case__rollback.yaml": "not valid YAML",
    "canary-rollout-use-case__rollout-v2.yaml": "no step applies components",
    "workflow__canary-rollout__rollout-v2.yaml": "no step applies components",
}


@pytest.mark.skipif(not FILES, reason="the corpus of real Applications is not beside this checkout")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_real_application_gets_its_steps_and_loses_nothing(path: Path) -> None:
    given = path.read_bytes()
    result = inject(given, [PLAN], path=path.name)
    if path.name in ON_PURPOSE:
        assert ON_PURPOSE[path.name] in result.problems[0].message
        assert result.text == given
        return
    assert result.ok
    assert result.changed
    lines = iter(result.text.split(b"\n"))
    assert all(line in lines for line in given.split(b"\n")), "a line is not as it was"
    documents = zip(_loaded(given), _loaded(result.text), strict=True)
    for before, after in documents:
        assert after == (injected(before, [PLAN]).app if before["kind"] == "Application" else before)
    assert not inject(result.text, [PLAN]).changed
    assert remove(result.text).text == given


@pytest.mark.skipif(not FILES, reason="the corpus of real Applications is not beside this checkout")
def test_the_schema_of_applications_takes_every_real_one() -> None:
    takes = Draft7Validator(json.loads(text("application")))
    for path in FILES:
        if ON_PURPOSE.get(path.name) == "not valid YAML":
            continue
        for document in _loaded(path.read_bytes()):
            if document["kind"] == "Application":
                assert [error.message for error in takes.iter_errors(document)] == [], path.name


def _loaded(text: bytes) -> list[dict[str, object]]:
    return [document for document in YAML(typ="safe", pure=True).load_all(text.decode()) if document]
