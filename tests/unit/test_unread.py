"""What no rule looks at is checked like everything else of a plain document, but makes no data."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given

from tests.unit.test_plain import MANY, SEEDS, alike, careful_data, check_passes, check_reading, spoiled
from vela_steps.locate.outline import UNREAD
from vela_steps.locate.plain import mapping, outline, sequence
from vela_steps.locate.trouble import Trouble

APP = """\
apiVersion: core.oam.dev/v1beta1
kind: Application
spec:
  components:
  - name: web
    properties:
%s
    traits:
    - type: scaler
      properties:
        replicas: 2
    dependsOn:
    - db
  - name: db
    type: postgres
"""


def under_properties(lines: str) -> str:
    """An Application with these lines under a component's `properties`."""
    return APP % "\n".join(f"      {line}" if line else "" for line in lines.split("\n"))


def data(text: str) -> Any:
    check_passes(text)
    read = outline(text)
    return None if read is None else read.data


SURE = [
    "image: nginx",
    "image: nginx\nports:\n- 80\n- 90\nenv:\n  a: b",
    "- a\n- b: c\n  d: e\n- f:\n  - g",
    "a:\n  b:\n  c:\n    d:\nb: e",
    "a:\n  b: c\nd:\n  b: c",
    "a: |\n  # b\n\n  a: c\nd: >-\n    e\n      f\n",
    "a: [b, {c: d}]\n'e f': g\n\"h\": i # j\n# k\n\nl: m # n",
    "'é': ü\n'ü': é\na: ö",
    "a:\n- b:\n- c",
    "a:\n  - b:\n    -  c",
    "a: 'b: c'\nd: e - f",
]


@pytest.mark.parametrize("lines", SURE)
def test_nothing_below_a_components_properties_and_traits_is_read(lines: str) -> None:
    text = under_properties(lines)
    assert check_reading(text)
    web = data(text)["spec"]["components"][0]
    assert web == {"name": "web", "properties": UNREAD, "traits": UNREAD, "dependsOn": ["db"]}
    assert repr(UNREAD) == "<unread>"


NOT_SURE = [
    "a: b\na: c",
    "a: b\n'a': c",
    "a:\n  b:\n    c: d\n    e: f\n    c: g",
    "- a: b\n  a: c",
    "a:\n- b\n- c: d\n  c: e",
    "'é': b\n\"é\": c",
    "a: &b c",
    "a: b\n  c",
    "a: b\n  c: d",
    "a: b\n c: d",
    "a:\n    b: c\n  d: e",
    "a:\n  b: c\n  - d",
    "a: b\n- c",
    "- a\nb: c",
    "- a\n - b",
    "- - a",
    "a: - b",
    "a:\tb",
    "a: b\t",
    "a: 'b\n  c'",
    "a: [b,\n  c]",
    "a: {b: c, b: d}",
    "a: |\n    b\n  c",
    "a: |\n   \n  b",
    "a: |\nb: c",
    "a: b\n? c",
    "a: \x7f",
    "a: b\n" + " " * 60 + "c: d",
    f"{'a' * 1_001}: b",
    "a:\n- b\n  - c",
]


@pytest.mark.parametrize("lines", NOT_SURE)
def test_what_is_odd_there_is_left_to_the_careful_reader(lines: str) -> None:
    assert data(under_properties(lines)) is None


@pytest.mark.parametrize("indent", ["", "  "])
def test_the_document_goes_on_behind_what_is_not_read(indent: str) -> None:
    lines = ("- name: a", "  traits:", "  - b:", "  name: c")
    text = "spec:\n  components:\n" + "".join(f"  {indent}{line}\n" for line in lines)
    assert data(text) is None  # two names
    again = text.replace("name: c", "type: c") + "other: d\n"
    assert data(again) == {"spec": {"components": [{"name": "a", "traits": UNREAD, "type": "c"}]}, "other": "d"}
    assert data(text.replace("  name: c", "    name: c")) == {"spec": {"components": [{"name": "a", "traits": UNREAD}]}}
    assert data(text.replace("  name: c", " name: c")) is None


@pytest.mark.parametrize(
    "text",
    [
        "properties:\n  a: b\n",
        "spec:\n  properties:\n    a: b\n",
        "spec:\n  workflow:\n    steps:\n    - name: a\n      properties:\n        b: c\n",
        "spec:\n  policies:\n  - name: a\n    properties:\n      b: c\n",
        "other:\n  components:\n  - properties:\n      a: b\n",
        "spec:\n  components:\n    a:\n      properties:\n        b: c\n",
        "spec:\n- components:\n  - properties:\n      a: b\n",
        "spec:\n  components:\n  - a:\n      properties:\n        b: c\n    settings:\n      d: e\n",
        "spec:\n  components:\n  - properties: {a: b}\n    traits: [c]\n",
        "spec:\n  components:\n  - properties: |\n      a\n    traits:\n",
        "spec:\n  components:\n  - properties:\n    # none\n  other:\n  - traits:\n    - a\n",
        "items:\n- spec:\n    components:\n    - properties:\n        a: b\n",
    ],
)
def test_everything_elsewhere_is_read(text: str) -> None:
    assert check_reading(text)
    assert repr(data(text)) == repr(careful_data(text))


def test_what_is_put_in_is_proved_by_all_of_it() -> None:
    entry = "spec:\n  components:\n  - name: a\n    properties:\n      b: c\n"
    said = mapping(entry, 0)
    assert said is not None
    assert said.data == careful_data(entry)
    item = "- components:\n  - properties:\n      a: b\n"
    assert sequence(item, 0) == careful_data(item)


@pytest.mark.parametrize("number", [100, 127, 128, 129, 200, 5_000])
def test_mappings_of_many_keys_are_checked_like_small_ones(number: int) -> None:
    lines = "\n".join(f"key-{index}: a" for index in range(number))
    for text in (lines, "top:\n" + "\n".join(f"- {line}" for line in lines.split("\n"))):
        assert data(under_properties(text))["spec"]["components"][0]["properties"] is UNREAD
    for text in (f"{lines}\nkey-0: a", f"{lines}\nkey-{number - 1}: a"):
        assert data(under_properties(text)) is None


def test_collections_may_stand_as_deep_as_elsewhere() -> None:
    lines = "\n".join(f"{' ' * depth}- a:" for depth in range(0, 44, 2))
    assert data(under_properties(lines)) is not None
    assert data(under_properties(f"{lines}\n{' ' * 44}- a:\n{' ' * 46}- b:")) is None
    assert data(under_properties("\n".join(f"{' ' * depth}a:" for depth in range(44)))) is not None


@given(SEEDS)
@MANY
def test_spoiled_lines_there_are_found_or_read_as_with_care(rng: Random) -> None:
    for lines in rng.choices(SURE, k=20):
        text = under_properties(lines)
        for _ in range(rng.randint(1, 2)):
            text = spoiled(text, rng)
        check_passes(text)
        try:
            careful = careful_data(text)
        except Trouble:
            assert outline(text) is None, text
            continue
        read = outline(text)
        assert read is None or alike(read.data, careful), text
