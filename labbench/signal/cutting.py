"""A sound with stretches cut out of it and silence put around it, and its times on the axis of the whole sound."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

Stretch = tuple[int, int]


@dataclass(frozen=True)
class Cutting:
    """What is kept of a sound of `total` samples: `pieces` in order, apart from each other, each of some length.

    `before` and `after` are samples of silence around what is kept. Times are in seconds; "cut" ones count in the sound
    that `cut` makes, "whole" ones in the sound that it is made of.
    """

    pieces: tuple[Stretch, ...]
    total: int
    rate: int
    before: int = 0
    after: int = 0

    @property
    def nothing_done(self) -> bool:
        """Whether the sound stays as it is."""
        return self.pieces == ((0, self.total),) and not self.before and not self.after

    @property
    def left_out(self) -> tuple[Stretch, ...]:
        """Stretches of the whole sound that are cut out."""
        edges = [0, *(edge for piece in self.pieces for edge in piece), self.total]
        return tuple((start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True) if start < stop)

    @property
    def length(self) -> int:
        """Samples of the cut sound."""
        return self.before + self._starts[-1] + self.after

    def cut(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is kept, in one, with the silence around it. The same array where nothing is done."""
        if self.nothing_done:
            return samples
        silence = (np.zeros(self.before, np.float32), np.zeros(self.after, np.float32))
        return np.concatenate([silence[0], *(samples[start:stop] for start, stop in self.pieces), silence[1]])

    def to_whole(self, seconds: float, *, ends: bool = False) -> float:
        """A moment of the cut sound. Where two pieces meet it is the later one's start, or with `ends` the earlier
        one's end; in the silence around, the nearest moment that is kept. Never falls while `seconds` grows.
        """
        if not self.pieces:
            return 0.0
        at = self._kept(seconds)
        start, stop = self.pieces[number := self.piece_at(seconds, ends=ends)]
        return min(start + at - self._starts[number], stop) / self.rate

    def to_cut(self, seconds: float) -> float:
        """A moment of the whole sound; one that was cut out is where the pieces around it meet. Never falls either."""
        at = seconds * self.rate
        number = bisect_right(self._begins, at) - 1
        if number < 0:
            return self.before / self.rate
        start, stop = self.pieces[number]
        return (self.before + self._starts[number] + min(at, stop) - start) / self.rate

    def piece_at(self, seconds: float, *, ends: bool = False) -> int:
        """The number of the piece that is heard at a moment of the cut sound; as `to_whole` where two of them meet."""
        find = bisect_left if ends else bisect_right
        return min(max(find(self._starts, self._kept(seconds)) - 1, 0), len(self.pieces) - 1)

    def bounds(self, number: int) -> tuple[float, float]:
        """When a piece begins and ends in the cut sound."""
        return (self.before + self._starts[number]) / self.rate, (self.before + self._starts[number + 1]) / self.rate

    def _kept(self, seconds: float) -> float:
        """In samples of what is kept, without the silence before it; within it."""
        return min(max(seconds * self.rate - self.before, 0.0), float(self._starts[-1]))

    @cached_property
    def _starts(self) -> Sequence[int]:
        """Where each piece begins in what is kept, and where the last one ends."""
        return list(accumulate((stop - start for start, stop in self.pieces), initial=0))

    @cached_property
    def _begins(self) -> Sequence[int]:
        return [start for start, _ in self.pieces]


def cutting(
    speech: Sequence[Stretch], total: int, rate: int, *, least_cut: float, short: float = 0.0, silence: float = 0.0
) -> Cutting:
    """What to keep of a sound: the `speech`, and pauses under `least_cut` seconds; nothing where there is no speech.

    What is kept gets `silence` seconds before and after it where it is shorter than `short` seconds.
    """
    if not speech:
        return Cutting((), total, rate)
    least = least_cut * rate
    edges = [0, *(edge for stretch in speech for edge in stretch), total]
    gaps = list(zip(edges[::2], edges[1::2], strict=True))
    cuts = [(start, stop) for start, stop in gaps if stop - start >= least]
    bounds = [(0, 0), *cuts, (total, total)]
    pieces = tuple((one[1], other[0]) for one, other in pairwise(bounds) if one[1] < other[0])
    kept = sum(stop - start for start, stop in pieces)
    around = round(silence * rate) if kept < short * rate else 0
    return Cutting(pieces, total, rate, around, around)
