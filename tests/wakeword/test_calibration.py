"""Thresholds: from the background's tail, and never above what the takes need."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.wakeword.calibration import HIGHEST, LOWEST, WANTED_FALSE_ACCEPTS_PER_HOUR, calibrate

BACKGROUND = np.random.default_rng(7).normal(1.0, 0.05, 300)
near = st.lists(st.floats(0.3, 0.75), min_size=2, max_size=8)


def test_without_takes_the_background_decides():
    found = calibrate(BACKGROUND, [])
    assert found.false_accepts_per_hour == pytest.approx(WANTED_FALSE_ACCEPTS_PER_HOUR, rel=0.01)
    assert found.misses is None and not found.overlap


@given(near)
def test_takes_make_it_stricter_only(takes):
    alone, found = calibrate(BACKGROUND, []), calibrate(BACKGROUND, takes)
    assert LOWEST <= found.threshold <= alone.threshold <= HIGHEST
    assert found.threshold > max(takes) and not found.overlap
    assert 0 <= found.misses < 0.5


def test_takes_as_far_as_ordinary_speech_overlap():
    found = calibrate(BACKGROUND, [0.97, 1.0, 0.95])
    assert found.overlap and found.misses > 0.5


@given(st.floats(0.5, 1.0), st.floats(0.5, 1.0))
def test_a_higher_threshold_accepts_more_and_misses_less(one, other):
    low, high = sorted((one, other))
    found = calibrate(BACKGROUND, [0.6, 0.7, 0.8])
    assert found.at(low).false_accepts_per_hour <= found.at(high).false_accepts_per_hour
    assert found.at(low).misses >= found.at(high).misses


def test_a_strict_threshold_of_ones_own_is_no_overlap():
    found = calibrate(BACKGROUND, [0.6, 0.65]).at(0.4)
    assert not found.overlap and found.misses > 0.9
