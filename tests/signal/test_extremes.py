"""Curves thinned for drawing: no low and no high is lost, whatever is looked at and however it came."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.signal.extremes import FACTOR, Extremes


@given(st.lists(st.integers(0, 90), max_size=8), st.integers(-5, 500), st.integers(0, 500), st.integers(1, 60))
def test_lows_and_highs_are_those_of_what_is_asked_for(sizes: list[int], first: int, length: int, most: int) -> None:
    random = np.random.default_rng(sum(sizes))
    found = Extremes(2)
    blocks = [random.normal(size=(2, size)) for size in sizes]
    for block in blocks:
        found.append(block)
        found.between(0, found.count, 3)  # levels grow in between
    everything = np.concatenate([np.zeros((2, 0)), *blocks], axis=1)
    assert np.array_equal(found.values, everything) and found.count == everything.shape[1]
    low, high = found.between(first, first + length, most)
    assert low.shape == high.shape and np.all(low <= high)
    asked = everything[:, max(0, first) : max(0, first + length)]
    if asked.shape[1]:
        assert low.shape[1] <= most + 2
        assert np.all(low.min(axis=1) <= asked.min(axis=1)) and np.all(high.max(axis=1) >= asked.max(axis=1))
        if asked.shape[1] <= most:
            assert np.array_equal(low, asked) and np.array_equal(high, asked)
    whole_low, whole_high = found.between(0, found.count, most)
    if found.count:
        assert np.array_equal(whole_low.min(axis=1), everything.min(axis=1))
        assert np.array_equal(whole_high.max(axis=1), everything.max(axis=1))


def test_groups_stay_while_the_view_moves() -> None:
    found = Extremes(1)
    found.append(np.random.default_rng(1).normal(size=(1, 4000)))
    one, other = found.between(0, 2000, 200)[0], found.between(160, 2160, 200)[0]
    assert np.array_equal(one[0, 160 // 16 :], other[0, : len(one[0]) - 160 // 16])


@pytest.mark.parametrize("nothing", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_no_extreme(nothing: float) -> None:
    found = Extremes(1)
    values = np.tile([1.0, nothing, 3.0, 2.0], 40)
    values[: FACTOR * FACTOR] = nothing
    found.append(values[None, :])
    low, high = found.between(0, 160, 20)
    assert np.isnan(low[0, 0]) and np.isnan(high[0, 0])
    assert np.all(low[0, 1:] == 1.0) and np.all(high[0, 1:] == 3.0)


def test_memory_is_little_more_than_the_numbers() -> None:
    found = Extremes(4)
    found.append(np.zeros((4, 90_000)))
    found.between(0, 90_000, 100)
    assert 90_000 * 4 * 8 <= found.bytes < 2 * 90_000 * 4 * 8
    found.clear()
    assert found.count == 0 and found.bytes < 20_000
