"""Deciding anew: the same distances, another threshold, no model."""

import numpy as np

from labbench.wakeword.fusion import mean_of_all
from labbench.wakeword.references import Reference
from labbench.wakeword.replay import replay
from labbench.wakeword.spotter import HOP, Detection, SpotFrame
from labbench.wakeword.words import WordModel

DIPS = {40: 0.6, 120: 0.75}
"""Hop at which a word is nearest, and how near it comes."""


def frames():
    distances = np.ones(200)
    for middle, depth in DIPS.items():
        distances[middle - 5 : middle + 6] = depth
    return [SpotFrame((number + 1) * HOP, (float(value),)) for number, value in enumerate(distances)]


def word(threshold):
    reference = Reference(np.eye(3, dtype=np.float32), 3)
    return WordModel("word", (reference,), mean_of_all(np.ones((1, 1), np.float32)), threshold, seconds=0.5)


def test_a_looser_threshold_finds_more():
    assert replay([word(0.5)], frames(), []) == []
    assert [found.distance for found in replay([word(0.7)], frames(), [])] == [0.6]
    assert [found.distance for found in replay([word(0.8)], frames(), [])] == [0.6, 0.75]


def test_a_known_place_is_kept_and_an_unknown_one_stands_before_the_decision():
    (first,) = replay([word(0.7)], frames(), [])
    known = Detection("word", first.at - 0.9, first.at - 0.2, 0.6, 0.7, first.at + 0.1)
    one, two = replay([word(0.8)], frames(), [known])
    assert (one.start, one.end) == (known.start, known.end)
    assert (two.start, two.end) == (two.at - 0.5, two.at)


def test_frames_of_other_words_are_left_out():
    assert replay([word(0.8), word(0.8)], frames(), []) == []
