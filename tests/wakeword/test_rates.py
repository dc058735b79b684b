"""Rates and curves: against the detector itself, against cases worked out by hand, and properties."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.wakeword import rates
from labbench.wakeword.calibration import calibrate
from labbench.wakeword.detector import REFRACTORY, SMOOTHING_HOPS, decide
from labbench.wakeword.spotter import HOP

distance = st.floats(0.0, 1.5)
shares = st.lists(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5), min_size=1, max_size=4)


def stream(*parts: tuple[int, float]) -> tuple[np.ndarray, np.ndarray]:
    """Hops: so many at each distance."""
    distances = np.array([value for count, value in parts for _ in range(count)])
    return np.arange(1, len(distances) + 1) * HOP, distances


# Dips and thresholds ------------------------------------------------------------------------------------------------


def test_dips_are_found_nearest_first_and_once_each() -> None:
    indices, distances = stream((30, 1.0), (4, 0.7), (30, 1.0), (4, 0.5), (30, 1.0))
    assert rates.events(indices, distances)[:2].tolist() == [0.5, 0.7]


def test_a_single_hop_is_no_dip() -> None:
    indices, distances = stream((30, 1.0), (1, 0.2), (30, 1.0))
    assert rates.events(indices, distances).min() == 1.0


def test_two_dips_within_the_pause_are_one() -> None:
    indices, distances = stream((30, 1.0), (4, 0.6), (4, 1.0), (4, 0.5), (30, 1.0))
    assert [value for value in rates.events(indices, distances).tolist() if value < 1.0] == [0.5]


def test_the_first_hops_alone_are_no_dip() -> None:
    indices, distances = stream((SMOOTHING_HOPS - 1, 0.1))
    assert len(rates.events(indices, distances)) == 0


@given(st.lists(distance, max_size=150))
def test_at_the_threshold_for_none_the_detector_is_silent(values: list[float]) -> None:
    indices = np.arange(1, len(values) + 1) * HOP
    dips = rates.events(indices, np.array(values))
    assert all(first <= second for first, second in pairwise(dips.tolist())) or len(dips) < 2
    assert len(dips) <= len(values) * HOP // REFRACTORY + 1
    threshold = rates.threshold_for(np.sort(dips), 0)
    assert decide(threshold, zip(indices.tolist(), values, strict=True)) == []
    if len(dips):  # a little above it, it fires
        assert decide(threshold + 1e-6, zip(indices.tolist(), values, strict=True))


def test_a_threshold_lets_so_many_in_and_no_more() -> None:
    ordered = np.array([0.4, 0.5, 0.6])
    assert [int(np.sum(ordered < rates.threshold_for(ordered, count))) for count in range(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("rate", "hours", "known"), [(4, 0.5, False), (4, 0.75, True), (0.1, 30, True), (1, 2.9, False)]
)
def test_fewer_than_three_expected_events_say_nothing(rate: float, hours: float, known: bool) -> None:
    assert rates.enough(rate, hours) is known


# Curves -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("targets", "others", "rate"),
    [
        ([0.1, 0.2], [0.8, 0.9], 0.0),
        ([0.8, 0.9], [0.1, 0.2], 1.0),
        ([0.1, 0.2, 0.3, 0.9], [0.2, 0.8, 0.85, 0.95], 0.25),
        ([0.1, 0.6], [0.5, 0.9], 0.5),
    ],
)
def test_equal_error_rate_by_hand(targets: list[float], others: list[float], rate: float) -> None:
    assert rates.equal_error_rate(np.array(targets), np.array(others)) == pytest.approx(rate)


@given(st.lists(distance, min_size=1, max_size=30), st.lists(distance, min_size=1, max_size=30))
def test_equal_error_rate_is_a_share_and_knows_no_scale(targets: list[float], others: list[float]) -> None:
    # Powers of two scale without rounding, so that no order changes.
    ours, theirs = np.array(targets), np.array(others)
    rate = rates.equal_error_rate(ours, theirs)
    assert 0.0 <= rate <= 1.0
    assert rates.equal_error_rate(ours * 4.0, theirs * 4.0) == rate


def test_two_normals_have_the_equal_error_rate_of_the_book() -> None:
    random = np.random.default_rng(1)
    ours, theirs = random.normal(0.0, 1.0, 40_000), random.normal(2.0, 1.0, 40_000)
    assert rates.equal_error_rate(ours, theirs) == pytest.approx(0.1587, abs=0.004)  # the normal's tail beyond 1


def test_det_points_fall_from_none_on() -> None:
    random = np.random.default_rng(2)
    cells = [(random.normal(0.6, 0.1, 40), np.sort(random.normal(1.0, 0.15, 300))) for _ in range(3)]
    points = rates.det_points(cells, hours=0.5)
    assert points[0].false_accepts_per_hour == 0.0
    assert all(
        first.misses >= second.misses and first.false_accepts_per_hour < second.false_accepts_per_hour
        for first, second in pairwise(points)
    )
    own = [rates.missed(nearest, float(dips[0])) for nearest, dips in cells]
    assert points[0].misses == pytest.approx(np.mean(own))


# Intervals ----------------------------------------------------------------------------------------------------------


@given(shares, st.integers(0, 2**32))
def test_an_interval_holds_what_it_may(cells: list[list[float]], seed: int) -> None:
    found = rates.bootstrap(cells, seed)
    lowest, highest = min(map(min, cells)), max(map(max, cells))
    assert found == rates.bootstrap(cells, seed)
    assert lowest - 1e-9 <= found.low <= found.high <= highest + 1e-9
    assert found.value == pytest.approx(np.mean([np.mean(row) for row in cells]))


def test_words_that_differ_widen_the_interval() -> None:
    alike = rates.bootstrap([[0.4, 0.6]] * 4, 0)
    apart = rates.bootstrap([[0.0, 0.2], [0.0, 0.2], [0.8, 1.0], [0.8, 1.0]], 0)
    assert apart.high - apart.low > 2 * (alike.high - alike.low)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    covered = 0
    for number in range(100):
        cells = random.normal(0.5, 0.1, (12, 1)) + random.normal(0.0, 0.1, (12, 8))
        found = rates.bootstrap(cells.tolist(), number)
        covered += found.low <= 0.5 <= found.high
    assert covered >= 85


# Wanted rates -------------------------------------------------------------------------------------------------------


@given(st.floats(0.01, 200.0))
def test_a_threshold_for_a_wanted_rate_expects_that_rate(wanted: float) -> None:
    found = calibrate(np.random.default_rng(7).normal(1.0, 0.05, 300), [0.5, 0.6])
    assert found.at(found.threshold_for(wanted)).false_accepts_per_hour == pytest.approx(wanted, rel=1e-3)
