"""Schemas and reference pages that are made from the definitions."""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from vela_steps.cli import definitions as verb
from vela_steps.definitions.application import application_schema
from vela_steps.definitions.generate import Places, stale
from vela_steps.definitions.parameters import draft7
from vela_steps.definitions.reference import page
from vela_steps.definitions.shipped import Shipped, read_all
from vela_steps.errors import UsageError
from vela_steps.sandbox.components import cache
from vela_steps.sandbox.components.recipes import GROUPS, RECIPES
from vela_steps.schema import step_schema
from vela_steps.schema.check import check

NOTES = [Path("definitions/src", step.name, "reference.md") for step in read_all(Path("definitions"))]
built = pytest.mark.skipif(
    any(cache.installed(RECIPES[name]) is None for name in (*GROUPS["cue"], "kubevela")),
    reason="CUE and KubeVela are not built: vela-steps sandbox build cue kubevela",
)


def test_a_property_with_a_default_is_not_required() -> None:
    schema = draft7({"type": "object", "required": ["a", "b"], "properties": {"a": {"default": 1}, "b": {}}})
    assert schema["required"] == ["b"]
    assert schema["additionalProperties"] is False


def test_an_object_whose_properties_all_have_defaults_is_not_required() -> None:
    inner = {"type": "object", "required": ["x"], "properties": {"x": {"default": 1}}}
    assert "required" not in draft7({"type": "object", "required": ["a"], "properties": {"a": inner}})


def test_null_is_a_type_in_draft_7_and_usage_texts_are_descriptions() -> None:
    assert draft7({"type": "string", "nullable": True, "description": "+usage=Why"}) == {
        "type": ["string", "null"],
        "description": "Why",
    }


def test_a_map_keeps_its_values_schema() -> None:
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    assert draft7(schema) == schema


def test_the_page_names_nested_parameters_by_their_paths() -> None:
    schema: dict[str, Any] = {
        "description": "Do it",
        "required": ["a"],
        "properties": {"a": {"type": "array", "items": {"type": "object", "properties": {"b": {"enum": ["x", "y"]}}}}},
    }
    text = page("toy", schema, "Notes.")
    assert "| `a` | list of object | required |  |" in text
    assert "| `a[].b` | `x` \\| `y` |  |  |" in text
    assert "Do it.\n\nNotes.\n" in text


def test_texts_that_a_step_names_are_all_that_it_takes() -> None:
    apart = {"type": "string", "default": "a", "oneOf": [{"enum": ["b"]}, {}]}  # *"a" | "b" | string
    assert draft7(apart) == {"type": "string", "default": "a", "enum": ["a", "b"]}
    assert draft7({"type": "string", "default": "a"}) == {"type": "string", "default": "a"}  # *"a" | string


def test_alternatives_that_are_types_become_a_list_of_types() -> None:
    choice = [{"type": "string"}, {"type": "integer"}]
    assert draft7({"oneOf": choice}) == {"type": ["string", "integer"]}
    assert draft7({"oneOf": choice, "nullable": True}) == {"type": ["string", "integer", "null"]}
    inner = {"type": "object", "properties": {"a": {"type": "string"}}}
    closed = {**inner, "additionalProperties": False}
    assert draft7({"oneOf": [{"type": "string"}, inner]}) == {"anyOf": [{"type": "string"}, closed]}


def test_bounds_are_numbers_in_draft_7() -> None:
    bounded = {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": False}
    assert draft7(bounded) == {"type": "integer", "minimum": 0, "exclusiveMinimum": 0, "maximum": 9}


def test_what_is_not_understood_of_cues_openapi_is_refused() -> None:
    with pytest.raises(UsageError, match="the keyword x-magic"):
        draft7({"type": "object", "properties": {"a": {"x-magic": 1}}})


# The sample that the schema of Applications is judged by; BASE is what KubeVela's CRD says.
BASE = json.loads(Places(Path("definitions"), Path("docs/steps")).base.read_text(encoding="utf-8"))
TOY = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "string"}, "b": {"type": "object", "required": ["c"], "properties": {"c": {}}}},
    "additionalProperties": False,
}


def problems(step: dict[str, Any], **spec: Any) -> list[str]:
    """What our checker has to say of an Application with this step, and that jsonschema agrees with it."""
    schema = application_schema(BASE, {"toy": TOY})
    steps = [{"name": "a", **step}, {"name": "g", "type": "step-group", "subSteps": [{"name": "b", **step}]}]
    application = {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": "shop"},
        "spec": {"components": [], "workflow": {"steps": steps}, **spec},
    }
    found = [violation.message for violation in check(application, schema)]
    assert Draft7Validator(schema).is_valid(application) == (found == [])
    return found


