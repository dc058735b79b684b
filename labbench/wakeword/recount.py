"""Firings counted anew for any threshold, quickly enough to follow a hand that drags it over an hour of sound."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.detector import REARM, REFRACTORY, SMOOTHING_HOPS
from labbench.wakeword.near_misses import smooth


@dataclass(frozen=True, eq=False)
class Stream:
    """Hops of one sound in order: 16 kHz sample `indices` and `smoothed` distances, both [n]. See `stream_of`."""

    indices: NDArray[np.int64]
    smoothed: NDArray[np.float64]

    @property
    def hours(self) -> float:
        """Of the sound, as far as its last hop tells."""
        return float(self.indices[-1]) / 16_000 / 3600 if len(self.indices) else 0.0


def stream_of(indices: NDArray[np.int64], distances: NDArray[np.float64]) -> Stream:
    """Of hops with raw `distances`, as a new detector is fed with them."""
    return Stream(indices, smooth(distances))


def firings(stream: Stream, threshold: float) -> list[int]:
    """Numbers of the hops at which a new detector with this threshold fires: the very ones of `detector.decide`."""
    smoothed = stream.smoothed
    below = np.flatnonzero(smoothed < threshold)
    below = below[below >= SMOOTHING_HOPS - 1]
    if not len(below):
        return []
    rearming = np.flatnonzero(smoothed > threshold + REARM)
    # Only where a stretch below begins, or the pause after a firing ends, can there be a firing.
    found: list[int] = []
    lows, highs, times = below.tolist(), rearming.tolist(), stream.indices
    place = 0
    while place < len(lows):
        hop = lows[place]
        found.append(hop)
        after = bisect_left(highs, hop + 1)
        if after == len(highs):
            break
        free = max(highs[after] + 1, int(np.searchsorted(times, times[hop] + REFRACTORY)))
        place = bisect_left(lows, free, place + 1)
    return found
