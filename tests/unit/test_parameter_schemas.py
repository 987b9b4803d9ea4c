"""The JSON Schema of a step's parameters judges every value as CUE judges it, or as the step itself does.

The samples come from the schema: at each of its places every kind of value, and what is required left out. CUE judges
them all at once; where it takes a text that the schema does not, the step's own check must refuse it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from vela_steps.cli import main
from vela_steps.cli.definitions import cues
from vela_steps.definitions.exact import sentences
from vela_steps.definitions.shipped import Shipped, parameter_block, read_all
from vela_steps.sandbox.components import cache
from vela_steps.sandbox.components.recipes import GROUPS, RECIPES
from vela_steps.schema import step_schema
from vela_steps.schema.check import check
from vela_steps.tools.cue import Cue

ROOT = Path("definitions")
STEPS = read_all(ROOT)
OTHERS: list[Any] = [None, True, 7, 1.5, "zz", [], {}, {"zz": 7}]
MISSING = object()
Schema = dict[str, Any]
BUILT = all(cache.installed(RECIPES[name]) for name in GROUPS["cue"])
pytestmark = pytest.mark.skipif(not BUILT, reason="CUE is not built: vela-steps sandbox build cue")
each_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)


def schema_of(step: Shipped) -> Schema:
    schema = step_schema(step.name)
    assert schema is not None
    return schema


def least(schema: Schema) -> Any:
    """The smallest value that a schema takes."""
    if "default" in schema or "enum" in schema:
        return schema.get("default", schema.get("enum", [None])[0])
    kinds = schema.get("type", "string")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        return {name: least(schema["properties"][name]) for name in schema.get("required", [])}
    return {"array": [], "boolean": True, "integer": 1, "number": 1.5, "null": None}.get(kind, "x")


def samples(schema: Schema, seen: set[str]) -> Iterator[Any]:
    """Values for a schema: the smallest, all others, and for a struct or list those of what is in it.

    Of a schema that was `seen` elsewhere, such as that of a credential, a right and a wrong one are enough.
    """
    yield least(schema)
    known = json.dumps({key: value for key, value in schema.items() if key not in ("description", "default")})
    if known in seen:
        yield 7.5
        return
    seen.add(known)
    yield from OTHERS
    for name, field in schema.get("properties", {}).items():
        base = least(schema)
        for value in [MISSING, *samples(field, seen)]:
            changed = {**base, name: value}
            yield {key: kept for key, kept in changed.items() if kept is not MISSING}
        yield {**base, name: least(field), f"{name}s": 7}
    if "items" in schema:
        yield from ([value] for value in samples(schema["items"], seen))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from ({"zz": value} for value in samples(schema["additionalProperties"], seen))


def distinct(schema: Schema) -> list[Any]:
    """The samples that are structs, each once: KubeVela itself sees to it that properties are one."""
    found = {json.dumps(value, sort_keys=True): value for value in samples(schema, set()) if isinstance(value, dict)}
    return list(found.values())


def refused_by_cue(step: Shipped, values: list[Any], folder: Path) -> set[int]:
    """Which of the values CUE refuses as the step's parameters.

    In two goes: it says what is missing only where nothing is wrong.
    """
    refused: set[int] = set()
    for _ in range(2):
        given = ((at, value) for at, value in enumerate(values) if at not in refused)
        lines = [f"s{at}: #Parameter & {json.dumps(value)}\n" for at, value in given]
        text = f"package p\n\n#Parameter: {{\n{parameter_block(step.text)}}}\n" + "".join(lines)
        (folder / "samples.cue").write_text(text, encoding="utf-8")
        judged = cues()[-1]("vet", "-c", "-E", "samples.cue", cwd=folder, accept=(0, 1))
        refused |= {int(at) for at in re.findall(r"^s(\d+)\b", judged.stderr, re.M)}
    return refused


def said_by_the_step(step: Shipped, properties: Any) -> tuple[str, ...]:
    return sentences(step.name, properties, cues()[-1])


@each_step
def test_the_schema_and_cue_agree_on_every_sample(step: Shipped, tmp_path: Path) -> None:
    schema = schema_of(step)
    values = distinct(schema)
    by_cue = refused_by_cue(step, values, tmp_path)
    by_schema = {at for at, value in enumerate(values) if check(value, schema)}
    assert len(by_cue) > 20, "samples that are refused"
    assert len(values) - len(by_cue) > 10, "samples that pass"
    assert [values[at] for at in sorted(by_cue - by_schema)] == [], "CUE refuses them, the schema does not"
    for at in by_schema - by_cue:
        assert said_by_the_step(step, values[at]), f"the schema refuses {values[at]}, nothing else does"


@each_step
def test_the_examples_of_a_step_pass_its_schema_and_its_own_check(step: Shipped) -> None:
    files = [ROOT / "src" / "examples" / f"{step.name}.yaml"]
    texts = [file.read_text(encoding="utf-8") for file in files]
    notes = (ROOT / "src" / step.name / "reference.md").read_text(encoding="utf-8")
    texts += re.findall(r"```yaml\n(.*?)```", notes, re.S)
    examples = [one for text in texts for one in yaml.safe_load(text) if one.get("type") == step.name]
    assert examples
    for example in examples:
        assert check(example["properties"], schema_of(step)) == []
        if not any("parameterKey" in given for given in example.get("inputs", ())):
            assert said_by_the_step(step, example["properties"]) == (), example


@pytest.mark.parametrize("cue", cues() if BUILT else [], ids=lambda cue: cue.version())
def test_validate_says_with_cue_what_the_step_would_say_and_where(
    cue: Cue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        """apiVersion: vela-steps.dev/v1alpha1
kind: PostSync
metadata: {name: p}
spec:
  steps:
  - name: a
    type: http-check
    properties: {url: "https://$(app.name).acme.example/", successes: 0}
  - name: b
    type: github-dispatch
    properties: {repo: "acme/$(app.name)", event: x, workflow: e2e.yml, ref: main, auth: {target: x}}
  - name: filled
    type: http-check
    inputs: [{from: x, parameterKey: url}]
    properties: {successes: 0}
""",
        encoding="utf-8",
    )
    assert main(["validate", "--cue", str(cue.program), str(plan)]) == 2
    assert capsys.readouterr().err.splitlines()[:2] == [
        f"{plan}:8:71: error: successes is 0: write 1 or more",
        f"{plan}:11:51: error: event and workflow are both given: write exactly one of them",
    ]
    assert main(["validate", "--no-cue", str(plan)]) == 0


def test_a_cue_that_cannot_judge_is_told_and_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "cue"
    broken.write_text("#!/bin/sh\necho too old >&2\nexit 1\n")
    broken.chmod(0o755)
    assert main(["validate", "--cue", str(broken), "examples/after-step/plan.yaml"]) == 0
    assert "warning: spec.steps[0].properties: cue could not check it: too old" in capsys.readouterr().err
    assert main(["validate", "--cue", str(tmp_path / "none"), "examples/after-step/plan.yaml"]) == 2
