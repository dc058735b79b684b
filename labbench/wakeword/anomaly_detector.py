"""Which stretches of a sound stand out: scores against what is normal, and marks made of those above a threshold. Pure.

Scores that are known can be marked anew by another threshold; both ways give the same marks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.wakeword.anomaly import HOP, Normal, Seconds

JOIN_SECONDS = 0.6
"""Stretches that stand out are one where no more than so much between them does not."""
_JOIN = round(JOIN_SECONDS * MODEL_RATE)


@dataclass(frozen=True)
class Scored:
    """The score of the second that ends at sample `stop` (16 kHz)."""

    stop: int
    score: float


@dataclass(frozen=True)
class Mark:
    """A stretch that stood out, in samples at 16 kHz, and its highest score."""

    start: int
    stop: int
    score: float

    @property
    def seconds(self) -> tuple[float, float]:
        """From when to when."""
        return self.start / MODEL_RATE, self.stop / MODEL_RATE


class Marking:
    """Makes marks of scores that come in order of time. `open` is a mark that may still become longer."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self.open: Mark | None = None

    def feed(self, one: Scored) -> Mark | None:
        """The next score; the mark that is complete by it, if one is."""
        above, before, done = one.score > self.threshold, self.open, None
        if before is not None and one.stop - before.stop > _JOIN + HOP * above:
            done, before = before, None
        if above:
            start = one.stop - MODEL_RATE if before is None else before.start
            before = Mark(start, one.stop, max(one.score, before.score) if before is not None else one.score)
        self.open = before
        return done

    def finish(self) -> Mark | None:
        """The mark that was still open when the sound ended."""
        last, self.open = self.open, None
        return last


def marks_of(stops: NDArray[np.int64], scores: NDArray[np.float64], threshold: float) -> list[Mark]:
    """The marks that `Marking` makes of these scores (`stops` [n], rising samples at 16 kHz), the last one included."""
    above = np.flatnonzero(scores > threshold)
    if not len(above):
        return []
    ends = stops[above]
    firsts = np.concatenate(([0], 1 + np.flatnonzero(np.diff(ends) > _JOIN + HOP)))
    lasts = np.concatenate((firsts[1:], [len(above)])) - 1
    highest = np.maximum.reduceat(scores[above], firsts)
    columns = (ends[firsts] - MODEL_RATE, ends[lasts], highest)
    return [Mark(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


class AnomalyDetector:
    """Scores and marks of a sound that comes in pieces, against one `Normal`."""

    def __init__(self, normal: Normal, threshold: float | None = None) -> None:
        self.normal = normal
        self.threshold = normal.threshold() if threshold is None else threshold
        self._seconds = Seconds()
        self._marking = Marking(self.threshold)

    def feed(self, samples: NDArray[np.float32]) -> tuple[list[Scored], list[Mark]]:
        """Scores that came with `samples` (16 kHz, [n]), and marks that are complete with them."""
        rows, stops = self._seconds.feed(samples)
        scored = [Scored(stop, float(score)) for stop, score in zip(stops, self.normal.scores(rows), strict=True)]
        return scored, [mark for mark in map(self._marking.feed, scored) if mark is not None]

    def finish(self) -> list[Mark]:
        """The mark that was still open when the sound ended."""
        last = self._marking.finish()
        return [last] if last is not None else []
