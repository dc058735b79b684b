"""What other thresholds would have made of distances that are known already: no model is needed."""

from __future__ import annotations

from collections.abc import Sequence

from labbench.core.timebase import MODEL_RATE
from labbench.wakeword.detector import Firing, decide
from labbench.wakeword.spotter import Detection, SpotFrame
from labbench.wakeword.words import WordModel

SAME_SECONDS = 1.5
"""A firing this near to a detection whose place is known is the same utterance."""


def replay(words: Sequence[WordModel], frames: Sequence[SpotFrame], located: Sequence[Detection]) -> list[Detection]:
    """Decide anew with the words' present thresholds, in order of time.

    Where in its window a word lies is taken from the nearest of `located`; without one, the word's usual length before
    the decision stands in until the sound is spotted again. Frames of
    another number of words, and muted ones, are left out.
    """
    kept = [frame for frame in frames if len(frame.distances) == len(words) and not frame.muted]
    found = []
    for number, word in enumerate(words):
        known = [detection for detection in located if detection.word == word.name]
        hops = ((frame.index, frame.distances[number]) for frame in kept)
        found += [_place(word, firing, known) for firing in decide(word.threshold, hops)]
    return sorted(found, key=lambda detection: detection.at)


def _place(word: WordModel, firing: Firing, known: Sequence[Detection]) -> Detection:
    at = firing.index / MODEL_RATE
    nearest = min(known, key=lambda detection: abs(detection.at - at), default=None)
    if nearest is not None and abs(nearest.at - at) < SAME_SECONDS:
        start, end = nearest.start, nearest.end
    else:
        start, end = max(0.0, at - word.seconds), at
    return Detection(word.name, start, end, firing.distance, word.threshold, at)
