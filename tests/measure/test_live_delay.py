"""How late a word is read."""

from __future__ import annotations

import pytest

from labbench.measure.live_delay import delays
from labbench.transcript.types import Word

SPOKEN = (Word("one", 0.2, 0.5), Word("two", 0.8, 1.0), Word("three", 1.5, 2.0))


def test_from_the_end_of_a_word_to_the_text_that_has_it() -> None:
    seen = [(0.3, 0), (0.9, 1), (1.4, 1), (2.1, 3)]
    assert delays(SPOKEN, seen) == pytest.approx([0.4, 1.1, 0.1])


def test_what_is_guessed_before_it_ended_is_not_late_and_what_never_comes_does_not_count() -> None:
    assert delays(SPOKEN, [(0.4, 1), (0.9, 2), (3.0, 2)]) == [0.0, 0.0]
    assert delays(SPOKEN, []) == []
