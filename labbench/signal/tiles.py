"""Columns of pictures in tiles: what was computed once is kept, within bounds, and grows with a live sound."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

TILE = 64
"""Columns of a tile; tile t holds columns t * TILE to (t + 1) * TILE."""
MOST_BYTES = 6_000_000


class ColumnSource(Protocol):
    """Computes columns of a sound that is `frames` samples long, by their absolute number."""

    @property
    def rows(self) -> int:
        """Values of a column."""

    def existing(self, frames: int) -> int:
        """Columns that there are."""

    def settled(self, frames: int) -> int:
        """Columns that no further sound will change."""

    def compute(self, first: int, stop: int, frames: int) -> NDArray[np.uint8]:
        """Columns `first` to `stop`: shape [stop - first, rows]."""


class _Tile:
    def __init__(self, rows: int) -> None:
        self.values = np.zeros((TILE, rows), np.uint8)
        self.settled = 0
        self.frames = -1


class TileCache:
    """Tiles of any number of sources, the least recently used ones dropped first. Belongs to one thread.

    It holds at most `most_bytes`, or what the latest call needed if that is more.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._tiles: OrderedDict[tuple[Hashable, int], _Tile] = OrderedDict()
        self._bytes = 0
        self.computed = 0
        """Columns computed so far, for tests and figures."""

    @property
    def bytes(self) -> int:
        """Memory that the values take."""
        return self._bytes

    def columns(self, key: Hashable, source: ColumnSource, first: int, stop: int, frames: int) -> NDArray[np.uint8]:
        """Columns `first` to `stop` of `source`, known by `key`, as far as they exist: shape [n, source.rows]."""
        first = max(0, first)
        stop = max(first, min(stop, source.existing(frames)))
        out = np.empty((stop - first, source.rows), np.uint8)
        used = range(first // TILE, -(-stop // TILE)) if stop > first else range(0)
        for number in used:
            tile = self._tile(key, number, source, frames)
            begin, end = max(first, number * TILE), min(stop, (number + 1) * TILE)
            out[begin - first : end - first] = tile.values[begin - number * TILE : end - number * TILE]
        self._shrink(len(used))
        return out

    def _tile(self, key: Hashable, number: int, source: ColumnSource, frames: int) -> _Tile:
        tile = self._tiles.get((key, number))
        if tile is None:
            tile = self._tiles[key, number] = _Tile(source.rows)
            self._bytes += tile.values.nbytes
        else:
            self._tiles.move_to_end((key, number))
        if tile.settled < TILE and tile.frames != frames:
            base = number * TILE
            stop = min(base + TILE, source.existing(frames))
            if stop > base + tile.settled:
                tile.values[tile.settled : stop - base] = source.compute(base + tile.settled, stop, frames)
                self.computed += stop - base - tile.settled
            tile.settled = min(max(source.settled(frames) - base, 0), TILE)
            tile.frames = frames
        return tile

    def _shrink(self, needed: int) -> None:
        while self._bytes > self._most_bytes and len(self._tiles) > needed:
            _, tile = self._tiles.popitem(last=False)
            self._bytes -= tile.values.nbytes
