"""Counter-examples raise what resembles them, and nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labbench.wakeword.counter_examples import MARGIN, held_back

DISTANCES = st.floats(0.0, 2.0)


def test_what_resembles_the_word_more_stays_as_it_was() -> None:
    assert held_back(0.4, 0.8) == 0.4
    assert held_back(0.7, 0.7 + MARGIN) == 0.7


def test_a_counter_example_itself_is_far_from_the_word() -> None:
    assert held_back(0.7, 0.0) == 0.7 + 0.7 + MARGIN


@given(DISTANCES, DISTANCES, DISTANCES)
def test_it_only_raises_and_the_nearer_the_more(distance: float, nearer: float, farther: float) -> None:
    near, far = sorted((nearer, farther))
    assert held_back(distance, near) >= held_back(distance, far) >= distance


@given(st.lists(st.tuples(DISTANCES, DISTANCES), min_size=1, max_size=9))
def test_many_at_once_are_each_by_itself(pairs: list[tuple[float, float]]) -> None:
    distances, nearest = (np.array(column) for column in zip(*pairs, strict=True))
    assert np.allclose(held_back(distances, nearest), [held_back(*pair) for pair in pairs])
