"""From distances to decisions: smoothed over hops, with hysteresis and a pause after each detection."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from labbench.core.timebase import MODEL_RATE

REFRACTORY = round(1.5 * MODEL_RATE)
REARM = 0.03
"""A word is armed again once its distance has risen this much above the threshold."""
SMOOTHING_HOPS = 3
"""The median of so many hops decides: one hop alone that contradicts its neighbours does nothing."""


@dataclass(frozen=True)
class Firing:
    """The detector fired at the window that ends at sample `index` (16 kHz), with this smoothed distance."""

    index: int
    distance: float


class Detector:
    """Decides for one word. Feed every hop in order; skipped hops are allowed."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._recent: deque[float] = deque(maxlen=SMOOTHING_HOPS)
        self._armed = True
        self._quiet_until = -1

    def feed(self, index: int, distance: float) -> Firing | None:
        """The distance of the window that ends at sample `index`. At most one firing an utterance."""
        self._recent.append(distance)
        smoothed = median(self._recent)
        if not self._armed:
            self._armed = smoothed > self.threshold + REARM
            return None
        if smoothed >= self.threshold or index < self._quiet_until or len(self._recent) < SMOOTHING_HOPS:
            return None
        self._armed = False
        self._quiet_until = index + REFRACTORY
        return Firing(index, smoothed)


def decide(threshold: float, hops: Iterable[tuple[int, float]]) -> list[Firing]:
    """All firings of a new detector over hops of (sample index, distance), for another threshold than was used live."""
    detector = Detector(threshold)
    firings = (detector.feed(index, distance) for index, distance in hops)
    return [firing for firing in firings if firing is not None]
