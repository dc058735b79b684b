"""Distances of the shown sound as arrays that grow with it: put together once, however long it runs. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.recount import Stream, stream_of
from labbench.wakeword.spotter import SpotFrame


@dataclass(frozen=True, eq=False)
class Hops:
    """Distances as arrays: `index` int64 [n], `distances` float64 [n, words], `muted` bool [n]."""

    index: NDArray[np.int64]
    distances: NDArray[np.float64]
    muted: NDArray[np.bool_]

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """What the detector of each word decides by; muted hops are no part of it."""
        heard = ~self.muted
        return tuple(stream_of(self.index[heard], row) for row in self.distances[heard].T)


class HopStore:
    """Those of `frames`, a list that grows, that have a distance for each of so many `words`.

    `known` are the first of them, where there are arrays of those already.
    """

    def __init__(self, frames: Sequence[SpotFrame], words: int, known: Hops | None = None) -> None:
        self.frames = frames
        self.words = words
        self._taken = len(frames) if known is not None else 0
        self._hops = known or Hops(np.zeros(0, np.int64), np.zeros((0, words)), np.zeros(0, np.bool_))
        self._index, self._distances, self._muted = self._hops.index, self._hops.distances, self._hops.muted

    @property
    def hops(self) -> Hops:
        """The same object as long as there are no more of them."""
        if self._taken < len(self.frames):
            new = [frame for frame in self.frames[self._taken :] if len(frame.distances) == self.words]
            self._taken = len(self.frames)
            if new:
                self._add(new)
        return self._hops

    def _add(self, frames: Sequence[SpotFrame]) -> None:
        first = len(self._hops.index)
        stop = first + len(frames)
        if stop > len(self._index):
            room = max(stop, 2 * first, 256)
            self._index = _longer(self._index[:first], room)
            self._distances = _longer(self._distances[:first], room)
            self._muted = _longer(self._muted[:first], room)
        self._index[first:stop] = [frame.index for frame in frames]
        self._distances[first:stop] = [frame.distances for frame in frames]
        self._muted[first:stop] = [frame.muted for frame in frames]
        self._hops = Hops(self._index[:stop], self._distances[:stop], self._muted[:stop])


def _longer(rows: NDArray[Any], room: int) -> NDArray[Any]:
    found = np.zeros((room, *rows.shape[1:]), rows.dtype)
    found[: len(rows)] = rows
    return found
