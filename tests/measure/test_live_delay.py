"""How late a word is read."""

from __future__ import annotations

import pytest

from labbench.measure.live_delay import delays, read_so_far
from labbench.transcript.types import Word, share_out

SPOKEN = (Word("one", 0.2, 0.5), Word("two", 0.8, 1.0), Word("three", 1.5, 2.0))


def text(words: str) -> tuple[Word, ...]:
    return share_out(words, 0.0, 1.0)


def test_from_the_end_of_a_word_to_the_text_that_has_it() -> None:
    seen = [(0.3, ()), (0.9, text("One")), (1.4, text("one")), (2.1, text("one, two three"))]
    assert delays(SPOKEN, seen) == pytest.approx([0.4, 1.1, 0.1])


def test_what_is_guessed_before_it_ended_is_not_late_and_what_never_comes_does_not_count() -> None:
    assert delays(SPOKEN, [(0.4, text("one")), (0.9, text("one two")), (3.0, text("one two"))]) == [0.0, 0.0]
    assert delays(SPOKEN, []) == []


def test_a_word_is_read_once_it_is_that_word() -> None:
    seen = [(1.1, text("one too")), (1.6, text("one two")), (2.2, text("won two free"))]
    assert delays(SPOKEN, seen) == pytest.approx([0.6, 0.6])


@pytest.mark.parametrize(
    ("found", "numbers"),
    [
        ("", []),
        ("it was", [0, 1]),
        ("it was the best it was", [0, 1, 2, 3, 4, 5]),
        ("it is the best it", [0, 2, 3, 4]),
        ("was the best it was the", [1, 2, 3, 4, 5, 6]),
        ("something else", []),
    ],
)
def test_what_is_said_twice_counts_for_the_first_time(found: str, numbers: list[int]) -> None:
    assert (
        read_so_far(["it", "was", "the", "best", "it", "was", "the", "worst", "it", "was", "the", "age"], found.split())
        == numbers
    )
