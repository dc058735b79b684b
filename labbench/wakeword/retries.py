"""Learning from time: a word that was nearly heard, and was then said again, was probably meant the first time too.

And the opposite: a single hop that contradicts its neighbours is probably a mistake. Neither needs anybody to label
anything; both are only offered, or taken where the user said so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.wakeword.near_misses import NearMiss, smooth
from labbench.wakeword.spotter import Detection
from labbench.wakeword.templates import WINDOW

SOONEST_SECONDS, LATEST_SECONDS = 0.7, 8.0
"""From a near miss to the detection that repeats it: sooner it is the same utterance, later another matter."""
NEARLY = 0.3
"""Of the way from its nearest hop to ordinary speech a word has been said: in babble it is not far off long before."""
LONE_MARGIN = 0.05
"""A lone hop's neighbours are at least this far above the threshold."""


@dataclass(frozen=True)
class LoneHop:
    """One hop alone came under the threshold of `word`: its window ended at `at_s` seconds."""

    word: str
    at_s: float
    distance: float


def repeated(misses: Sequence[NearMiss], detections: Sequence[Detection]) -> list[tuple[NearMiss, Detection]]:
    """Each near miss that a detection of the same word followed in time; each detection explains the last miss only.

    What was detected less than a window before is still in the window: that is no miss.
    """
    found: dict[int, tuple[NearMiss, Detection]] = {}
    for word in {miss.word for miss in misses}:
        heard = sorted((one for one in detections if one.word == word), key=lambda one: one.at)
        times = [one.at for one in heard]
        for miss in sorted((one for one in misses if one.word == word), key=lambda one: one.at_s):
            place = bisect_left(times, miss.at_s + SOONEST_SECONDS)
            if any(miss.at_s - WINDOW / MODEL_RATE < at <= miss.at_s for at in times):
                continue
            if place < len(heard) and times[place] <= miss.at_s + LATEST_SECONDS:
                found[id(heard[place])] = (miss, heard[place])
    return sorted(found.values(), key=lambda pair: pair[0].at_s)


def came_near(miss: NearMiss, indices: NDArray[np.int64], distances: NDArray[np.float64]) -> float:
    """When (seconds) the word came near for the first time before `miss`: about where it had been said.

    The nearest hop may come much later, for the word stays in the window. `indices` (16 kHz, ascending) and `distances`
    of the word, both of shape [n].
    """
    at = int(np.searchsorted(indices, round(miss.at_s * MODEL_RATE)))
    earliest = round(miss.at_s * MODEL_RATE) - WINDOW
    at = min(at, len(indices) - 1)
    near = miss.distance + NEARLY * max(0.0, 1.0 - miss.distance)
    while at > 0 and distances[at - 1] < near and indices[at - 1] > earliest:
        at -= 1
    return min(miss.at_s, int(indices[at]) / MODEL_RATE) if len(indices) else miss.at_s


def lone_hops(name: str, indices: NDArray[np.int64], distances: NDArray[np.float64], threshold: float) -> list[LoneHop]:
    """Hops under `threshold` whose neighbours on both sides are well above it: smoothed away, and worth a look.

    `indices` (16 kHz, ascending) and `distances`, both of shape [n]; hops without a distance (NaN) are left out.
    """
    known = np.isfinite(distances)
    indices, distances = indices[known], distances[known]
    if len(distances) < 3:
        return []
    before, at, after = distances[:-2], distances[1:-1], distances[2:]
    lone = (at < threshold) & (before > threshold + LONE_MARGIN) & (after > threshold + LONE_MARGIN)
    # Two of them with one hop between them outvote it: then they have decided.
    decisive = np.concatenate([smooth(distances) < threshold, [False]])
    lone &= ~(decisive[1:-2] | decisive[2:-1] | decisive[3:])
    return [LoneHop(name, int(indices[k]) / MODEL_RATE, float(distances[k])) for k in np.flatnonzero(lone) + 1]
