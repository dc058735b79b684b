"""Near misses that were said again, where they had been said, and hops that contradict their neighbours."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labbench.core.timebase import MODEL_RATE
from labbench.wakeword.detector import decide
from labbench.wakeword.near_misses import MARGIN, NearMiss
from labbench.wakeword.retries import (
    LATEST_SECONDS,
    LONE_MARGIN,
    SOONEST_SECONDS,
    LoneHop,
    came_near,
    lone_hops,
    repeated,
)
from labbench.wakeword.spotter import HOP, Detection

THRESHOLD = 0.6
FAR, CLOSE = 0.9, 0.63


def miss(at_s: float, word: str = "yes") -> NearMiss:
    return NearMiss(word, at_s, CLOSE, THRESHOLD)


def heard(at_s: float, word: str = "yes") -> Detection:
    return Detection(word, at_s - 0.8, at_s, 0.5, THRESHOLD, at_s)


def indices(count: int) -> np.ndarray:
    return (np.arange(count, dtype=np.int64) + 1) * HOP


def test_a_miss_counts_that_was_said_again_neither_too_soon_nor_too_late() -> None:
    first = miss(10.0)
    for after, counts in (
        (SOONEST_SECONDS - 0.05, False),
        (SOONEST_SECONDS, True),
        (3.0, True),
        (LATEST_SECONDS, True),
        (LATEST_SECONDS + 0.05, False),
    ):
        assert repeated([first], [heard(10.0 + after)]) == ([(first, heard(10.0 + after))] if counts else [])


def test_each_detection_explains_the_last_miss_of_its_own_word() -> None:
    misses = [miss(10.0), miss(12.0), miss(11.0, "no")]
    assert repeated(misses, [heard(14.0)]) == [(misses[1], heard(14.0))]
    both = [heard(14.0), heard(15.0, "no")]
    assert repeated(misses, both) == [(misses[2], both[1]), (misses[1], both[0])]
    assert repeated([], both) == repeated(misses, []) == []


def test_what_was_heard_just_before_is_no_miss() -> None:
    """It is still in the window of two seconds."""
    assert repeated([miss(10.0)], [heard(8.5), heard(13.0)]) == []
    assert repeated([miss(10.0)], [heard(7.9), heard(13.0)]) == [(miss(10.0), heard(13.0))]


def test_it_had_been_said_when_the_word_came_near_first() -> None:
    distances = np.array([FAR] * 20 + [CLOSE + 0.03] * 10 + [CLOSE] * 5 + [FAR] * 10)
    at_s = 33 * HOP / MODEL_RATE
    assert came_near(miss(at_s), indices(45), distances) == 21 * HOP / MODEL_RATE
    assert came_near(miss(at_s), indices(45), np.full(45, CLOSE)) >= at_s - 2.1, "no further back than a window"
    assert came_near(miss(3.0), indices(0), np.zeros(0)) == 3.0


def test_a_lone_hop_is_one_whose_neighbours_are_far() -> None:
    distances = np.array([FAR, FAR, 0.5, FAR, FAR, 0.5, 0.5, FAR, CLOSE, 0.5, FAR, FAR, np.nan, 0.5, FAR])
    assert lone_hops("yes", indices(15), distances, THRESHOLD) == [
        LoneHop("yes", 3 * HOP / MODEL_RATE, 0.5),
        LoneHop("yes", 14 * HOP / MODEL_RATE, 0.5),
    ]
    twice = np.array([FAR, FAR, 0.5, FAR, 0.5, FAR, FAR])
    assert lone_hops("yes", indices(7), twice, THRESHOLD) == [], "together they are heard"
    assert lone_hops("yes", indices(2), distances[:2], THRESHOLD) == []


@given(st.lists(st.sampled_from([0.5, CLOSE, THRESHOLD + LONE_MARGIN + 0.01, THRESHOLD + MARGIN, FAR]), max_size=40))
def test_a_lone_hop_never_decides(values: list[float]) -> None:
    """Put far away it would make no difference to what is detected up to it."""
    hops = list(zip(indices(len(values)).tolist(), values, strict=True))
    for hop in lone_hops("yes", indices(len(values)), np.asarray(values, np.float64), THRESHOLD):
        at = round(hop.at_s * MODEL_RATE)
        without = [(index, FAR if index == at else distance) for index, distance in hops if index <= at + HOP]
        assert decide(THRESHOLD, [one for one in hops if one[0] <= at + HOP]) == decide(THRESHOLD, without)
