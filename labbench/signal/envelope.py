"""The waveform for drawing: lowest and highest sample of each column.

Kept in levels, so that hours cost no more than seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BASE = 64
"""Samples of a column at the finest level."""
FACTOR = 4
"""Columns of one level that make a column of the next."""


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

    def append(self, block: NDArray[np.float32]) -> None:
        """More samples (shape [n], any n)."""
        self.samples += len(block)
        data = np.concatenate([self._rest, block]) if self._rest.size else block
        whole = len(data) // BASE * BASE
        self._rest = data[whole:].copy()
        groups = data[:whole].reshape(-1, BASE)
        self._levels[0].append(groups.min(axis=1), groups.max(axis=1))
        self._grow()

    def columns(self, start: int, stop: int, most: int) -> Columns:
        """Columns that cover samples `start` to `stop`, as fine as possible with at most about `most` of them.

        The newest few samples that do not fill a column yet are left out.
        """
        width, depth = BASE, 0
        while (stop - start) / width > most and depth + 1 < len(self._levels):
            width, depth = width * FACTOR, depth + 1
        level = self._levels[depth]
        a = min(max(0, start // width), level.count)
        b = min(max(a, -(-stop // width)), level.count)
        return Columns(a * width, width, level.low[a:b], level.high[a:b])

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
    """Two arrays that grow by doubling."""

    def __init__(self) -> None:
        self.count = 0
        self._low = np.empty(256, np.float32)
        self._high = np.empty(256, np.float32)

    @property
    def low(self) -> NDArray[np.float32]:
        return self._low[: self.count]

    @property
    def high(self) -> NDArray[np.float32]:
        return self._high[: self.count]

    def append(self, low: NDArray[np.float32], high: NDArray[np.float32]) -> None:
        needed = self.count + len(low)
        if needed > len(self._low):
            size = max(needed, 2 * len(self._low))
            self._low = np.resize(self._low, size)
            self._high = np.resize(self._high, size)
        self._low[self.count : needed] = low
        self._high[self.count : needed] = high
        self.count = needed
