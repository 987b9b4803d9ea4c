"""A text to its documents."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vela_steps.locate import built
from vela_steps.locate.documents import documents, markers

PIECES = st.sampled_from(
    ["---", "...", "--", "..", "-", " ", "\t", "\r", "\n", "\n", "\0", "a: b", "# note", "é", "…", "%YAML"]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@given(TEXTS)
def test_the_documents_cover_the_text_and_begin_where_they_say(text: str) -> None:
    end = 0
    for start, stop, line in documents(text):
        assert start == end
        assert line == text.count("\n", 0, start) + 1
        end = stop
    assert end == len(text)


@given(TEXTS, st.integers(0, 3))
def test_the_compiled_search_finds_the_markers_that_the_other_one_finds(text: str, start: int) -> None:
    start = min(start, len(text))
    assert (built.markers or markers)(text, start) == markers(text, start)
