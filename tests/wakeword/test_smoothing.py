"""What is drawn as deciding is what the detector decides by, hop for hop."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labbench.wakeword.detector import Detector
from labbench.wakeword.smoothing import smoothed_hops
from labbench.wakeword.spotter import HOP

DISTANCES = st.lists(st.floats(0.2, 1.5), max_size=40)


@given(DISTANCES, st.floats(0.3, 1.4))
def test_a_detector_fires_where_the_curve_first_crosses_its_threshold(values: list[float], threshold: float) -> None:
    curve = smoothed_hops(np.array(values, np.float64).reshape(-1, 1), np.zeros(len(values), np.bool_))[:, 0]
    detector = Detector(threshold)
    firings = [detector.feed(number * HOP, value) for number, value in enumerate(values)]
    below = np.flatnonzero(curve < threshold)
    fired = [number for number, firing in enumerate(firings) if firing is not None]
    assert fired[:1] == below[:1].tolist()
    for number in fired:
        assert firings[number] is not None and firings[number].distance == curve[number]  # type: ignore[union-attr]


def test_one_odd_hop_does_not_show_and_every_word_has_its_own_curve() -> None:
    values = np.array([[0.9, 0.5], [0.9, 0.5], [0.3, 0.5], [0.9, 1.2], [0.9, 0.5]])
    found = smoothed_hops(values, np.zeros(5, np.bool_))
    assert np.isnan(found[:2]).all()
    assert found[2:].tolist() == [[0.9, 0.5], [0.9, 0.5], [0.9, 0.5]]


def test_it_begins_anew_behind_what_was_muted_or_is_not_known() -> None:
    values = np.array([[0.9], [0.8], [0.7], [0.1], [0.6], [0.5], [0.4], [np.nan], [0.3]])
    muted = np.arange(9) == 3
    found = smoothed_hops(values, muted)[:, 0]
    assert np.flatnonzero(np.isfinite(found)).tolist() == [2, 6]
    assert found[2] == 0.8 and found[6] == 0.5
    assert smoothed_hops(np.zeros((0, 3)), np.zeros(0, np.bool_)).shape == (0, 3)
