"""What is known of one sound: what each second of it is like, how unlike normal that is, and what stands out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.wakeword.anomaly import COLUMNS, Normal, Rows
from labbench.wakeword.anomaly_detector import Mark, Marking, Scored, marks_of

MOST_ROWS = 216_000
"""Twelve hours, 83 MB. What each second before them was like is forgotten: their scores stay as they are."""


class Track:
    """Grows with the sound. `stops` (samples at 16 kHz, rising) and `scores` have an entry for each row. One thread."""

    def __init__(self, normal: Normal, threshold: float) -> None:
        self.normal = normal
        self._marking = Marking(threshold)
        self._stops = _Grown(np.zeros(0, np.int64))
        self._scores = _Grown(np.zeros(0))
        self._rows = _Grown(np.zeros((0, COLUMNS), np.float32))
        self._done: list[Mark] = []
        self.gaps = False
        """Whether a stretch of the sound is missing."""

    @property
    def threshold(self) -> float:
        return self._marking.threshold

    @property
    def stops(self) -> NDArray[np.int64]:
        stops: NDArray[np.int64] = self._stops.values
        return stops

    @property
    def scores(self) -> NDArray[np.float64]:
        scores: NDArray[np.float64] = self._scores.values
        return scores

    @property
    def rows(self) -> Rows:
        """Of the newest scores: a view that stays as it is while more come."""
        rows: Rows = self._rows.values
        return rows

    @property
    def marks(self) -> list[Mark]:
        """In order of time; the last one may still become longer."""
        return [*self._done, *([self._marking.open] if self._marking.open is not None else [])]

    def append(self, stops: NDArray[np.int64], rows: Rows, scores: NDArray[np.float64] | None = None) -> bool:
        """More of it; whether other marks than before come of that. `scores` where they are known."""
        scores = self.normal.scores(rows) if scores is None else scores
        before = (len(self._done), self._marking.open)
        self._stops.append(stops)
        self._scores.append(scores)
        self._rows.append(rows)
        if len(self._rows.values) > MOST_ROWS:
            self._rows.drop(MOST_ROWS // 4)
        for stop, score in zip(stops.tolist(), scores.tolist(), strict=True):
            done = self._marking.feed(Scored(stop, score))
            self._done += [done] if done is not None else []
        return before != (len(self._done), self._marking.open)

    def decide(self, threshold: float) -> None:
        """Another threshold: the same scores marked anew."""
        self._marking = Marking(threshold)
        self._done = marks_of(self.stops, self.scores, threshold)
        if self._done:
            self._marking.open = self._done.pop()

    def replace(self, normal: Normal, first: int, scores: NDArray[np.float64]) -> None:
        """Something else is normal: the scores of entry `first` on by that, as far as they are known already."""
        self.normal = normal
        self.scores[first : first + len(scores)] = scores
        rest = self.rows[len(self.rows) - (len(self.scores) - first - len(scores)) :]
        if len(self.scores) > first + len(scores):
            self.scores[first + len(scores) :] = normal.scores(rest)
        self.decide(self.threshold)

    def rows_of(self, mark: Mark) -> Rows:
        """What its seconds were like, as far as that is known."""
        known = self.stops[len(self.stops) - len(self.rows) :]
        return self.rows[(known >= mark.start + MODEL_RATE) & (known <= mark.stop)]


class _Grown:
    """An array that grows at its end."""

    def __init__(self, empty: NDArray[Any]) -> None:
        self._all, self._count = empty, 0

    @property
    def values(self) -> NDArray[Any]:
        return self._all[: self._count]

    def append(self, more: NDArray[Any]) -> None:
        needed = self._count + len(more)
        if needed > len(self._all):
            grown = np.empty((max(needed, len(self._all) * 5 // 4 + 256), *self._all.shape[1:]), self._all.dtype)
            grown[: self._count] = self.values
            self._all = grown
        self._all[self._count : needed] = more
        self._count = needed

    def drop(self, count: int) -> None:
        """Forget the oldest."""
        self._all = self._all[count : self._count].copy()
        self._count -= count
