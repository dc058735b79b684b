"""What a column of a spectrogram is computed from: short-time spectra, or the windows of 30 s that Whisper hears."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.signal.coding import WHISPER
from labbench.signal.overview import Overview
from labbench.signal.resampling import resample
from labbench.signal.rows import Rows
from labbench.signal.spectra import Analysis, Read, read_padded
from labbench.signal.whisper_mel import HALF, HOP, N_MELS, WINDOW_COLUMNS, WINDOW_SAMPLES, unclamped

_MARGIN_SECONDS = 0.05
"""Sound on either side that the resampler's filter may need."""


@dataclass(frozen=True, eq=False)
class OverviewSource:
    """Columns of `width` samples from an overview, which says by itself how many there are."""

    overview: Overview
    to_rows: Rows
    width: int

    @property
    def rows(self) -> int:
        return len(self.to_rows.centres_hz)

    def existing(self, frames: int) -> int:
        return self.overview.count(self.width)

    def settled(self, frames: int) -> int:
        return self.overview.count(self.width)

    def compute(self, first: int, stop: int, frames: int) -> NDArray[np.uint8]:
        codes = self.overview.codes(self.width, first, stop)
        return codes[:, : self.rows] if self.to_rows.weights is None else self.to_rows.of(self.overview.powers(codes))


@dataclass(frozen=True, eq=False)
class PowerColumns:
    """Column k is the mean power around sample k * hop, of `parts` frames spread evenly over the column.

    With more than one part (an even number that divides the hop) the outermost frames, half a column away on either
    side, count half: the column stays centred and neighbours share them.
    """

    read: Read
    analysis: Analysis
    to_rows: Rows
    hop: int
    parts: int = 1

    @property
    def rows(self) -> int:
        return len(self.to_rows.centres_hz)

    def existing(self, frames: int) -> int:
        return -(-frames // self.hop)

    def settled(self, frames: int) -> int:
        reach = self.parts // 2 * (self.hop // self.parts) + self.analysis.after
        return max(0, (frames - reach) // self.hop + 1)

    def compute(self, first: int, stop: int, frames: int) -> NDArray[np.uint8]:
        if self.parts == 1:
            return self.to_rows.of(self.analysis.centred(self.read, frames, first * self.hop, stop - first, self.hop))
        count, parts = stop - first, self.parts
        apart = self.hop // parts
        begin = first * self.hop - parts // 2 * apart
        fine = self.analysis.centred(self.read, frames, begin, count * parts + 1, apart)
        sums = fine[:-1].reshape(count, parts, -1).sum(axis=1)
        sums += np.float32(0.5) * (fine[parts::parts] - fine[:-1:parts])
        sums *= np.float32(1.0 / parts)
        return self.to_rows.of(sums)


class WhisperColumns:
    """Column k is Whisper's number k % 3000 of window k // 3000, before the clamp to the window's maximum.

    The sound is resampled to 16 kHz, cut into windows of 30 s and mirrored at their ends, as for a first pass of
    Whisper; what is missing of the last window is silence.
    """

    rows = N_MELS

    def __init__(self, read: Read, rate: int) -> None:
        self._read = read
        self._rate = rate
        common = gcd(rate, MODEL_RATE)
        self._unit_in, self._unit_out = rate // common, MODEL_RATE // common  # the shortest stretch whole at both rates
        self._margin = -(-int(_MARGIN_SECONDS * MODEL_RATE) // self._unit_out) if self._unit_in != self._unit_out else 0

    def existing(self, frames: int) -> int:
        return -(-(frames * MODEL_RATE // self._rate) // HOP)

    def settled(self, frames: int) -> int:
        reach = HALF + 1 + self._margin * self._unit_out
        return max(0, (frames * MODEL_RATE // self._rate - reach) // HOP + 1)

    def compute(self, first: int, stop: int, frames: int) -> NDArray[np.uint8]:
        out = np.empty((stop - first, self.rows), np.uint8)
        at = first
        while at < stop:
            window = at // WINDOW_COLUMNS
            end = min(stop, (window + 1) * WINDOW_COLUMNS)
            samples = self._in_window(window, (at % WINDOW_COLUMNS) * HOP, end - at, frames)
            out[at - first : end - first] = WHISPER.encode(unclamped(samples).T)
            at = end
        return out

    def _in_window(self, window: int, centre: int, count: int, frames: int) -> NDArray[np.float32]:
        """16 kHz samples for `count` columns, the first centred on sample `centre` of a window; ends are mirrored."""
        start, stop = centre - HALF, centre + (count - 1) * HOP + HALF
        before, after = max(0, -start), max(0, stop - WINDOW_SAMPLES)
        # What is mirrored must be there to be mirrored.
        low = max(0, start)
        high = min(WINDOW_SAMPLES, max(stop, before + 1))
        low = min(low, WINDOW_SAMPLES - after - 1) if after else low
        zero = window * WINDOW_SAMPLES
        samples = self.resampled(zero + low, zero + high, frames)
        return np.pad(samples, (before, after), mode="reflect")[: stop - start]

    def resampled(self, start: int, stop: int, frames: int) -> NDArray[np.float32]:
        """Samples `start` to `stop` of the sound at 16 kHz, silence around it, whatever stretch is asked for."""
        first = start // self._unit_out - self._margin
        last = -(-stop // self._unit_out) + self._margin
        source = read_padded(self._read, frames, first * self._unit_in, last * self._unit_in)
        offset = start - first * self._unit_out
        out = np.zeros(stop - start, np.float32)
        part = resample(source, self._rate, MODEL_RATE)[offset : offset + len(out)]
        out[: len(part)] = part
        return out