def test_properties_depend_on_the_type_in_steps_and_sub_steps() -> None:
    assert problems({"type": "toy", "properties": {"a": "x"}}) == []
    assert len(problems({"type": "toy", "properties": {"a": "x", "z": "x"}})) == 2
    assert problems({"type": "toy"}) == ["is missing", "is missing"]


def test_steps_of_other_types_may_have_any_properties() -> None:
    assert problems({"type": "acme-apply", "properties": {"z": "x"}}) == []
    assert problems({"type": "suspend"}) == []


def test_what_inputs_fill_need_not_be_written_and_what_is_written_is_checked() -> None:
    inputs = [{"from": "x", "parameterKey": "a"}]
    assert problems({"type": "toy", "inputs": inputs}) == []
    assert problems({"type": "toy", "inputs": inputs, "properties": {"b": {}}}) == []
    assert len(problems({"type": "toy", "inputs": inputs, "properties": {"z": 1}})) == 2


def test_fields_that_kubevela_would_drop_without_a_word_are_named() -> None:
    assert problems({"type": "suspend", "dependOn": ["x"]})[0].startswith("no such field; allowed: ")
    assert problems({"type": "suspend"}, workflows={}) != []


@pytest.mark.parametrize("notes", NOTES, ids=lambda file: file.parent.name)
def test_the_examples_of_a_reference_page_fit_their_schema(notes: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", notes.read_text(encoding="utf-8"), re.S)
    assert examples
    for example in examples:
        for step in yaml.safe_load(example):
            schema = step_schema(step["type"])
            assert schema is not None, step["type"]
            assert check(step["properties"], schema) == []


@pytest.mark.parametrize("step", read_all(Path("definitions")), ids=lambda step: step.name)
def test_a_reference_page_tells_outputs_limits_and_failures(step: Shipped) -> None:
    text = Path("docs/steps", f"{step.name}.md").read_text(encoding="utf-8")
    assert {"## Parameters", "## Outputs", "## Limits", "## When it fails"} <= set(text.splitlines())


@built
def test_what_is_made_anew_is_what_is_shipped() -> None:
    for file, text in verb.generated(verb._places(Path("definitions"))).items():
        assert file.read_text(encoding="utf-8") == text, f"{file}: run vela-steps definitions generate"


def test_the_shipped_schemas_and_pages_are_up_to_date() -> None:
    assert stale(Places(Path("definitions"), Path("docs/steps"))) == []


@pytest.fixture
def copy(tmp_path: Path) -> Places:
    """The definitions and what is made of them, to be changed."""
    shipped = Places(Path("definitions"), Path("docs/steps"))
    copied = Places(tmp_path / "definitions", tmp_path / "docs", tmp_path / "schema")
    for source, target in ((shipped.root, copied.root), (shipped.docs, copied.docs), (shipped.schemas, copied.schemas)):
        shutil.copytree(source, target)
    return copied


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_drift_is_seen_without_cue(copy: Places) -> None:
    assert stale(copy) == []
    edit(copy.root / "http-check.cue", "\t\tsuccesses: *1 | int", "\t\tsuccesses: *2 | int")
    assert stale(copy) == [copy.of_step("http-check")]


def test_a_page_or_schema_that_was_edited_by_hand_is_not_up_to_date(copy: Places) -> None:
    edit(copy.docs / "http-check.md", "successes", "succeses")
    edit(copy.of_step("await-object"), '"additionalProperties": false', '"additionalProperties": true')
    application = copy.schemas / "application.schema.json"
    assert stale(copy) == [application, copy.docs / "http-check.md"]


def test_what_a_step_that_is_gone_has_left_is_not_up_to_date(copy: Places) -> None:
    (copy.root / "http-check.cue").unlink()
    left = [copy.docs / "http-check.md", copy.of_step("http-check")]
    assert set(left) < set(stale(copy))


@built
def test_every_shipped_file_compiles_with_both_versions_of_cue(capsys: pytest.CaptureFixture[str]) -> None:
    assert verb.run(argparse.Namespace(act=verb._compile, root=Path("definitions"))) == 0
    assert capsys.readouterr().out.count("compiles with") == 2 * len(list(Path("definitions").glob("*.cue")))
