"""Moments of the shown sound at which a word was nearly heard, or was heard in one hop alone. Plain functions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.session.learning_file import Entry
from labbench.ui.words.hops import Hops
from labbench.ui.words.scoring import Scoring
from labbench.wakeword.near_misses import MARGIN, NearMiss, near_misses
from labbench.wakeword.retries import LoneHop, came_near, lone_hops
from labbench.wakeword.templates import WINDOW

BEFORE_SECONDS = 2 * WINDOW / MODEL_RATE
"""Looked at before the moments in question, so that a dip is seen whole."""
MOST_DETECTIONS = 500
"""More are not made within the seconds that are looked at."""


@dataclass(frozen=True)
class Found:
    """A moment at which `word` came near: said again at `heard_s` seconds, or not (None); or in one `lone` hop.

    `entry` is what happened last because of it, None where nothing did.
    """

    word: str
    at_s: float
    distance: float
    threshold: float
    heard_s: float | None = None
    lone: bool = False
    entry: Entry | None = None

    @property
    def above(self) -> float:
        """How far from being heard, in normalised distance; negative for a hop that was near enough."""
        return self.distance - self.threshold


def rate_text(per_hour: float) -> str:
    """False accepts an hour, in short."""
    return "under 0.1" if per_hour < 0.05 else f"{per_hour:.2g}" if per_hour < 10 else f"{per_hour:.0f}"


def all_moments(scores: Scoring) -> tuple[list[NearMiss], list[LoneHop]]:
    """Of the whole sound, which may take a moment for one of hours: not while it runs."""
    return scores.near_misses, _lone(scores, scores.hops)


def newest_moments(scores: Scoring, seconds: float) -> tuple[list[NearMiss], list[LoneHop]]:
    """Of the last seconds, however long the sound has been running."""
    if not scores.frames:
        return [], []
    end = scores.frames[-1].index / MODEL_RATE
    begin = end - seconds
    hops = hops_between(scores, begin - BEFORE_SECONDS, end)
    recent = [one for one in scores.detections[-MOST_DETECTIONS:] if one.at > begin - BEFORE_SECONDS]
    quiet = ~hops.muted
    misses = [
        miss
        for number, (name, threshold) in enumerate(scores.words)
        for miss in near_misses(name, hops.index[quiet], hops.distances[quiet, number], threshold, recent)
        if miss.at_s >= begin
    ]
    return misses, [one for one in _lone(scores, hops) if one.at_s >= begin]


def said_at(scores: Scoring, name: str, at_s: float) -> float:
    """When (seconds) the word ended that came near in the window that ended at `at_s`, as far as that is known."""
    thresholds = dict(scores.words)
    hops = hops_between(scores, at_s - BEFORE_SECONDS, at_s)
    if name not in thresholds or not len(hops.index):
        return at_s
    distances = hops.distances[:, list(thresholds).index(name)]
    here = min(int(np.searchsorted(hops.index, round(at_s * MODEL_RATE))), len(distances) - 1)
    nearest = float(np.nanmin(distances[max(0, here - 2) : here + 1], initial=thresholds[name] + MARGIN))
    return came_near(NearMiss(name, at_s, nearest, thresholds[name]), hops.index, distances)


def hops_between(scores: Scoring, start: float, stop: float) -> Hops:
    """Those whose windows ended between two moments (seconds), without putting all of them together."""
    frames, words = scores.frames, len(scores.words)
    first = bisect_left(frames, round(start * MODEL_RATE), key=lambda frame: frame.index)
    last = bisect_right(frames, round(stop * MODEL_RATE), key=lambda frame: frame.index)
    kept = [frame for frame in frames[first:last] if len(frame.distances) == words]
    return Hops(
        np.array([frame.index for frame in kept], np.int64),
        np.array([frame.distances for frame in kept], np.float64).reshape(len(kept), words),
        np.array([frame.muted for frame in kept], np.bool_),
    )


def _lone(scores: Scoring, hops: Hops) -> list[LoneHop]:
    quiet: NDArray[np.bool_] = ~hops.muted
    return [
        hop
        for number, (name, threshold) in enumerate(scores.words)
        for hop in lone_hops(name, hops.index[quiet], hops.distances[quiet, number], threshold)
    ]
