"""The fast reader of plain documents says what the careful one says, or nothing."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.styles import Writer, application, laid_out
from tests.unit.test_invariants import plan
from vela_steps.injection.careful import Careful
from vela_steps.injection.quick import quickly
from vela_steps.injection.run import Run
from vela_steps.locate import built
from vela_steps.locate.nodes import parse
from vela_steps.locate.outline import UNREAD, Outline
from vela_steps.locate.plain import collected, outline, start_of
from vela_steps.locate.trouble import Trouble
from vela_steps.locate.values import Reader
from vela_steps.plan.decide import injected
from vela_steps.plan.model import Plan
from vela_steps.plan.same import same

SEEDS = st.randoms(use_true_random=True)
MANY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
FILES = sorted((Path(__file__).parent.parent / "cases").glob("*/*.yaml"))
HEAD = "apiVersion: v1\nkind: Thing\n"


def careful_data(text: str) -> Any:
    tree = parse(text)
    return None if tree is None else Reader(tree).data(tree.root)


def alike(quick: Any, careful: Any) -> bool:
    if quick is UNREAD:
        return isinstance(careful, (dict, list))
    if isinstance(quick, dict) and isinstance(careful, dict):
        return list(quick) == list(careful) and all(alike(quick[key], careful[key]) for key in quick)
    if isinstance(quick, list) and isinstance(careful, list):
        return len(quick) == len(careful) and all(map(alike, quick, careful))
    return same(quick, careful)


def check_reading(text: str) -> bool:
    check_passes(text)
    read = outline(text)
    if read is None:
        return False
    assert read.written(read.text) == text
    assert alike(read.data, careful_data(text))
    return True


def described(read: Outline) -> Any:
    numbers = {id(part): number for number, part in enumerate(read.parts)}
    parts = [
        (repr(part.data), part.column, part.starts, numbers.get(id(part.above)), part.place) for part in read.parts
    ]
    return repr(read.data), parts, read.step, read.dash


def check_passes(text: str) -> None:
    """The compiled pass over the lines finds what the other one does."""
    body = text.replace("\r\n", "\n")
    body += "" if body.endswith("\n") else "\n"
    start = start_of(body)
    sure = []
    for whole in (False, True):
        said = []
        for collect in (built.collected or collected, collected):
            found = Outline(body)
            said.append(start >= 0 and collect(found, body, start, 0, whole) and described(found))
        assert said[0] == said[1]
        sure.append(bool(said[0]))
    assert sure[0] == sure[1]  # what is not read is checked all the same


def check_editing(text: str, plans: list[Plan]) -> bool:
    quick = quickly(text, lambda app: injected(app, plans), "x", 1)
    if quick is None:
        return False
    run = Run("x", lambda app: injected(app, plans))
    assert quick.text == Careful(run, text, 1).edited()
    assert ([quick.change] if quick.change else []) == run.changes
    assert not run.problems
    return True


@given(SEEDS)
@MANY
def test_both_readers_say_the_same_of_every_style(rng: Random) -> None:
    text = laid_out(Writer(rng).document(application(rng)), rng).removeprefix("\ufeff")
    check_reading(text)
    check_editing(text, [plan(rng, "first"), plan(rng, "second")])


@given(SEEDS)
@MANY
def test_both_readers_say_the_same_of_plain_documents(rng: Random) -> None:
    writer = Writer(rng)
    writer.flow = 0.0
    text = laid_out("\n".join(writer.mapping(application(rng), 0)), rng).removeprefix("\ufeff")
    check_reading(text)
    check_editing(text, [plan(rng, "first")])


@given(SEEDS)
@MANY
def test_a_damaged_document_is_read_as_the_careful_reader_reads_it_or_not_at_all(rng: Random) -> None:
    text = Writer(rng).document(application(rng)) + "\n"
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text))
        what = rng.choice(
            ["", " ", "  ", "\n", "- ", ":", ": ", "'", '"', "#", " #", "|", "&a ", "*a", "\n\n", "x", "[", "? "]
        )
        text = text[:at] + what + text[at + rng.randint(0, 3) :]
    check_passes(text)
    try:
        careful = careful_data(text)
    except Trouble:
        assert outline(text) is None, text
        return
    read = outline(text)
    assert read is None or alike(read.data, careful), text


def spoiled(text: str, rng: Random) -> str:
    """The text with one line twice, gone, elsewhere, deeper, or with something odd before it."""
    lines = text.split("\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(6)
    if kind == 0:
        lines.insert(other, lines[at])
    elif kind == 1:
        del lines[at]
    elif kind == 2:
        lines[at] = " " * rng.randint(0, 8) + lines[at].lstrip(" ")
    elif kind == 3:
        lines[at], lines[other] = lines[other], lines[at]
    elif kind == 4:
        lines.insert(at, rng.choice(["  # note", "", "# x", "        # y", "   ", "      #", "---", "\t"]))
    else:
        lines[at : at + 3] = [f"  {line}" for line in lines[at : at + 3]]
    return "\n".join(lines)


def manifests() -> list[str]:
    """The documents of all cases: what is read, and what is spoiled."""
    texts = [path.read_bytes().decode().removeprefix("\ufeff") for path in FILES]
    return [document for text in texts for document in text.split("\n---\n")]


@given(SEEDS)
@MANY
def test_manifests_with_spoiled_lines_are_read_and_edited_as_with_care_or_not_at_all(rng: Random) -> None:
    for text in rng.sample(manifests(), 20):
        check_reading(text)  # so that its lines are known when they come again, spoiled
        again = spoiled(text, rng)
        try:
            careful_data(again)
        except Trouble:
            assert outline(again) is None, again
            continue
        check_reading(again)
        check_editing(again, [plan(rng, "first")])


FORM = "apiVersion: v1\nkind: Thing\nspec:\n  components:\n    - name: web-app\n%s"
FORMS = [
    "      type: %s\n      image: %s\n",
    "      type: %s\n      text: |\n        a: %s\n",
    "      type: %s # b: %s\n",
    "      type: %s\n      # b: %s\n",
    "      'a: b': %s\n      c: %s\n",
    "      a:\n      - b: %s\n        c: %s\n",
    "      a: [x, y]\n      b: %s\n      c: x%s\n",
    "      - a: %s\n        b: %s\n",
]
SIMPLE = ["nginx:1.27", "on", "0x1f", "web", "1e3", ".5", "a/b@c"]
VALUES = [*SIMPLE, "2024-01-01", "null", "12:30:45", "True", "x.", "1_000"]


@pytest.mark.parametrize("form", FORMS)
def test_every_value_is_read_for_what_it_says_there(form: str) -> None:
    for first in VALUES:
        for second in VALUES:
            text = FORM % (form % (first, second))
            assert check_reading(text) or outline(text) is None


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_both_readers_say_the_same_of_the_cases(path: Path) -> None:
    text = path.read_bytes().decode().removeprefix("\ufeff")
    if "\n---" not in text:
        check_reading(text)


PLAIN = [
    "a: 1\nb: 0x1f\nc: on\nd: ~\ne: 1e3\nf: 2024-01-01\ng: .5\nh: -1\ni: a: b\n",
    "a:\n- b\n- c: d\n  e:\n  - f\ng: h\n",
    "a:\n  - b: |\n      x\n\n        y\n    c: |-\n      z\n",
    "a: 'b # c' # d\ne: f#g\nh: \"i\" #\n",
    "a: [b, 'c, d', \"e\", 1]\nf: []\ng: {}\n",
    "a:\n\n  # b\n  c:\n# d\n  e: f\n",
    "a: http://x:80/y\nb: it's\nc: x]\nd: $(e)\n",
    "a:\n  b:\nc:\n",
    "a:\n  - - b\n",
    "a: b\n  c\n",
    "a: b\n  c: d\n",
    "a:\n    b: c\n  d: e\n",
    "a:\n  - b\n c: d\n",
    "a: b\na: c\n",
    "a: |\n    b\n  c\n",
    "a: |\n\n\n  b\n",
    "a: |\nb: c\n",
    "- a\n",
    "a: b\n- c\n",
    "a:\n  b: c\n  - d\n",
    "a: -\nb: - c\n",
    "a: 'b\n  c'\n",
    "a: &x b\nc: *x\n",
    "'a b': c\n\"d\": e\n/f: g\n",
    "a:\tb\n",
    "a: b\t\n",
    "a : b\n",
    "a: b:\n",
    "a: ? b\n",
    "---\na: b\n---\nc: d\n",
    "# x\n---\na: b\n",
    "a: b\n...\n",
    "a: 日本\nb: \u00a0\nc: \u2028\n",
    "é: b\n",
    "<<: {}\n",
    "a: >\n  b\n  c\nd: e\n",
    "a:\n  - # x\n    b: c\n",
    "a: !x b\n",
    "a: [b, c\n",
    "a: [b] c\n",
    "a: {b: c}\n",
    "a: {b: c, d: [e, {f: '}'}], \"g\": 1} # h\n",
    "a: { b: on }\nc: [ ]\nd: [[], {}]\n",
    "a: {b: c, b: d}\n",
    "a: {b: c,}\nd: [e,]\n",
    "a: {b:c}\nd: {e}\nf: {g: }\n",
    "a: {b: c]\n",
    "a: {b: c} d\n",
    "a: {b: {c: {d: {e: {f: {g: {h: {i: {j: {k: {l: m}}}}}}}}}}}\n",
    "- {a: b}\n- [c]\n",
    "a: |+\n  b\n\n",
    "a: |2\n  b\n",
    "a: '''b'\nc: ''\n",
]


@pytest.mark.parametrize("text", PLAIN)
def test_both_readers_say_the_same_of_small_documents(text: str) -> None:
    whole = text if text.startswith(("-", "#")) else HEAD + text
    for variant in (whole, whole.rstrip("\n"), whole.replace("\n", "\r\n")):
        try:
            careful = careful_data(variant)
        except Trouble:
            assert outline(variant) is None
            continue
        read = outline(variant)
        assert read is None or alike(read.data, careful)


def test_plain_manifests_are_read_fast() -> None:
    assert sum(check_reading(text) for text in PLAIN) >= 10
