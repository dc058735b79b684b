"""Moments at which a word was nearly heard: what a higher threshold would let in, and what may be worth a take."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.wakeword.detector import REFRACTORY, SMOOTHING_HOPS
from labbench.wakeword.spotter import Detection

MARGIN = 0.2
"""How far above the threshold a distance is still a near miss: what learning looks at."""
SHOWN = 0.1
"""Beyond it a reader is not told: much of ordinary speech comes so near to some word."""


@dataclass(frozen=True)
class NearMiss:
    """`word` came as near as `distance` (smoothed) to its `threshold` with the window that ended at `at_s` seconds."""

    word: str
    at_s: float
    distance: float
    threshold: float

    @property
    def close(self) -> bool:
        """Whether it is worth a reader's look."""
        return self.distance < self.threshold + SHOWN


def near_misses(
    name: str,
    indices: NDArray[np.int64],
    distances: NDArray[np.float64],
    threshold: float,
    detections: Sequence[Detection],
) -> list[NearMiss]:
    """Lowest points of the smoothed distance that came within `MARGIN` above `threshold`, in order of time.

    `indices` (16 kHz, ascending) and `distances`, both of shape [n], are the hops that the detector of `name` was fed
    with. At most one in each refractory time, the nearest first, and none so close to one of `detections` of this word.
    A distance that still falls at the end is not counted: it may become a detection. Hops without a distance (NaN) are
    left out.
    """
    known = np.isfinite(distances)
    indices, smoothed = indices[known], smooth(distances[known])
    taken = sorted(round(detection.at * MODEL_RATE) for detection in detections if detection.word == name)
    lows = [k for k in _minima(smoothed) if k >= SMOOTHING_HOPS - 1 and threshold <= smoothed[k] < threshold + MARGIN]
    found = []
    for k in sorted(lows, key=lambda low: float(smoothed[low])):
        index = int(indices[k])
        place = bisect_left(taken, index)
        if all(abs(other - index) >= REFRACTORY for other in taken[max(0, place - 1) : place + 1]):
            insort(taken, index)
            found.append(NearMiss(name, index / MODEL_RATE, float(smoothed[k]), threshold))
    return sorted(found, key=lambda miss: miss.at_s)


def smooth(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the detector decides by: the median of each hop and the two before it (of fewer at the start). Shape [n]."""
    if not len(distances):
        return distances.astype(np.float64)
    firsts = [float(np.median(distances[: k + 1])) for k in range(min(SMOOTHING_HOPS - 1, len(distances)))]
    if len(distances) < SMOOTHING_HOPS:
        return np.asarray(firsts)
    return np.concatenate([firsts, _middle(sliding_window_view(distances, SMOOTHING_HOPS))])


def _middle(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median of each row; of three it is found forty times as fast as by sorting."""
    if windows.shape[1] != 3:
        return np.median(windows, axis=1)
    first, second, third = windows.T
    middle: NDArray[np.float64] = np.maximum(np.minimum(first, second), np.minimum(np.maximum(first, second), third))
    return middle


def _minima(values: NDArray[np.float64]) -> list[int]:
    """Where values stop falling (or begin) and next rise; of equal ones the first."""
    if not len(values):
        return []
    begins = np.flatnonzero(np.diff(values, prepend=np.nan) != 0.0)  # of each run of equal values; NaN differs
    runs = values[begins]
    falls = np.concatenate([[True], runs[1:] < runs[:-1]])
    rises = np.concatenate([runs[1:] > runs[:-1], [False]])
    return [int(k) for k in begins[falls & rises]]
