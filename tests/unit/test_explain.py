"""Workflows as graphs and pictures."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vela_steps.explain.graph import DAG, NEW, STEP_BY_STEP, Graph, graph
from vela_steps.explain.layout import Box, Drawing, draw
from vela_steps.explain.mermaid import mermaid
from vela_steps.explain.picture import Panel, Picture
from vela_steps.explain.svg import svg
from vela_steps.explain.tree import tree

Step = dict[str, Any]
SVG = "{http://www.w3.org/2000/svg}"


def after(found: Graph) -> dict[str, tuple[str, ...]]:
    return {node.name: node.after for node in found.nodes}


def test_step_by_step_each_step_waits_for_the_one_before() -> None:
    steps: list[Step] = [{"name": "a", "type": "t"}, {"name": "b", "type": "t", "dependsOn": ["x"]}, {"type": "t"}]
    assert after(graph(STEP_BY_STEP, DAG, steps)) == {"a": (), "b": ("a",), "step-3": ("b",)}


def test_in_a_dag_steps_wait_for_what_they_depend_on_and_for_their_inputs() -> None:
    steps: list[Step] = [
        {"name": "a", "type": "t", "outputs": [{"name": "url", "valueFrom": "x"}]},
        {"name": "b", "type": "t", "dependsOn": ["a", "not-there"], "inputs": [{"from": "url"}]},
        {"name": "c", "type": "t", "inputs": [{"from": "url", "parameterKey": "k"}, {"from": "context.name"}]},
    ]
    found = graph(DAG, DAG, steps)
    assert after(found) == {"a": (), "b": ("a",), "c": ("a",)}
    assert [node.data for node in found.nodes] == [(), (), ("a",)]


def waits(edges: dict[str, list[str]], name: str) -> set[str]:
    return set(edges[name]).union(*(waits(edges, other) for other in edges[name]))


@given(st.data())
def test_what_is_left_out_because_it_follows_still_follows(data: st.DataObject) -> None:
    names = [f"s{number}" for number in range(data.draw(st.integers(1, 9)))]
    edges = {
        name: data.draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
        for index, name in enumerate(names)
    }
    found = after(graph(DAG, DAG, [{"name": name, "type": "t", "dependsOn": edges[name]} for name in names]))
    left = {name: list(found[name]) for name in names}
    for name in names:
        assert waits(left, name) == waits(edges, name)
        assert not any(one in waits(edges, other) for one in left[name] for other in left[name])


def test_many_steps_that_one_waits_for_are_counted() -> None:
    steps: list[Step] = [{"name": name, "type": "t"} for name in "abcdef"]
    steps.append({"name": "last", "type": "t", "dependsOn": list("abcdef")})
    assert "last  (t; also after b, c, d and 2 more)" in tree(graph(DAG, DAG, steps))


def test_sub_steps_run_as_their_group_says() -> None:
    subs = [{"name": "x", "type": "t"}, {"name": "y", "type": "t"}]
    steps: list[Step] = [
        {"name": "g", "type": "step-group", "subSteps": subs},
        {"name": "h", "type": "step-group", "mode": STEP_BY_STEP, "subSteps": subs},
    ]
    first, second = graph(STEP_BY_STEP, DAG, steps).nodes
    assert first.inner
    assert second.inner
    assert after(first.inner) == {"x": (), "y": ()}
    assert after(second.inner) == {"x": (), "y": ("x",)}


def test_what_is_new_and_what_is_changed_is_marked() -> None:
    before: list[Step] = [{"name": "a", "type": "t"}, {"name": "b", "type": "t"}]
    now: list[Step] = [
        {"name": "a", "type": "t"},
        {"name": "b", "type": "t", "timeout": "1m"},
        {"name": "c", "type": "t"},
    ]
    assert [node.state for node in graph(DAG, DAG, now, before).nodes] == ["same", "changed", "new"]
    assert tree(graph(DAG, DAG, now, before)) == "├─ a  (t)\n├─ ~ b  (t)\n└─ + c  (t)\n"


def test_a_step_without_a_name_that_was_there_before_is_not_new() -> None:
    by_hand: list[Step] = [{"name": "g", "type": "apply-component"}, {"type": "suspend"}]
    group: Step = {"type": "step-group", "subSteps": [{"type": "suspend"}]}
    now = [by_hand[0], {"name": "purge", "type": "t"}, {"type": "suspend"}, group, {"type": "other"}]
    found = graph(STEP_BY_STEP, DAG, now, [*by_hand, group]).nodes
    assert [node.state for node in found] == ["same", "new", "same", "same", "new"]
    assert found[3].inner
    assert [node.state for node in found[3].inner.nodes] == ["same"]


def test_steps_that_wait_for_each_other_are_shown_all_the_same() -> None:
    steps: list[Step] = [{"name": "a", "type": "t", "dependsOn": ["b"]}, {"name": "b", "type": "t", "dependsOn": ["a"]}]
    found = graph(DAG, DAG, steps)
    assert sum(len(layer) for layer in found.layers()) == 2
    assert tree(found) == "└─ a  (t; after b)\n   └─ b  (t)\n"
    assert "<rect" in svg([Picture("x", (Panel("p", found),))])


def test_steps_of_one_name_are_drawn_each() -> None:
    steps: list[Step] = [{"name": name, "type": "t"} for name in ("g", "x", "g", "g (2)", "g")]
    for mode in (DAG, STEP_BY_STEP):
        found = graph(mode, DAG, steps)
        assert [node.name for node in found.nodes] == ["g", "x", "g (2)", "g (2) (2)", "g (3)"]
        picture = Picture("x", (Panel("p", found),))
        assert ElementTree.fromstring(svg([picture])) is not None  # noqa: S314 - our own
        assert mermaid([picture]).count("<br/>t") == tree(found).count("(t") == 5


@pytest.mark.parametrize("letter", ["\a", "\x7f", "\ufffe", "\udcff", "ü", "😀", "<"])
def test_an_svg_is_well_formed_whatever_names_hold(letter: str) -> None:
    found = graph(DAG, DAG, [{"name": f"a{letter}b", "type": f"t{letter}"}])
    drawn = svg([Picture(f"x{letter}", (Panel(f"p{letter}", found),))])
    assert drawn.isascii()
    shown = letter if letter in "\x7fü😀<" else "\ufffd"
    texts = [element.text for element in ElementTree.fromstring(drawn).iter(f"{SVG}text")]  # noqa: S314 - our own
    assert texts == [f"x{shown}", f"p{shown}", f"a{shown}b", f"t{shown}"]


@st.composite
def workflows(sample: st.DrawFn) -> Graph:
    """Any DAG, with groups here and there."""
    names = [f"s{number}" for number in range(sample(st.integers(0, 9)))]
    steps: list[Step] = []
    for index, name in enumerate(names):
        depends = sample(st.lists(st.sampled_from(names[:index]), max_size=3, unique=True)) if index else []
        step: Step = {"name": name, "type": "t" * sample(st.integers(1, 30)), "dependsOn": depends}
        if sample(st.integers(0, 4)) == 0:
            step["subSteps"] = [{"name": f"{name}-{sub}", "type": "t"} for sub in range(sample(st.integers(1, 3)))]
        steps.append(step)
    return graph(sample(st.sampled_from([DAG, STEP_BY_STEP])), DAG, steps, steps[::2])


def overlap(one: Box, other: Box) -> bool:
    apart = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (apart or one.y + one.height <= other.y or other.y + other.height <= one.y)


def check_drawing(drawing: Drawing) -> None:
    assert not any(overlap(one, other) for one, other in combinations(drawing.boxes, 2))
    for box in drawing.boxes:
        assert box.x >= 0
        assert box.y >= -0.01
        assert box.x + box.width <= drawing.width + 0.01
        assert box.y + box.height <= drawing.height + 0.01
        if box.inner:
            assert box.inner.width < box.width
            assert box.inner.height < box.height
            check_drawing(box.inner)
    for line in drawing.lines:
        assert all(left[0] <= right[0] for left, right in pairwise(line.points))


@given(workflows())
def test_no_two_steps_are_drawn_over_each_other_and_lines_go_to_the_right(found: Graph) -> None:
    drawing = draw(found)
    assert len(drawing.boxes) == len(found.nodes)
    assert len(drawing.lines) == sum(len(node.after) for node in found.nodes)
    check_drawing(drawing)


@given(workflows())
def test_every_step_stands_once_in_every_picture(found: Graph) -> None:
    names = [node.name for node in found.nodes]
    pictures = [Picture('a "quoted" <title> & more', (Panel("p", found),))]
    root = ElementTree.fromstring(svg(pictures))  # noqa: S314 - our own
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert all(texts.count(name) == 1 for name in names)
    flow = mermaid(pictures)
    assert sorted(re.findall(r'\["(s\d+)["<]', flow)) == sorted(names)
    drawn = re.findall(r"\b(s\d+)  \(", tree(found))
    assert sorted(drawn) == sorted(names)


def test_new_steps_stand_out_in_colour() -> None:
    found = graph(DAG, DAG, [{"name": "a", "type": "t"}], [])
    assert found.nodes[0].state == NEW
    assert "\x1b[32m+ a\x1b[0m" in tree(found, colour=True)
