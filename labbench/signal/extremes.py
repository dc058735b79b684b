"""Curves for drawing: a few numbers at each of many hops, and the lowest and highest of every 4, 16, 64, ... hops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FACTOR = 4
"""Hops of one level that make one of the next."""


class Extremes:
    """`rows` curves over the same hops; they grow with a stream. What is not finite counts for no extreme.

    Groups are anchored to the first hop: what is drawn once doesn't shimmer while the view moves.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.clear()

    def clear(self) -> None:
        """Begin again, without any hop."""
        self._base = _Rows(self.rows)
        self._levels: list[tuple[_Rows, _Rows]] = []

    @property
    def values(self) -> NDArray[np.float64]:
        """All that was appended, shape [rows, hops]: a view, to be looked at before the next `append`."""
        return self._base.values

    @property
    def count(self) -> int:
        """Hops so far."""
        return self._base.count

    @property
    def bytes(self) -> int:
        """Memory held."""
        return self._base.bytes + sum(level.bytes for pair in self._levels for level in pair)

    def append(self, values: NDArray[np.float64]) -> None:
        """More hops: shape [rows, n]."""
        self._base.append(values)

    def between(self, first: int, stop: int, most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest values of groups that cover hops `first` to `stop`: shapes [rows, groups].

        The groups are as short as possible with at most about `most` of them; a group of one hop is the hop itself.
        What is behind the last whole group is a group of its own.
        """
        first, stop = max(0, first), min(stop, self.count)
        depth = 0
        while (stop - first) / FACTOR**depth > most:
            depth += 1
        if not depth:
            return self.values[:, first:stop], self.values[:, first:stop]
        self._grow(depth)
        low, high = self._levels[depth - 1]
        width = FACTOR**depth
        begin, end = first // width, -(-stop // width)
        rest = self.values[:, low.count * width :] if end > low.count else self.values[:, :0]
        if not rest.shape[1]:
            return low.values[:, begin:end], high.values[:, begin:end]
        known = np.where(np.isfinite(rest), rest, np.nan)
        return (
            np.column_stack([low.values[:, begin:end], np.fmin.reduce(known, axis=1)]),
            np.column_stack([high.values[:, begin:end], np.fmax.reduce(known, axis=1)]),
        )

    def _grow(self, depth: int) -> None:
        """Add to the first `depth` levels the groups that are complete by now."""
        below = (self._base, self._base)
        for level in range(depth):
            if level == len(self._levels):
                self._levels.append((_Rows(self.rows), _Rows(self.rows)))
            for lower, upper, choose in zip(below, self._levels[level], (np.fmin, np.fmax), strict=True):
                new = lower.values[:, upper.count * FACTOR : lower.count // FACTOR * FACTOR]
                if new.shape[1]:
                    known = np.where(np.isfinite(new), new, np.nan) if not level else new
                    pairs = choose(known[:, 0::2], known[:, 1::2])
                    upper.append(choose(pairs[:, 0::2], pairs[:, 1::2]))
            below = self._levels[level]


class _Rows:
    """An array that grows by an eighth."""

    def __init__(self, rows: int) -> None:
        self.count = 0
        self._values = np.empty((rows, 256), np.float64)

    @property
    def values(self) -> NDArray[np.float64]:
        return self._values[:, : self.count]

    @property
    def bytes(self) -> int:
        return self._values.nbytes

    def append(self, values: NDArray[np.float64]) -> None:
        needed = self.count + values.shape[1]
        if needed > self._values.shape[1]:
            grown = np.empty((len(self._values), max(needed, self._values.shape[1] * 9 // 8 + 256)), np.float64)
            grown[:, : self.count] = self.values
            self._values = grown
        self._values[:, self.count : needed] = values
        self.count = needed
