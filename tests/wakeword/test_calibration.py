"""Thresholds: from the background's tail, and never above what the takes need."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.wakeword.calibration import (
    MAX_THRESHOLD,
    MIN_THRESHOLD,
    WANTED_FALSE_ACCEPTS_PER_HOUR,
    WINDOWS_PER_HOUR,
    calibrate,
)

BACKGROUND = np.random.default_rng(7).normal(1.0, 0.05, 300)
near = st.lists(st.floats(0.3, 0.75), min_size=2, max_size=8)


def test_without_takes_the_background_decides():
    found = calibrate(BACKGROUND, [])
    assert found.false_accepts_per_hour == pytest.approx(WANTED_FALSE_ACCEPTS_PER_HOUR, rel=0.01)
    assert found.misses is None and not found.overlap


@given(near)
def test_takes_make_it_stricter_only(takes):
    alone, found = calibrate(BACKGROUND, []), calibrate(BACKGROUND, takes)
    assert MIN_THRESHOLD <= found.threshold <= alone.threshold <= MAX_THRESHOLD
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


def test_the_truth_lies_in_the_interval_in_most_cases():
    """Many backgrounds and handfuls of takes of one and the same word, whose true rates are known."""
    random = np.random.default_rng(5)
    threshold = 0.83
    alarms = WINDOWS_PER_HOUR * NormalDist(1.0, 0.05).cdf(threshold)
    misses = 1.0 - NormalDist(0.6, 0.1).cdf(threshold)
    inside = np.zeros(2)
    for _ in range(300):
        found = calibrate(random.normal(1.0, 0.05, 170), list(random.normal(0.6, 0.1, 6))).at(threshold)
        for place, (true, interval) in enumerate(
            ((alarms, found.false_accepts_interval), (misses, found.misses_interval))
        ):
            inside[place] += interval[0] <= true <= interval[1]
    assert inside[0] / 300 > 0.95 and inside[1] / 300 > 0.85


@given(near)
def test_an_interval_holds_the_figure(takes):
    found = calibrate(BACKGROUND, takes)
    low, high = found.false_accepts_interval
    assert 0 <= low <= found.false_accepts_per_hour <= high
    low, high = found.misses_interval
    assert low <= found.misses <= high
    assert calibrate(BACKGROUND, takes[:1]).misses_interval is None
    few = calibrate(BACKGROUND[:20], takes).at(0.85).false_accepts_interval
    many = calibrate(np.tile(BACKGROUND[:20], 20), takes).at(0.85).false_accepts_interval
    assert few[0] <= many[0] and few[1] >= many[1], "less is known by fewer windows"
