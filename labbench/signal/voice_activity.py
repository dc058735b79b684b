"""Where speech is, by energy: frames that stand out of the quiet around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.signal.levels import frame_levels

FRAME_SECONDS = 0.010
RANGE_DB = 30.0
"""Speech is what lies within this much of the loudest frame."""
ABOVE_FLOOR_DB = 8.0
"""... and at least this much above the quiet."""


@dataclass(frozen=True)
class Activity:
    """Speech in a clip: samples `start` to `stop`, and its level against the quiet around it in dB."""

    start: int
    stop: int
    speech_db: float
    floor_db: float

    @property
    def ratio_db(self) -> float:
        return self.speech_db - self.floor_db


def find_speech(samples: NDArray[np.float32], rate: int) -> Activity | None:
    """The span from the first to the last active frame, or None where nothing stands out.

    The quiet is taken from the lowest tenth of the frames. Gaps shorter than 0.35 s belong to the speech; of
    several stretches further apart, the one with the most energy is taken.
    """
    frame = round(rate * FRAME_SECONDS)
    levels = frame_levels(samples, frame)
    if levels.size < 3:
        return None
    floor = float(np.percentile(levels, 10))
    top = float(levels.max())
    if top < floor + ABOVE_FLOOR_DB or top < -70.0:
        return None
    active = np.flatnonzero(levels >= max(top - RANGE_DB, floor + ABOVE_FLOOR_DB))
    gaps = np.flatnonzero(np.diff(active) > round(0.35 / FRAME_SECONDS))
    stretches = np.split(active, gaps + 1)
    best = max(stretches, key=lambda part: float(np.sum(10.0 ** (levels[part] / 10.0))))
    power = 10.0 ** (levels[best] / 10.0)
    return Activity(
        start=int(best[0]) * frame,
        stop=min(len(samples), int(best[-1] + 1) * frame),
        speech_db=10.0 * float(np.log10(power.mean())),
        floor_db=floor,
    )
