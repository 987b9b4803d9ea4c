"""Schemas and reference pages that are made from the definitions."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from vela_steps.cli import definitions as verb
from vela_steps.definitions.application import application_schema
from vela_steps.definitions.parameters import draft7
from vela_steps.definitions.reference import page
from vela_steps.sandbox.components import cache
from vela_steps.sandbox.components.recipes import GROUPS, RECIPES
from vela_steps.schema import step_schema
from vela_steps.schema.check import check

NOTES = sorted(Path("definitions/src").glob("*/reference.md"))
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


def test_properties_depend_on_the_type_in_steps_and_sub_steps() -> None:
    step: dict[str, Any] = {"properties": {"type": {"type": "string"}, "properties": {"type": "object"}}}
    step["properties"]["subSteps"] = {"items": {"properties": {"type": {"type": "string"}, "properties": {}}}}
    spec = {"properties": {"workflow": {"properties": {"steps": {"items": step}}}}}
    openapi = {"type": "object", "properties": {"apiVersion": {}, "kind": {}, "metadata": {}, "spec": spec}}
    crd = {"spec": {"versions": [{"name": "v1beta1", "schema": {"openAPIV3Schema": openapi}}]}}
    toy = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    schema = application_schema(crd, {"toy": toy})

    def problems(step: dict[str, Any]) -> list[str]:
        steps = [step, {"type": "step-group", "subSteps": [step]}]
        application = {"apiVersion": "core.oam.dev/v1beta1", "kind": "Application", "metadata": {}}
        return [p.message for p in check(application | {"spec": {"workflow": {"steps": steps}}}, schema)]

    assert problems({"type": "toy", "properties": {"a": "x"}}) == []
    assert problems({"type": "other", "properties": {"z": "x"}}) == []
    assert len(problems({"type": "toy", "properties": {"z": "x"}})) == 2


@pytest.mark.parametrize("notes", NOTES, ids=lambda file: file.parent.name)
def test_the_examples_of_a_reference_page_fit_their_schema(notes: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", notes.read_text(encoding="utf-8"), re.S)
    assert examples
    for example in examples:
        for step in yaml.safe_load(example):
            schema = step_schema(step["type"])
            assert schema is not None, step["type"]
            assert check(step["properties"], schema) == []


@built
def test_schemas_and_pages_are_up_to_date() -> None:
    for file, text in verb.generated(Path("definitions")).items():
        assert file.read_text(encoding="utf-8") == text, f"{file}: run vela-steps definitions generate"


@built
def test_every_shipped_file_compiles_with_both_versions_of_cue(capsys: pytest.CaptureFixture[str]) -> None:
    assert verb.run(argparse.Namespace(act=verb._compile, root=Path("definitions"))) == 0
    assert capsys.readouterr().out.count("compiles with") == 2 * len(list(Path("definitions").glob("*.cue")))
