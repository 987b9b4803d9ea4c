"""Our checker of JSON Schemas agrees with the reference implementation on what is right and what is wrong."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vela_steps import schema
from vela_steps.schema.check import UnknownKeyword, check
from vela_steps.schema.words import nearest

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, 2.0]), st.sampled_from(["", "a", "ab", "b"])
)
KEYS = st.sampled_from(["a", "b", "c"])
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
TYPES = st.sampled_from(["object", "array", "string", "boolean", "integer", "number", "null"])


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas whose parts are schemas of `inner`."""
    branches = st.lists(inner, min_size=1, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(KEYS, inner, max_size=2),
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "b"]), inner, max_size=1),
            "additionalProperties": st.booleans() | inner,
            "required": st.lists(KEYS, max_size=2, unique=True),
            "items": inner,
            "allOf": branches,
            "anyOf": branches,
            "oneOf": branches,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "minProperties": st.integers(0, 2),
            "maxItems": st.integers(0, 2),
            "uniqueItems": st.booleans(),
        },
    )


LEAVES = st.booleans() | st.fixed_dictionaries(
    {},
    optional={
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
        "enum": st.lists(SCALARS, min_size=1, max_size=3),
        "const": SCALARS,
        "pattern": st.sampled_from(["^a", "b$", "."]),
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(0, 2),
        "minimum": st.integers(-2, 2),
        "exclusiveMaximum": st.integers(-2, 2),
        "$ref": st.just("#/definitions/shared"),
    },
)
SCHEMAS = st.recursive(LEAVES, schemas, max_leaves=6)


@given(SCHEMAS, LEAVES.filter(lambda leaf: not isinstance(leaf, dict) or "$ref" not in leaf), DATA)
def test_data_is_found_wrong_exactly_when_jsonschema_finds_it_wrong(part: Any, shared: Any, data: Any) -> None:
    whole = {"definitions": {"shared": shared}, "allOf": [part]}
    expected = not jsonschema.Draft7Validator(whole).is_valid(data)
    assert bool(check(data, whole)) == expected


@pytest.mark.parametrize("name", schema.published())
def test_the_published_schemas_are_right(name: str) -> None:
    loaded = json.loads(schema.text(name))
    jsonschema.Draft7Validator.check_schema(loaded)
    assert loaded["description"]


@pytest.mark.parametrize("part", ["select", "after", "step", "subStep"])
def test_editors_can_explain_every_field_of_a_plan(part: str) -> None:
    def described(field: dict[str, Any]) -> bool:
        if "description" in field or "const" in field:
            return True
        reference = field.get("$ref", "").removeprefix("#/definitions/").split("/")
        target: Any = whole["definitions"]
        for key in reference:
            target = target.get(key, {})
        return bool(target.get("description")) or "properties" in field

    whole = schema.plan_schema()
    for name, field in whole["definitions"][part]["properties"].items():
        assert described(field), f"{part}.{name}"


def test_a_keyword_that_is_not_checked_is_refused_rather_than_passed_over() -> None:
    with pytest.raises(UnknownKeyword, match="propertyNames"):
        check({}, {"propertyNames": {"pattern": "^a"}})


def test_of_several_forms_the_nearest_one_says_what_is_wrong() -> None:
    forms = {
        "oneOf": [
            {"type": "string"},
            {"type": "object", "required": ["name", "key"], "properties": {"key": {"type": "string"}}},
        ]
    }
    assert [violation.message for violation in check({"name": "a", "key": 1}, forms)] == [
        "must be text, not a whole number"
    ]


def test_forms_that_ask_for_no_field_by_name_are_told_apart_without_names() -> None:
    assert [violation.message for violation in check({}, {"oneOf": [{}, {"required": []}]})] == [
        "fits more than one of the allowed forms"
    ]


@pytest.mark.parametrize(("written", "meant"), [("Timeout", "timeout"), ("tmeout", "timeout"), ("xyz", "")])
def test_the_nearest_name_is_offered_only_if_it_is_near(written: str, meant: str) -> None:
    assert nearest(written, ["timeout", "type"]) == (f'did you mean "{meant}"?' if meant else "")
