"""Words under each other: each word is there once and in order, what differs is said, and lines fit."""

import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labbench.transcript.alike import closely_aligned
from labbench.transcript.compare import aligned
from labbench.transcript.types import Word
from labbench.ui.transcripts.aligned_layout import Aligned, align, as_text, flow, told, widths_of

TEXTS = st.lists(st.sampled_from(["red", "green", "blue", "Red,", "uh"]), max_size=12)


def words(text: str) -> list[Word]:
    return [Word(piece, at, at + 0.8, 0.5) for at, piece in enumerate(text.split())]


def looks(found: Aligned, which: str) -> list[str]:
    return [getattr(column, which).look for column in found.columns]


def test_two_texts_against_each_other():
    found = align(words("red green blue"), words("Red, grin blue uh"), None)
    assert looks(found, "a") == ["same", "changed", "same", "missing"]
    assert looks(found, "b") == ["same", "changed", "same", "extra"]
    assert found.agreed == 2 and found.lines == 2 and found.counted("b") == (1, 0, 1)
    assert told(found, 1, "A") == "A: “green”, 1.00 to 1.80 s, 50% sure. B has “grin”."
    assert told(found, 3, "A") == "A has no word here. B has “uh”."
    assert told(found, 3, "B").endswith("A has nothing here.")


def test_three_texts_against_what_was_said():
    found = align(words("uh red grin blue"), words("red blue"), words("red green blue"))
    assert [column.said.text if column.said else None for column in found.columns] == [None, "red", "green", "blue"]
    assert looks(found, "a") == ["extra", "same", "changed", "same"]
    assert looks(found, "b") == ["empty", "same", "missing", "same"]
    assert told(found, 2, "B") == "B has no word here. “green” was said."
    assert as_text(found, ("said", "A", "B")) == (
        "said  –    red green blue\nA     [uh] red grin  blue\nB     –    red –     blue\n"
    )


def test_words_that_are_written_alike_stand_against_each_other():
    for said in ("green uh", "uh green"):
        found = align(words("red grin blue"), words(f"red {said} blue"), None)
        assert [c.a.word.text for c in found.columns if c.b.word and c.b.word.text == "green"] == ["grin"]


@given(TEXTS, TEXTS)
def test_it_takes_no_more_changes_than_need_be(a, b):
    one, other = words(" ".join(a)), words(" ".join(b))
    close, first = closely_aligned(one, other), aligned(one, other)
    assert sum(pair.change != "same" for pair in close) == sum(pair.change != "same" for pair in first)


@given(TEXTS, TEXTS, st.none() | TEXTS)
def test_every_word_is_there_once_and_in_order(a, b, said):
    a, b = words(" ".join(a)), words(" ".join(b))
    said = None if said is None else words(" ".join(said))
    found = align(a, b, said)
    for given_words, of in ((a, lambda c: c.a.word), (b, lambda c: c.b.word), (said or [], lambda c: c.said)):
        assert [of(column) for column in found.columns if of(column) is not None] == given_words
    assert all(any(column.words) for column in found.columns), "no column is empty"
    for column in found.columns:
        for cell in (column.a, column.b):
            assert (cell.word is None) == (cell.look in ("missing", "empty"))


@given(st.lists(st.floats(1, 300), max_size=60), st.floats(50, 400))
def test_lines_hold_all_columns_and_fit(widths, room):
    lines = flow(widths, room, 10.0)
    assert len(lines.lefts) == len(widths) and list(lines.lines) == sorted(lines.lines)
    for left, width in zip(lines.lefts, widths, strict=True):
        assert left == 0 or left + width <= room
    for line in range(len(lines.firsts)):
        columns = range(*lines.columns_of(line, line))
        assert len(columns) > 0 and {lines.lines[column] for column in columns} == {line}
        for column in columns:
            middle = lines.lefts[column] + widths[column] / 2
            assert lines.at(line, middle, widths) == column and lines.beside(column, 0) == column


def test_an_hour_of_speech_is_laid_out_at_once():
    rng = np.random.default_rng(4)
    a = [Word(f"word{number}", at * 0.36, at * 0.36 + 0.3) for at, number in enumerate(rng.integers(0, 3000, 10_000))]
    b = [word for word, kept in zip(a, rng.random(10_000), strict=True) if kept > 0.05]
    found = align(a, b, a)
    began = time.thread_time()
    lines = flow(widths_of(found.columns, lambda text: 7.0 * len(text), 20.0), 600.0, 10.0)
    assert len(lines.firsts) > 500 and time.thread_time() - began < 0.5  # some 15 ms
