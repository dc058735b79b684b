"""Mains hum: 50 or 60 Hz and its multiples, which stay when speech pauses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.signal.levels import to_db
from labbench.signal.spectra import hann

MAINS_HZ = (50.0, 60.0)
_HARMONICS = 10
_SEGMENT_SECONDS = 0.5
_NEAR_HZ = 4.5
"""Half the width of a line, with a Hann window of half a second."""
_LOWEST_HZ = 20.0
_DOMINATES = 0.6
"""The part of the power that hum must have; of pink noise, the same bands hold a tenth."""
_MOST_SEGMENTS = 20


@dataclass(frozen=True)
class Hum:
    """Hum at `hertz` (50 or 60) and its multiples, at `level_db` dBFS (root mean square), where it dominates."""

    hertz: float
    level_db: float


def find_hum(samples: NDArray[np.float32], rate: int) -> Hum | None:
    """Hum that dominates the quieter half of a sound (shape [n], no constant part), or None; None below half a second.

    Hum never pauses and speech does: so the quieter half of the segments of half a second decides.
    """
    length = round(rate * _SEGMENT_SECONDS)
    if len(samples) < length:
        return None
    count = min(_MOST_SEGMENTS, max(1, 2 * len(samples) // length - 1))
    starts = np.linspace(0, len(samples) - length, count).astype(np.int64)
    window = hann(length).astype(np.float32)
    spectra = np.stack([np.square(np.abs(np.fft.rfft(samples[at : at + length] * window))) for at in starts])
    # By Parseval, so that the sum over the bins is the segment's mean square.
    spectra *= 2.0 / (length * float(np.sum(np.square(window))))
    bins = np.arange(spectra.shape[1], dtype=np.float64) * (rate / length)
    spectra = spectra[:, bins >= _LOWEST_HZ]
    bins = bins[bins >= _LOWEST_HZ]
    totals = spectra.sum(axis=1)
    quiet = spectra[np.argsort(totals)[: (count + 1) // 2]].mean(axis=0)
    powers = [float(quiet[_lines(bins, hertz)].sum()) for hertz in MAINS_HZ]
    best = int(np.argmax(powers))
    if not powers[best] > _DOMINATES * float(quiet.sum()):
        return None
    return Hum(MAINS_HZ[best], to_db(float(np.sqrt(powers[best]))))


def _lines(bins: NDArray[np.float64], hertz: float) -> NDArray[np.bool_]:
    """Bins near a multiple of `hertz`."""
    multiple = np.rint(bins / hertz)
    return (np.abs(bins - multiple * hertz) <= _NEAR_HZ) & (multiple >= 1) & (multiple <= _HARMONICS)
