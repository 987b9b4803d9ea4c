"""`isolateChildren` adds to filters that are there, however they are written, and gives them back as they were."""

from __future__ import annotations

import pytest
import yaml

from tests.unit.test_inject import APPLICATION
from tests.unit.test_updates import plan
from vela_steps import inject, remove
from vela_steps.plan.isolation import FILTERS

KEY = "filter.oam.dev/annotation-keys"
ISOLATING = plan("p", "one", isolate_children=True)
WRITTEN = [
    "mine",
    "!!str mine",
    '"mine"',
    "'mine' # said",
    ">-\n      mine",
    ">-\n      mine,\n      yours",
    ">2-\n      mine\n",
    "|-\n      mine",
    "| # said\n      mine",
    "!!str |\n      mine",
    ">\n      mine\n\n",
    "|+\n      mine\n\n",
    '"mine\\n"',
    '""',
    "''",
    '!!str ""',
    "",
    " # nothing yet",
]


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("rest", ["", "    z: z\n"])
def test_a_filter_gets_its_keys_and_loses_them_again(written: str, rest: str) -> None:
    text = APPLICATION.replace("the shop\n", f"the shop\n  annotations:\n    {KEY}: {written}\n{rest}")
    result = inject(text, [ISOLATING])
    assert result.ok, result.problems
    before, after = (keys(each) for each in (text, result.text))
    assert before < after
    assert set(FILTERS[KEY]) <= after
    assert not inject(result.text, [ISOLATING]).changed
    assert remove(result.text).text == text
    assert inject(result.text, [plan("p", "one")]).text == inject(text, [plan("p", "one")]).text


@pytest.mark.parametrize("written", ["{a: a, KEY: ''}", "{KEY: 'mine', z: z}", '{"KEY": "mine"}'])
def test_a_filter_in_flow_style_gets_its_keys_and_loses_them_again(written: str) -> None:
    text = APPLICATION.replace("the shop\n", f"the shop\n  annotations: {written.replace('KEY', KEY)}\n")
    result = inject(text, [ISOLATING])
    assert set(FILTERS[KEY]) <= keys(result.text)
    assert remove(result.text).text == text


@pytest.mark.parametrize(
    ("written", "message"), [("~", "no room"), ("!!str", "no room"), ("|-\n", "no room"), ("5", "no text")]
)
def test_a_filter_that_has_no_room_is_refused_by_what_is_written(written: str, message: str) -> None:
    text = APPLICATION.replace("the shop\n", f"the shop\n  annotations:\n    {KEY}: {written}\n")
    result = inject(text, [ISOLATING], path="app.yaml")
    assert result.text == text
    assert message in result.problems[0].message
    assert str(result.problems[0].position) == "app.yaml:6:37"


@pytest.mark.parametrize("written", ["{KEY: mine}", "{KEY: }", "{KEY: null}"])
def test_a_filter_in_flow_style_that_a_comma_would_end_is_refused(written: str) -> None:
    text = APPLICATION.replace("the shop\n", f"the shop\n  annotations: {written.replace('KEY', KEY)}\n")
    assert "no room for more" in inject(text, [ISOLATING]).problems[0].message


def keys(text: str) -> set[str]:
    """The keys of the filter as KubeVela takes them: whatever stands between commas."""
    value = yaml.safe_load(text)["metadata"]["annotations"][KEY]
    return {key for key in (value or "").split(",") if key and key.strip() == key}
