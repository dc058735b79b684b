"""The spectrogram of hours: mean powers in wide columns, kept in levels, a byte each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import FormatError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.signal.coding import dbfs_powers, to_dbfs
from labbench.signal.rows import CELLS
from labbench.signal.spectra import Analysis, Read

WINDOW_MS = 25.0
FACTOR = 4
"""Columns of one level that make a column of the next."""
FRAMES = 8
"""Spectra of a column at the finest level: one each 20 ms, so a shorter click may fall between two of them."""
_BLOCK = 16
"""Columns computed at once."""
_MOST_COLUMNS = 4_000_000
"""A week; a file that says more is not one of ours."""


@dataclass(frozen=True, eq=False)
class OverviewColumns:
    """Columns of `width` samples each from sample `first` on: `DBFS` codes of shape [columns, CELLS]."""

    first: int
    width: int
    codes: NDArray[np.uint8]


class Overview:
    """Mean power of columns of 160 ms (and 4, 16, ... times that) in 256 linear cells up to half the rate.

    Two hours at any rate take 15 MB. Only whole columns are kept: the newest tenths of a second are left out. Belongs
    to one thread at a time.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.analysis = Analysis.of(rate, WINDOW_MS, doubles_of=2 * CELLS)
        self._apart = max(1, round(rate * 0.020))
        self.width = FRAMES * self._apart
        """Samples of a column at the finest level."""
        self._powers = dbfs_powers()
        self._levels = [_Level()]

    @classmethod
    def build(
        cls,
        read: Read,
        frames: int,
        rate: int,
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> Overview:
        """Of a whole sound, read once in short blocks. Raises Cancelled, and what `read` raises."""
        overview = cls(rate)
        overview._levels[0].reserve(overview._whole(frames))
        overview.extend(read, frames, on_progress, cancel)
        return overview

    @property
    def samples(self) -> int:
        """Samples covered so far."""
        return self._levels[0].count * self.width

    @property
    def bytes(self) -> int:
        """Memory held."""
        return sum(level.bytes for level in self._levels)

    def extend(
        self, read: Read, frames: int, on_progress: OnProgress = ignore_progress, cancel: CancelToken | None = None
    ) -> None:
        """Add the columns that are complete now that the sound is `frames` samples long."""
        base = self._levels[0]
        while (first := base.count) < (whole := self._whole(frames)):
            if cancel is not None:
                cancel.check()
            count = min(_BLOCK, whole - first)
            centre = first * self.width + self._apart // 2
            power = self.analysis.centred(read, frames, centre, count * FRAMES, self._apart)
            base.append(to_dbfs(self._cells(power.reshape(count, FRAMES, -1).mean(axis=1))))
            on_progress(Progress(self.samples / self.rate, frames / self.rate, "s"))
        self._grow()

    def columns(self, start: int, stop: int, wanted: float) -> OverviewColumns:
        """Columns that touch samples `start` to `stop`, the finest that are at least `wanted` samples wide."""
        wide = self.width_for(wanted)
        first, last = max(0, start // wide), max(0, -(-stop // wide))
        codes = self.codes(wide, first, last)
        return OverviewColumns(min(first, self.count(wide)) * wide, wide, codes)

    def width_for(self, wanted: float) -> int:
        """Samples of the finest columns that are at least `wanted` samples wide."""
        depth = 0
        while self.width * FACTOR**depth * 2 < wanted and depth + 1 < len(self._levels):
            depth += 1
        width: int = self.width * FACTOR**depth
        return width * 2 if width < wanted else width  # between two levels: the means of pairs

    def count(self, width: int) -> int:
        """Whole columns that there are of one of the widths that `width_for` gives."""
        level, pairs = self._level(width)
        return level.count // pairs

    def codes(self, width: int, first: int, stop: int) -> NDArray[np.uint8]:
        """Columns `first` to `stop` of such a width, as far as they exist: shape [columns, CELLS]."""
        level, pairs = self._level(width)
        count = level.count // pairs
        a, b = min(first, count), min(max(first, stop), count)
        codes = level.values[a * pairs : b * pairs]
        return self._means(codes, pairs) if pairs > 1 else codes.copy()

    def finest(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Columns of the finest level that touch samples `start` to `stop`: shape [columns, CELLS]."""
        return self._levels[0].values[max(0, start // self.width) : max(0, -(-stop // self.width))]

    def powers(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What codes stand for, relative to a full-scale sine."""
        powers: NDArray[np.float32] = self._powers[codes]
        return powers

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """For an .npz file: the finest level; the others are made of it again."""
        return {"rate": np.asarray(self.rate, np.int64), "codes": self._levels[0].values.copy()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Overview:
        """The overview that `to_arrays` was taken of. Raises FormatError where they can't be from one."""
        try:
            rate, codes = np.asarray(arrays["rate"]), np.asarray(arrays["codes"])
        except (KeyError, ValueError) as error:
            raise _damaged() from error
        if rate.shape != () or rate.dtype != np.int64 or not 100 <= int(rate) <= 10_000_000:
            raise _damaged()
        if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != CELLS or len(codes) > _MOST_COLUMNS:
            raise _damaged()
        overview = cls(int(rate))
        overview._levels[0].reserve(len(codes))
        overview._levels[0].append(codes)
        overview._grow()
        return overview

    def _level(self, width: int) -> tuple[_Level, int]:
        """Whose columns those of a width are made of, and of how many."""
        depth = 0
        while depth + 1 < len(self._levels) and self.width * FACTOR ** (depth + 1) <= width:
            depth += 1
        return self._levels[depth], width // (self.width * FACTOR**depth)

    def _whole(self, frames: int) -> int:
        """Columns that no further sound will change."""
        reach = (FRAMES - 1) * self._apart + self._apart // 2 + self.analysis.after
        return max(0, (frames - max(reach, self.width)) // self.width + 1)

    def _cells(self, power: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mean power around each multiple of rate / 512: shape [columns, CELLS].

        Bins half-way between two cells count half in each, and frequencies below 0 are the mirrored ones above.
        """
        group = self.analysis.n_fft // (2 * CELLS)
        if group == 1:
            return power[:, :CELLS]
        half = group // 2
        bins = np.concatenate([power[:, half:0:-1], power[:, : CELLS * group - half + 1]], axis=1)
        means = bins[:, :-1].reshape(len(bins), CELLS, group).sum(axis=2)
        means += np.float32(0.5) * (bins[:, group::group] - bins[:, :-1:group])
        means *= np.float32(1.0 / group)
        cells: NDArray[np.float32] = np.maximum(means, np.float32(0.0))
        return cells

    def _means(self, codes: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
        return to_dbfs(self.powers(codes).reshape(-1, factor, CELLS).mean(axis=1))

    def _grow(self) -> None:
        depth = 0
        while True:
            lower = self._levels[depth]
            if depth + 1 == len(self._levels):
                if lower.count < FACTOR * FACTOR:
                    return
                self._levels.append(_Level())
                self._levels[-1].reserve(lower.count // FACTOR)
            upper = self._levels[depth + 1]
            while (missing := lower.count // FACTOR - upper.count) > 0:
                begin, count = upper.count * FACTOR, min(missing, 256) * FACTOR  # in pieces: as powers they are large
                upper.append(self._means(lower.values[begin : begin + count], FACTOR))
            depth += 1


class _Level:
    """Columns in one array that grows by a sixteenth."""

    def __init__(self) -> None:
        self.count = 0
        self._values = np.empty((16, CELLS), np.uint8)

    @property
    def values(self) -> NDArray[np.uint8]:
        return self._values[: self.count]

    @property
    def bytes(self) -> int:
        return self._values.nbytes

    def reserve(self, size: int) -> None:
        if size > len(self._values):
            grown = np.empty((size, CELLS), np.uint8)
            grown[: self.count] = self.values
            self._values = grown

    def append(self, codes: NDArray[np.uint8]) -> None:
        needed = self.count + len(codes)
        if needed > len(self._values):
            self.reserve(max(needed, len(self._values) * 17 // 16 + 16))
        self._values[self.count : needed] = codes
        self.count = needed


def _damaged() -> FormatError:
    return FormatError("The stored overview of this sound is damaged.", "It is made again from the sound.")
