"""What other thresholds would give: misses against false accepts, over all of them, for curves that people look at."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.calibration import MAX_THRESHOLD, MIN_THRESHOLD, Calibration

STEP = 0.005
"""Between the thresholds of a curve, in normalised distance."""


def thresholds() -> NDArray[np.float64]:
    """Those of a curve, strictest first."""
    return np.arange(MIN_THRESHOLD, MAX_THRESHOLD + STEP / 2, STEP)


def expected(calibration: Calibration) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expected false accepts an hour and shares of misses at `thresholds()`; empty with fewer than two takes."""
    points = [calibration.at(float(threshold)) for threshold in thresholds()]
    known = [(one.false_accepts_per_hour, one.misses) for one in points if one.misses is not None]
    rows = np.array(known, np.float64).reshape(len(known), 2)
    return rows[:, 0], rows[:, 1]


def deviates(shares: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """The standard normal's deviates of shares, none below `least` or above 1 - `least`, as DET curves have them.

    A. Martin and others, The DET curve in assessment of detection task performance, Eurospeech 1997.
    """
    inverse = NormalDist().inv_cdf
    return np.array([inverse(float(share)) for share in np.clip(shares, least, 1.0 - least)])


def judged(fires: int, said: int) -> tuple[int, int]:
    """Misses and false accepts of a sound in which the word is said so often and the detector fires so often.

    Where in it the word is said is not known: firings count as the word as far as there are words to be heard.
    """
    return max(0, said - fires), max(0, fires - said)
