"""Firings counted anew for any threshold, quickly enough to follow a hand that drags it over an hour of sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

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

    @cached_property
    def free(self) -> NDArray[np.int64]:
        """For each hop the first one that is no longer in the pause after a firing at it: shape [n]."""
        return np.searchsorted(self.indices, self.indices + REFRACTORY)


def stream_of(indices: NDArray[np.int64], distances: NDArray[np.float64]) -> Stream:
    """Of hops with raw `distances`, as a new detector is fed with them."""
    if SMOOTHING_HOPS != 3 or len(distances) < SMOOTHING_HOPS:
        return Stream(indices, smooth(distances))
    first, second, third = distances[:-2], distances[1:-1], distances[2:]
    # The median of three without sorting: thirty times as fast, and it is wanted with every hop of running sound.
    middle = np.maximum(np.minimum(first, second), np.minimum(np.maximum(first, second), third))
    return Stream(indices, np.concatenate([smooth(distances[: SMOOTHING_HOPS - 1]), middle]))


def firings(stream: Stream, threshold: float) -> list[int]:
    """Numbers of the hops at which a new detector with this threshold fires: the very ones of `detector.decide`."""
    low = stream.smoothed < threshold
    low[: SMOOTHING_HOPS - 1] = False
    if not low.any():
        return []
    # Only where a stretch below begins, or the pause after a firing ends, can there be a firing.
    next_low, next_high, free = _next(low), _next(stream.smoothed > threshold + REARM), stream.free
    found: list[int] = []
    count, hop = len(low), next_low.item(0)
    while hop < count:
        found.append(hop)
        rearmed = next_high.item(hop + 1)
        if rearmed >= count:
            break
        hop = next_low.item(max(rearmed + 1, free.item(hop)))
    return found


def firing_counts(
    stream: Stream, thresholds: Sequence[float], check: Callable[[], None] = lambda: None
) -> NDArray[np.int64]:
    """How often a detector with each of the `thresholds` fires: shape [thresholds]. `check` is called before each."""
    found = []
    for threshold in thresholds:
        check()
        found.append(len(firings(stream, threshold)))
    return np.array(found, np.int64)


def _next(there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """From each place on, and from the one behind the end, the first where it holds: shape [n + 1], n for nowhere."""
    count = len(there)
    places = np.full(count + 1, count, np.int64)
    places[:-1][there] = np.flatnonzero(there)
    found: NDArray[np.int64] = np.minimum.accumulate(places[::-1])[::-1]
    return found
