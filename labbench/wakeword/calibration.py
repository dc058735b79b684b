"""From distances to a threshold: how far ordinary speech stays away, and how near the takes lie to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

WANTED_FALSE_ACCEPTS_PER_HOUR = 1.0
WINDOWS_PER_HOUR = 1200.0
"""Windows of background in an hour that count as independent.

Neighbouring 2 s windows share most of their sound, and the tail of real speech is lighter than the normal's: in 11
minutes of speakers outside the cohort the nearest moment lay 2.2 to 3.0 deviations below the mean, as 300 to 4,000 an
hour would give.
"""
LOWEST, HIGHEST = 0.2, 1.0
"""Bounds of a threshold that makes sense, in normalised distance."""


@dataclass(frozen=True)
class Calibration:
    """A threshold and what to expect of it. Distances are normalised: 1 is as far as ordinary speech.

    `false_accepts_per_hour` is expected in continuous speech of strangers; `misses` is the share of utterances like the
    takes, None with fewer than two takes. `overlap` is set where no threshold keeps both apart.
    """

    threshold: float
    false_accepts_per_hour: float
    misses: float | None
    overlap: bool
    background: tuple[float, float]
    takes: tuple[float, ...]

    def at(self, threshold: float) -> Calibration:
        """The same material with another threshold."""
        return _expect(threshold, self.background, self.takes, overlap=self.overlap)

    def threshold_for(self, false_accepts_per_hour: float) -> float:
        """The threshold at which so many are expected, whatever the takes need."""
        share = min(false_accepts_per_hour / WINDOWS_PER_HOUR, 0.5)
        return NormalDist(*self.background).inv_cdf(share)


def calibrate(background: NDArray[np.float64], takes: Sequence[float]) -> Calibration:
    """A threshold for `WANTED_FALSE_ACCEPTS_PER_HOUR`, from the word's distances to the background cohort.

    The tail is a normal's, fitted to the cohort (an independent background's own tail was lighter). It is
    lowered to halfway between the farthest take and ordinary speech where that is stricter.
    """
    mean, spread = float(np.mean(background)), max(float(np.std(background)), 1e-3)
    wanted = NormalDist(mean, spread).inv_cdf(WANTED_FALSE_ACCEPTS_PER_HOUR / WINDOWS_PER_HOUR)
    overlap = bool(len(takes)) and max(takes) >= wanted
    if len(takes):
        wanted = min(wanted, (max(takes) + mean) / 2)
    return _expect(float(np.clip(wanted, LOWEST, HIGHEST)), (mean, spread), tuple(takes), overlap=overlap)


def _expect(
    threshold: float, background: tuple[float, float], takes: tuple[float, ...], *, overlap: bool
) -> Calibration:
    alarms = NormalDist(*background).cdf(threshold) * WINDOWS_PER_HOUR
    misses = None
    if len(takes) >= 2:
        spread = max(float(np.std(takes, ddof=1)), 0.02)
        misses = 1.0 - NormalDist(float(np.mean(takes)), spread).cdf(threshold)
    return Calibration(
        threshold=threshold,
        false_accepts_per_hour=alarms,
        misses=misses,
        overlap=overlap,
        background=background,
        takes=takes,
    )
