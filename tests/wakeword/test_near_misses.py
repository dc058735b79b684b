"""Near misses: what came close without firing, once each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labbench.core.timebase import MODEL_RATE
from labbench.wakeword.detector import REFRACTORY, decide
from labbench.wakeword.near_misses import MARGIN, NearMiss, near_misses, smooth
from labbench.wakeword.spotter import HOP, Detection

THRESHOLD = 0.6
FAR, CLOSE, NEAR = 0.9, 0.63, 0.5
PAUSE = -(-REFRACTORY // HOP)


def detections(distances: list[float]) -> list[Detection]:
    """What the detector makes of the same distances."""
    hops = [((k + 1) * HOP, distance) for k, distance in enumerate(distances)]
    return [
        Detection("yes", 0.0, 0.0, firing.distance, THRESHOLD, firing.index / MODEL_RATE)
        for firing in decide(THRESHOLD, hops)
    ]


def found(distances: list[float], fired: list[Detection] | None = None) -> list[NearMiss]:
    indices = (np.arange(len(distances), dtype=np.int64) + 1) * HOP
    fired = detections(distances) if fired is None else fired
    return near_misses("yes", indices, np.asarray(distances, np.float64), THRESHOLD, fired)


def test_a_dip_just_above_the_threshold_is_one_near_miss() -> None:
    misses = found([FAR] * 10 + [0.7, CLOSE, CLOSE, CLOSE, 0.7] + [FAR] * 10)
    assert misses == [NearMiss("yes", 13 * HOP / MODEL_RATE, CLOSE, THRESHOLD)]


def test_too_far_is_no_miss_and_one_hop_alone_is_none() -> None:
    assert found([FAR] * 10 + [THRESHOLD + MARGIN + 0.01] * 4 + [FAR] * 10) == []
    assert found([FAR] * 10 + [CLOSE] + [FAR] * 10) == []
    assert found([]) == [] and found([CLOSE]) == [] and found([CLOSE, CLOSE, FAR]) == []


def test_what_fired_is_no_miss_nor_is_what_lies_around_it() -> None:
    around = [FAR] * 5 + [CLOSE] * 4 + [FAR] * 4 + [NEAR] * 5 + [FAR] * 4 + [CLOSE] * 4 + [FAR] * 5
    assert len(detections(around)) == 1
    assert found(around) == []
    assert len(found(around, [])) >= 1


def test_other_words_detections_do_not_matter() -> None:
    distances = [FAR] * 5 + [CLOSE] * 4 + [FAR] * 5
    assert len(found(distances, [Detection("no", 0, 0, 0.3, 0.5, 9 * HOP / MODEL_RATE)])) == 1
    assert found(distances, [Detection("yes", 0, 0, 0.3, 0.5, 9 * HOP / MODEL_RATE)]) == []


def test_of_several_in_one_pause_the_nearest_is_told() -> None:
    near = [FAR] * 5 + [0.66] * 4 + [FAR] * 4 + [0.61] * 4 + [FAR] * 4 + [0.65] * 4 + [FAR] * 5
    assert [miss.distance for miss in found(near)] == [0.61]
    apart = [FAR] * 5 + [0.66] * 4 + [FAR] * PAUSE + [0.61] * 4 + [FAR] * 5
    assert [miss.distance for miss in found(apart)] == [0.66, 0.61]


def test_an_utterance_that_goes_on_is_no_miss() -> None:
    hover = [THRESHOLD + 0.01] * (PAUSE + 5)
    assert found([FAR] * 5 + [NEAR] * 5 + hover + [NEAR] * 4 + hover[:2] + [FAR] * 5) == []


def test_what_still_falls_is_not_told_yet() -> None:
    assert found([FAR] * 10 + [0.67, 0.65, 0.64, 0.63]) == []
    assert len(found([FAR] * 10 + [0.67, 0.65, 0.64, 0.63, 0.7, 0.8])) == 1


def test_hops_without_a_distance_are_left_out() -> None:
    distances = [FAR] * 5 + [CLOSE, float("nan"), CLOSE, CLOSE] + [FAR] * 5
    assert len(found(distances, [])) == 1


@given(st.lists(st.floats(0.0, 1.5), max_size=250))
def test_near_misses_keep_their_distance(distances: list[float]) -> None:
    fired = detections(distances)
    misses = found(distances, fired)
    places = [round(miss.at_s * MODEL_RATE) for miss in misses]
    assert all(later - earlier >= REFRACTORY for earlier, later in pairwise(places))
    for miss, place in zip(misses, places, strict=True):
        assert THRESHOLD <= miss.distance < THRESHOLD + MARGIN
        assert all(abs(round(one.at * MODEL_RATE) - place) >= REFRACTORY for one in fired)


@given(st.lists(st.floats(0.0, 1.5), max_size=60))
def test_smoothing_is_the_detectors(distances: list[float]) -> None:
    smoothed = smooth(np.asarray(distances, np.float64))
    assert len(smoothed) == len(distances)
    for threshold in (0.3, 0.7):
        firings = decide(threshold, enumerate(distances))
        assert all(firing.distance == smoothed[firing.index] for firing in firings)
