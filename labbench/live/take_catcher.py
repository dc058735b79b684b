"""Catches the next spoken word from a running stream, with what came just before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.signal.levels import frame_levels

PRE_ROLL = MODEL_RATE // 2
"""Sound before the catcher was started that may belong to the word."""
FRAME = MODEL_RATE // 50
PAUSE_FRAMES = 20
"""So many quiet frames (0.4 s) end the word."""
ONSET_DB = 12.0
OFFSET_DB = 8.0
QUIETEST_DB = -50.0
LONGEST_FRAMES = 125
PATIENCE_FRAMES = 400
"""After so many frames (8 s) without a word the catcher gives up."""


class TakeCatcher:
    """Feed it the 16 kHz stream from `PRE_ROLL` samples before it was asked for. Ends with a clip or with nothing."""

    def __init__(self) -> None:
        self._samples: list[NDArray[np.float32]] = []
        self._rest = np.zeros(0, np.float32)
        self._levels: list[float] = []
        self._onset: int | None = None
        self.ended = False

    def feed(self, samples: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """The word with its surroundings once it is over; None before. `ended` is set with either end."""
        self._samples.append(samples)
        rest = np.concatenate([self._rest, samples])
        whole = len(rest) // FRAME * FRAME
        self._rest = rest[whole:]
        for level in frame_levels(rest[:whole], FRAME):
            if self._step(float(level)):
                self.ended = True
                return self._clip()
            if self.ended:
                return None
        return None

    def finish(self) -> NDArray[np.float32] | None:
        """The stream has ended: a word that had begun, with what there is of it."""
        self.ended = True
        return None if self._onset is None else self._clip()

    def _step(self, level: float) -> bool:
        self._levels.append(level)
        floor = float(np.percentile(self._levels, 15))
        count = len(self._levels)
        if self._onset is None:
            loud = self._levels[-3:]
            if count >= 3 and min(loud) > max(floor + ONSET_DB, QUIETEST_DB):
                self._onset = count - 3
            elif count > PATIENCE_FRAMES:
                self.ended = True
            return False
        if count - self._onset > LONGEST_FRAMES:
            return True
        top = max(self._levels[self._onset :])
        recent = self._levels[-PAUSE_FRAMES:]
        return count - self._onset > PAUSE_FRAMES and max(recent) < max(floor + OFFSET_DB, top - 30.0)

    def _clip(self) -> NDArray[np.float32]:
        assert self._onset is not None
        everything = np.concatenate(self._samples)
        start = max(0, self._onset * FRAME - PRE_ROLL)
        return everything[start : len(self._levels) * FRAME]
