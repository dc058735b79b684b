"""Mixing speech with noise at a chosen ratio."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def active_power(samples: NDArray[np.float32], rate: int, below_peak_db: float = 30.0) -> float:
    """Mean power of the 10 ms frames within `below_peak_db` of the loudest one: speech without its pauses."""
    frame = max(1, rate // 100)
    count = len(samples) // frame
    if not count:
        return float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    power = np.mean(samples[: count * frame].reshape(count, frame).astype(np.float64) ** 2, axis=1)
    active = power[power >= power.max() * 10.0 ** (-below_peak_db / 10.0)]
    return float(active.mean()) if active.size else 0.0


def mix(speech: NDArray[np.float32], noise: NDArray[np.float32], ratio_db: float, rate: int) -> NDArray[np.float32]:
    """`speech` plus `noise` (same length) scaled so that active speech lies `ratio_db` above it."""
    if not len(speech):
        return speech.copy()
    wanted = active_power(speech, rate) * 10.0 ** (-ratio_db / 10.0)
    power = float(np.mean(np.square(noise, dtype=np.float64)))
    if wanted <= 0.0 or power <= 0.0:
        return speech.copy()
    mixed: NDArray[np.float32] = speech + noise * np.float32(np.sqrt(wanted / power))
    return mixed


def evenly(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sum of two noises (same length), both at the same mean power; where one is silent, the other alone."""
    powers = [float(np.mean(np.square(noise, dtype=np.float64))) for noise in (one, other)]
    if min(powers) <= 0.0:
        return one if powers[1] <= 0.0 else other
    total: NDArray[np.float32] = one + other * np.float32(np.sqrt(powers[0] / powers[1]))
    return total


def tile(noise: NDArray[np.float32], length: int, start: int = 0) -> NDArray[np.float32]:
    """`length` samples of `noise` from `start` on, repeated as often as needed."""
    indices = (np.arange(length) + start) % len(noise)
    return noise[indices]
