"""From distances to firings: once an utterance, never on one hop alone."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.wakeword.detector import REARM, REFRACTORY, SMOOTHING_HOPS, Detector, Firing
from labbench.wakeword.spotter import HOP

steady = settings(derandomize=True, deadline=None, database=None, max_examples=100)
THRESHOLD = 0.6
FAR, NEAR = 0.9, 0.4
REFRACTORY_HOPS = -(-REFRACTORY // HOP)


def firings(distances: list[float], detector: Detector | None = None) -> list[Firing]:
    detector = detector or Detector(THRESHOLD)
    found = [detector.feed((number + 1) * HOP, distance) for number, distance in enumerate(distances)]
    return [firing for firing in found if firing is not None]


@steady
@given(st.lists(st.floats(0.0, 1.5), max_size=200))
def test_never_twice_within_the_refractory_time(distances: list[float]) -> None:
    found = firings(distances)
    assert all(later.index - earlier.index >= REFRACTORY for earlier, later in pairwise(found))
    assert all(firing.distance < THRESHOLD for firing in found)


@steady
@given(st.lists(st.floats(THRESHOLD, 2.0), max_size=200))
def test_never_above_the_threshold(distances: list[float]) -> None:
    assert firings(distances) == []


@steady
@given(st.integers(0, 30), st.integers(2, 60), st.lists(st.floats(0.0, THRESHOLD - 0.01), min_size=60, max_size=60))
def test_one_firing_a_dip_however_long(before: int, length: int, depths: list[float]) -> None:
    found = firings([FAR] * (before + SMOOTHING_HOPS) + depths[:length] + [FAR] * 30)
    assert len(found) == 1
    first_low = before + SMOOTHING_HOPS + 1
    assert found[0].index == (first_low + SMOOTHING_HOPS // 2) * HOP  # as soon as the median is below


@steady
@given(st.integers(0, 30), st.floats(0.0, THRESHOLD - 0.01))
def test_a_single_hop_does_nothing(before: int, depth: float) -> None:
    assert firings([FAR] * before + [depth] + [FAR] * 30) == []


def test_the_first_hops_of_a_stream_do_not_fire_alone() -> None:
    assert firings([NEAR] * (SMOOTHING_HOPS - 1)) == []
    assert len(firings([NEAR] * SMOOTHING_HOPS)) == 1


def test_it_is_armed_again_after_the_distance_rose_and_the_pause_is_over() -> None:
    assert len(firings([NEAR] * 5 + [FAR] * REFRACTORY_HOPS + [NEAR] * 5)) == 2


def test_too_soon_after_the_last_one_waits_for_the_pause_to_end() -> None:
    found = firings([NEAR] * 5 + [FAR] * 5 + [NEAR] * REFRACTORY_HOPS)
    assert len(found) == 2
    assert found[1].index - found[0].index == REFRACTORY_HOPS * HOP


def test_hovering_at_the_threshold_fires_once() -> None:
    hover = [THRESHOLD - 0.001, THRESHOLD + REARM / 2] * 60
    assert len(firings([FAR] * 3 + [NEAR] * 3 + hover)) == 1


def test_skipped_hops_are_allowed() -> None:
    detector = Detector(THRESHOLD)
    found = [detector.feed(index * HOP, NEAR) for index in (1, 8, 20, 21)]
    assert [firing is not None for firing in found] == [False, False, True, False]
