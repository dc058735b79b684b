"""Levels in decibels relative to full scale (dBFS)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FLOOR_DB = -120.0
"""What digital silence is shown as."""


def to_db(amplitude: float) -> float:
    """An amplitude of 0 to 1 in dBFS, at least `FLOOR_DB`."""
    return max(FLOOR_DB, 20.0 * float(np.log10(max(amplitude, 1e-12))))


def rms(samples: NDArray[np.float32]) -> float:
    """Root mean square of samples; 0.0 for none."""
    if not samples.size:
        return 0.0
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def peak(samples: NDArray[np.float32]) -> float:
    """Largest absolute sample; 0.0 for none."""
    return float(np.max(np.abs(samples))) if samples.size else 0.0


def frame_levels(samples: NDArray[np.float32], frame: int) -> NDArray[np.float64]:
    """RMS level in dBFS of each whole frame of `frame` samples: shape [len // frame]."""
    count = len(samples) // frame
    frames = samples[: count * frame].reshape(count, frame).astype(np.float64)
    power = np.mean(frames * frames, axis=1)
    levels: NDArray[np.float64] = np.maximum(10.0 * np.log10(np.maximum(power, 1e-24)), FLOOR_DB)
    return levels
