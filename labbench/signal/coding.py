"""Levels as bytes: pictures of sound need half a decibel, not four bytes a value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.signal.spectra import decibels


@dataclass(frozen=True)
class Coding:
    """Code c stands for the value `lowest + c * step`; what lies outside codes 0 to 255 is taken to the nearer end."""

    lowest: float
    step: float
    unit: str

    def encode(self, values: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The nearest codes; any shape."""
        scaled = (values - np.float32(self.lowest)) * np.float32(1.0 / self.step)
        np.clip(np.rint(scaled, out=scaled), 0.0, 255.0, out=scaled)
        return scaled.astype(np.uint8)

    def decode(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The values that codes stand for; any shape."""
        values: NDArray[np.float32] = codes.astype(np.float32) * np.float32(self.step) + np.float32(self.lowest)
        return values

    def code_of(self, value: float) -> float:
        """Where a value lies among the codes, not rounded: for the ends of a scale of colours."""
        return (value - self.lowest) / self.step


DBFS = Coding(-120.0, 0.5, "dBFS")
"""0 dBFS is a full-scale sine; -120 dB to 7.5 dB."""
WHISPER = Coding(-1.5, 1.0 / 75.0, "Whisper units")
"""Whisper's normalised units from the lowest there is to 1.9; a full-scale sine gives 1.7."""


def to_dbfs(power: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Powers relative to a full-scale sine as `DBFS` codes."""
    return DBFS.encode(decibels(power))


def dbfs_powers() -> NDArray[np.float32]:
    """The power that each of the 256 `DBFS` codes stands for; code 0 stands for none at all."""
    powers = (10.0 ** (DBFS.decode(np.arange(256, dtype=np.uint8)) / 10.0)).astype(np.float32)
    powers[0] = 0.0
    return powers
