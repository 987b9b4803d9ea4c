"""Results wait in order, in bounded memory; large files come in pieces that end between documents."""

from __future__ import annotations

import io
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vela_steps.files import read, stage
from vela_steps.files.stage import Stage, Target

TO = Target("p", "p", 0o644, (0, 0), (1, 2, 3, 4))
DOCUMENT = st.sampled_from([b"a: 1\n", b"# c\n", b"x: |\n  ---\n", b"%YAML 1.1\n", b"\n", b"- - -\n", b"...\n"])


@given(st.lists(st.tuples(st.lists(st.binary(max_size=50), max_size=4), st.booleans()), max_size=12), st.booleans())
def test_what_is_kept_comes_back_in_order_and_what_is_dropped_does_not(
    results: list[tuple[list[bytes], bool]], on_disk: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "IN_MEMORY", 0 if on_disk else 1 << 20)
        with Stage() as queue:
            for number, (pieces, kept) in enumerate(results):
                queue.begin(TO._replace(path=str(number)))
                for piece in pieces:
                    queue.add(piece)
                (queue.keep if kept else queue.drop)()
            back = [(to.path, b"".join(pieces)) for to, pieces in queue.results()]
    assert back == [(str(number), b"".join(pieces)) for number, (pieces, kept) in enumerate(results) if kept]
    assert queue.kept == len(back)


def test_results_need_not_be_read_to_their_end() -> None:
    queue = Stage()
    for path in "ab":
        queue.begin(TO._replace(path=path))
        queue.add(b"1")
        queue.add(b"2")
        queue.keep()
    assert [(to.path, next(pieces)) for to, pieces in queue.results()] == [("a", b"1"), ("b", b"1")]


def test_memory_does_not_grow_with_the_number_of_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "IN_MEMORY", 1 << 18)
    tracemalloc.start()
    try:
        with Stage() as queue:
            for _ in range(100):
                queue.begin(TO)
                queue.add(bytes(1 << 16))
                queue.keep()
            assert tracemalloc.get_traced_memory()[1] < 1 << 20
            assert sum(len(piece) for _, pieces in queue.results() for piece in pieces) == 100 << 16
    finally:
        tracemalloc.stop()


@given(st.lists(st.one_of(DOCUMENT, st.just(b"---\n"), st.just(b"--- # x\r\n")), max_size=40))
def test_pieces_are_the_whole_file_cut_before_document_markers_only(lines: list[bytes]) -> None:
    text = b"".join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "PIECE", 12)
        parts = list(read.pieces(io.BytesIO(text)))
    assert b"".join(parts) == text
    for before, after in pairwise(parts):
        assert after.startswith(b"---")
        assert not before.splitlines()[-1].startswith(b"%")


def test_a_document_that_does_not_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "PIECE", 1 << 10)
    monkeypatch.setattr(read, "MOST", 1 << 14)
    with pytest.raises(read.TooLarge):
        list(read.pieces(io.BytesIO(b"a: b\n" * 10_000)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"x" * 1023 + b"core.oam.dev", True),
        (b"x" * 1020 + b"core.oam.dev" + b"y" * 5000, True),
        (b"x" * 5000, False),
        ("kind: x".encode("utf-16"), True),
        (b"", False),
    ],
)
def test_a_word_is_found_across_pieces(monkeypatch: pytest.MonkeyPatch, text: bytes, found: bool) -> None:
    monkeypatch.setattr(read, "PIECE", 1 << 10)
    file = io.BytesIO(text)
    assert read.holds(file, b"core.oam.dev") == found
    assert file.tell() == 0
