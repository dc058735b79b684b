"""What other thresholds would have made of distances that are known already: no model is needed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from labbench.core.timebase import MODEL_RATE
from labbench.wakeword.detector import Firing
from labbench.wakeword.recount import Stream, firings, stream_of
from labbench.wakeword.spotter import Detection, SpotFrame
from labbench.wakeword.words import WordModel

SAME_SECONDS = 1.5
"""A firing this near to a detection whose place is known is the same utterance."""


def replay(words: Sequence[WordModel], frames: Sequence[SpotFrame], located: Sequence[Detection]) -> list[Detection]:
    """Decide anew with the words' present thresholds, in order of time.

    Frames of another number of words, and muted ones, are left out.
    """
    kept = [frame for frame in frames if len(frame.distances) == len(words) and not frame.muted]
    indices = np.array([frame.index for frame in kept], np.int64)
    distances = np.array([frame.distances for frame in kept], np.float64).reshape(len(kept), len(words))
    return decided_anew(words, [stream_of(indices, row) for row in distances.T], located)


def decided_anew(
    words: Sequence[WordModel], streams: Sequence[Stream], located: Sequence[Detection]
) -> list[Detection]:
    """The same of a stream for each word.

    Where in its window a word lies is taken from the nearest of `located`; without one, the word's usual length before
    the decision stands in until the sound is spotted again.
    """
    found = []
    for word, stream in zip(words, streams, strict=True):
        known = sorted((one for one in located if one.word == word.name), key=lambda one: one.at)
        times = [one.at for one in known]
        for hop in firings(stream, word.threshold):
            firing = Firing(int(stream.indices[hop]), float(stream.smoothed[hop]))
            place = bisect_left(times, firing.index / MODEL_RATE)
            found.append(_place(word, firing, known[max(0, place - 1) : place + 1]))
    return sorted(found, key=lambda detection: detection.at)


def _place(word: WordModel, firing: Firing, known: Sequence[Detection]) -> Detection:
    at = firing.index / MODEL_RATE
    nearest = min(known, key=lambda detection: abs(detection.at - at)) if known else None
    if nearest is not None and abs(nearest.at - at) < SAME_SECONDS:
        start, end = nearest.start, nearest.end
    else:
        start, end = max(0.0, at - word.seconds), at
    return Detection(word.name, start, end, firing.distance, word.threshold, at)
