"""The waveform for drawing: lowest and highest sample of each column.

Kept in levels, so that hours cost no more than seconds, and in 16 bits: two hours at 48 kHz take 30 MB.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import FormatError

BASE = 64
"""Samples of a column at the finest level."""
FACTOR = 4
"""Columns of one level that make a column of the next."""
SCALE = 32767
"""What full scale is kept as. Lowest samples are rounded down and highest ones up: a peak never looks smaller."""


@dataclass(frozen=True)
class Columns:
    """Lowest and highest sample per column; column k covers samples [first + k * width, first + (k + 1) * width)."""

    first: int
    width: int
    low: NDArray[np.float32]
    high: NDArray[np.float32]

    def times(self, rate: int) -> NDArray[np.float64]:
        """The middle of each column in seconds."""
        return (self.first + (np.arange(len(self.low)) + 0.5) * self.width) / rate


class Envelope:
    """Grows with a stream. Columns are anchored to absolute sample indices: what is drawn once never changes."""

    def __init__(self) -> None:
        self.samples = 0
        self._rest = np.zeros(0, np.float32)
        self._levels: list[_Level] = [_Level()]

    @property
    def bytes(self) -> int:
        """Memory held."""
        return self._rest.nbytes + sum(level.bytes for level in self._levels)

    def append(self, block: NDArray[np.float32]) -> None:
        """More samples (shape [n], any n); beyond full scale they are cut off."""
        self.samples += len(block)
        data = np.concatenate([self._rest, block]) if self._rest.size else block
        whole = len(data) // BASE * BASE
        self._rest = data[whole:].copy()
        groups = data[:whole].reshape(-1, BASE)
        self._levels[0].append(_outward(groups.min(axis=1), np.floor), _outward(groups.max(axis=1), np.ceil))
        self._grow()

    def columns(self, start: int, stop: int, most: int) -> Columns:
        """Columns that cover samples `start` to `stop`, as fine as possible with at most about `most` of them.

        Exact to 1/32767 of full scale, and never too small. The newest few samples that do not fill a column yet are
        left out.
        """
        width, depth = BASE, 0
        while (stop - start) / width > most and depth + 1 < len(self._levels):
            width, depth = width * FACTOR, depth + 1
        level, pairs = self._levels[depth], 1
        if depth and (stop - start) / width * 2 <= most:  # there is room for columns between this level and the last
            level, pairs, width = self._levels[depth - 1], FACTOR // 2, width // 2
        a = min(max(0, start // width), level.count // pairs)
        b = min(max(a, -(-stop // width)), level.count // pairs)
        low, high = level.low[a * pairs : b * pairs], level.high[a * pairs : b * pairs]
        if pairs > 1:
            low, high = np.minimum(low[0::2], low[1::2]), np.maximum(high[0::2], high[1::2])
        return Columns(a * width, width, _decoded(low), _decoded(high))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """For an .npz file: the finest level and the samples behind it; the other levels are made of them again."""
        base = self._levels[0]
        return {
            "samples": np.asarray(self.samples, np.int64),
            "rest": self._rest.copy(),
            "low": base.low.copy(),
            "high": base.high.copy(),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Envelope:
        """The envelope that `to_arrays` was taken of. Raises FormatError where they can't be from one."""
        try:
            samples, rest, low, high = (np.asarray(arrays[name]) for name in ("samples", "rest", "low", "high"))
        except (KeyError, ValueError) as error:
            raise _damaged() from error
        if samples.shape != () or samples.dtype != np.int64 or rest.dtype != np.float32:
            raise _damaged()
        if low.dtype != np.int16 or high.dtype != np.int16 or low.ndim != 1 or low.shape != high.shape:
            raise _damaged()
        if len(low) != int(samples) // BASE or rest.shape != (int(samples) % BASE,):
            raise _damaged()
        if np.any(low > high) or np.any(low < -SCALE):
            raise _damaged()
        envelope = cls()
        envelope.samples = int(samples)
        envelope._rest = rest.copy()
        envelope._levels[0].append(low, high)
        envelope._grow()
        return envelope

    def _grow(self) -> None:
        depth = 0
        while True:
            lower = self._levels[depth]
            if depth + 1 == len(self._levels):
                if lower.count < FACTOR * FACTOR:
                    return
                self._levels.append(_Level())
            upper = self._levels[depth + 1]
            begin, end = upper.count * FACTOR, lower.count // FACTOR * FACTOR
            if end > begin:
                upper.append(
                    lower.low[begin:end].reshape(-1, FACTOR).min(axis=1),
                    lower.high[begin:end].reshape(-1, FACTOR).max(axis=1),
                )
            depth += 1


class _Level:
    """Two arrays that grow by a little: for hours of sound, room for twice as much would be tens of megabytes."""

    def __init__(self) -> None:
        self.count = 0
        self._low = np.empty(256, np.int16)
        self._high = np.empty(256, np.int16)

    @property
    def low(self) -> NDArray[np.int16]:
        return self._low[: self.count]

    @property
    def high(self) -> NDArray[np.int16]:
        return self._high[: self.count]

    @property
    def bytes(self) -> int:
        return self._low.nbytes + self._high.nbytes

    def append(self, low: NDArray[np.int16], high: NDArray[np.int16]) -> None:
        needed = self.count + len(low)
        if needed > len(self._low):
            size = max(needed, len(self._low) * 33 // 32 + 256)
            self._low = np.resize(self._low, size)
            self._high = np.resize(self._high, size)
        self._low[self.count : needed] = low
        self._high[self.count : needed] = high
        self.count = needed


def _outward(values: NDArray[np.float32], rounding: np.ufunc) -> NDArray[np.int16]:
    """Samples as integers; what is no number counts as silence. In double precision, where the product is exact."""
    scaled = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=-1.0).astype(np.float64) * SCALE
    levels: NDArray[np.int16] = np.clip(rounding(scaled), -SCALE, SCALE).astype(np.int16)
    return levels


def _decoded(values: NDArray[np.int16]) -> NDArray[np.float32]:
    # A division rounds to the nearest number and so keeps the order; a product with 1 / SCALE would not.
    return values.astype(np.float32) / np.float32(SCALE)


def _damaged() -> FormatError:
    return FormatError("The stored waveform of this sound is damaged.", "It is made again from the sound.")
