"""What the strip of distances says at one moment, as figures and in words. Plain functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labbench.core.timebase import MODEL_RATE
from labbench.ui.views.strip.strip import DistanceStrip
from labbench.wakeword.near_misses import SHOWN
from labbench.wakeword.spotter import HOP
from labbench.wakeword.templates import WINDOW

HOP_SECONDS = HOP / MODEL_RATE
WINDOW_SECONDS = WINDOW / MODEL_RATE
DECIDED, NEAR, FAR, UNKNOWN = "close enough", "nearly", "far", "not known yet"


@dataclass(frozen=True)
class WordAt:
    """`distance` is what decides, None where too few hops are known."""

    name: str
    distance: float | None
    threshold: float

    @property
    def state(self) -> str:
        """Decided, near or far, in words."""
        if self.distance is None:
            return UNKNOWN
        if self.distance < self.threshold:
            return DECIDED
        return NEAR if self.distance < self.threshold + SHOWN else FAR


@dataclass(frozen=True)
class Reading:
    """Of the hop whose window ended at `at_s` seconds."""

    at_s: float
    words: tuple[WordAt, ...]

    @property
    def text(self) -> str:
        """For people who listen to it."""
        told = [
            f"{one.name} {one.state}" if one.distance is None else f"{one.name} {one.distance:.2f}, {one.state}"
            for one in self.words
        ]
        return f"{self.at_s:.2f} s: {'; '.join(told)}"


def reading_at(strip: DistanceStrip, seconds: float) -> Reading | None:
    """The hop nearest to a moment; None where there is none within two hops of it, or no word."""
    hops, names = strip.hops, list(strip.thresholds)
    times = hops[0]
    if not names or not len(times):
        return None
    after = int(np.searchsorted(times, seconds))
    place = min((n for n in (after - 1, after) if 0 <= n < len(times)), key=lambda n: abs(times[n] - seconds))
    if abs(times[place] - seconds) > 2 * HOP_SECONDS:
        return None
    smoothed = hops[1 + len(names) :, place].tolist()
    thresholds = [float(line.value()) for line in strip.thresholds.values()]
    known = [None if np.isnan(one) else one for one in smoothed]
    return Reading(float(times[place]), tuple(map(WordAt, names, known, thresholds)))


def pointed_at(strip: DistanceStrip, seconds: float, distance: float, within: float) -> str:
    """The word whose curve or threshold is nearest to a point; empty where none is `within` so much of it."""
    reading = reading_at(strip, seconds)
    lines = [(abs(float(line.value()) - distance), name) for name, line in strip.thresholds.items()]
    curves = (
        [(abs(one.distance - distance), one.name) for one in reading.words if one.distance is not None]
        if reading
        else []
    )
    nearest, name = min([*lines, *curves], default=(within, ""))
    return name if nearest < within else ""
