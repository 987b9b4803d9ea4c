"""Input that is out to hurt: a clear error, soon, and the text as it was before."""

from __future__ import annotations

import pytest

from tests.unit.test_inject import APPLICATION, PLAN
from vela_steps import Plan, inject

HEAD = "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: shop}\n"
BOMB = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))

HOSTILE = {
    "flow nested 100,000 deep": (HEAD + "spec: " + "[" * 100_000, "levels deep"),
    "mappings nested 100,000 deep": (HEAD + "spec: " + "{a: " * 100_000, "levels deep"),
    "blocks nested 3,000 deep": (
        HEAD + "spec:\n" + "".join(" " * i + f"k{i}:\n" for i in range(1, 1500)),
        "levels deep",
    ),
    "dashes nested 100,000 deep": (HEAD + "spec:\n  " + "- " * 100_000, "levels deep"),
    "an alias bomb": (HEAD + "a0: &a0 [x]\n" + BOMB + "spec: {components: *a29}\n", "unfold"),
    "an alias bomb of merge keys": (
        HEAD
        + "a0: &a0 {x: y}\n"
        + "".join(f"a{i}: &a{i} {{p: *a{i - 1}, q: *a{i - 1}}}\n" for i in range(1, 40))
        + "spec: {}\n",
        "unfold",
    ),
    "an alias of itself": (HEAD + "spec: &s {components: [*s]}\n", "contains itself"),
    "a NUL": (HEAD + "spec: {components: [\0]}\n", "control characters are not allowed"),
    "a control character": (HEAD + "spec: \x01\n", "control characters are not allowed"),
    "a document of 100 MB": (HEAD + "spec: " + "x" * 100_000_000, "more than"),
    "a hundred thousand comments before what is no item": (
        HEAD.replace("{name: shop}", "\n  name: shop")
        + "spec:\n  components:\n    - name: backend\n"
        + "    #\n" * 100_000
        + "    x: y\n",
        "not valid YAML",
    ),
    "a million anchors": (HEAD + "spec: [" + "&a x," * 300_000 + "]", "values in one document"),
    "a million values": (HEAD + "spec: [" + "a," * 900_000 + "]", "values in one document"),
    "a line of colons": (HEAD + "spec: " + "b:" * 500_000 + "\n", "not valid YAML"),
    "old Mac line breaks": (APPLICATION.replace("\n", "\r"), "CR"),
    "a tag bomb": (HEAD + "spec: !!python/object/apply:os.system ['true']\n", ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_with_its_place(name: str) -> None:
    text, message = HOSTILE[name]
    result = inject(text, [PLAN], path="app.yaml")
    assert result.text is text
    assert not result.changed
    if message:
        assert not result.ok
        assert message in result.problems[0].message
        assert result.problems[0].position.line >= 1


BYTES = {
    "invalid UTF-8": (APPLICATION.encode().replace(b"shop", b"sh\xffop", 1), "not UTF-8"),
    "UTF-16 with its mark": (APPLICATION.encode("utf-16"), "UTF-16"),
    "UTF-16 without": (APPLICATION.encode("utf-16-le"), "UTF-16"),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_utf_8_are_refused_with_their_place(name: str) -> None:
    given, message = BYTES[name]
    result = inject(given, [PLAN], path="app.yaml")
    assert result.text is given
    assert message in result.problems[0].message


def test_the_place_of_a_byte_that_is_no_utf_8_is_told() -> None:
    result = inject(APPLICATION.encode().replace(b"shop", "é".encode() + b"\xff", 1), [PLAN], path="app.yaml")
    assert str(result.problems[0].position) == "app.yaml:4:10"


@pytest.mark.parametrize("noise", [b"\xff\xfe\x00", b"", b"\x00" * 100, b"[" * 100_000, b"a: b\n---\n- c\n"])
def test_files_without_an_application_are_left_alone_whatever_they_are(noise: bytes) -> None:
    result = inject(noise, [PLAN])
    assert result.text is noise
    assert result.ok or noise.startswith(b"\xff\xfe")


def test_a_harmless_use_of_many_aliases_is_no_bomb() -> None:
    parts = "".join(f"    - name: c{i}\n      type: webservice\n      properties: *p\n" for i in range(50))
    text = APPLICATION.replace("  components:\n", "  x: &p {image: nginx}\n  components:\n") + parts
    assert inject(text, [PLAN]).changed


def test_each_of_many_steps_after_each_of_many_components_is_refused_with_the_way_out() -> None:
    each = """apiVersion: vela-steps.dev/v1alpha1
kind: PostSync
metadata: {name: each}
spec:
  steps:
  - {name: tell, type: acme-tell, forEach: component}
"""
    parts = "".join(f"  - {{name: c{i}, type: webservice}}\n" for i in range(1_000))
    given = HEAD + "spec:\n  components:\n" + parts
    result = inject(given, Plan.load(each))
    assert result.text is given
    assert "its 1,000 steps would name more than 50,000 steps to wait for" in result.problems[0].message
    with_one_first = each.replace("  - {name: tell", "  - {name: all, type: acme-wait}\n  - {name: tell")
    assert inject(given, Plan.load(with_one_first)).changed
