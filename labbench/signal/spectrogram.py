"""The spectrogram that is drawn: any stretch at any zoom, at a cost that follows the screen and not the sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.signal.coding import WHISPER, Coding
from labbench.signal.columns import OverviewSource, PowerColumns, WhisperColumns
from labbench.signal.overview import Overview
from labbench.signal.rows import Kind, Rows, overview_rows, spectrum_rows
from labbench.signal.spectra import Analysis, Read
from labbench.signal.tiles import MOST_BYTES, TileCache
from labbench.signal.whisper_mel import HOP, RANGE, WINDOW_COLUMNS, WINDOW_SECONDS

HOP_SECONDS = 0.010
FINEST = 3
"""The finest hop is a column's 10 ms halved so many times."""
MOST_PARTS = 4
"""Spectra averaged for one column where columns are wider than 10 ms."""
LONG_SECONDS = 40.0
"""Longer stretches are drawn from the overview."""
_SLACK = 0.999
"""A view that moves is never exactly as wide as before: its columns stay as wide nevertheless."""
_RANGE_CODES = round(RANGE / WHISPER.step)


@dataclass(frozen=True)
class SpectrogramSettings:
    """What is drawn. `highest_hz` None: half the rate (linear) or 8 kHz (mel); Whisper always hears up to 8 kHz.

    `floor_db` and `ceiling_db` are for colours alone; values don't depend on them, nor do Whisper's units.
    """

    kind: Kind = "mel"
    window_ms: float = 25.0
    highest_hz: float | None = None
    floor_db: float = -80.0
    ceiling_db: float = -20.0


@dataclass(frozen=True, eq=False)
class SpectrogramImage:
    """Column k covers `first_s` + k * `column_s` and `column_s` more; `first_s` may lie half a column before the sound.

    `values` are codes (uint8, shape [columns, rows], low frequencies first) of `coding`: half a decibel each in dBFS,
    or 1/75 of Whisper's units. `centres_hz` [rows] and `edges_hz` [rows + 1] are evenly spaced in Hz where the kind is
    linear, else in mel.
    """

    first_s: float
    column_s: float
    values: NDArray[np.uint8]
    centres_hz: NDArray[np.float64]
    edges_hz: NDArray[np.float64]
    coding: Coding

    @property
    def stop_s(self) -> float:
        return self.first_s + len(self.values) * self.column_s

    def levels(self) -> NDArray[np.float32]:
        """The values in the coding's unit."""
        return self.coding.decode(self.values)

    def times(self) -> NDArray[np.float64]:
        """The middle of each column in seconds."""
        return self.first_s + (np.arange(len(self.values), dtype=np.float64) + 0.5) * self.column_s

    def value_at(self, seconds: float, hertz: float) -> float | None:
        """What is drawn at a point, in the coding's unit; None outside."""
        column = int(np.floor((seconds - self.first_s) / self.column_s))
        row = int(np.searchsorted(self.edges_hz, hertz, side="right")) - 1
        if not (0 <= column < len(self.values) and 0 <= row < len(self.centres_hz)):
            return None
        return float(self.coding.decode(self.values[column, row]))


class Spectrogram:
    """Draws one sound with one set of settings. Belongs to one thread.

    `frames()` is the sound's length in samples and may grow; `read(start, stop)` gives samples that are there, and what
    it raises goes on to the caller of `image`. An `overview` may be set later, or extended as the sound grows.
    """

    def __init__(
        self,
        read: Read,
        frames: Callable[[], int],
        rate: int,
        settings: SpectrogramSettings,
        overview: Overview | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.settings = settings
        self.overview = overview
        self.rate = rate
        self.cache = TileCache(most_bytes)
        self._read = read
        self._frames = frames
        self._analysis = Analysis.of(rate, settings.window_ms)
        self._rows = spectrum_rows(settings.kind, settings.highest_hz, self._analysis)
        self._whisper = WhisperColumns(read, rate)
        self._far: Rows | None = None
        self._maxima: dict[int, int] = {}

    def image(self, start_s: float, stop_s: float, most_columns: int) -> SpectrogramImage:
        """Columns that touch `start_s` to `stop_s`, as far as there is sound, at most about `most_columns`.

        Their width follows from that of the stretch alone, so it stays while the view moves. Stretches up to 40 s are
        computed from samples; longer ones from the overview, or without one from four spectra a column, evenly spread.
        """
        frames = self._frames()
        least_s = max(0.0, stop_s - start_s) / max(1, most_columns)
        long = stop_s - start_s > LONG_SECONDS
        stop_s = min(stop_s, frames / self.rate)
        start_s = min(max(0.0, start_s), max(0.0, stop_s))
        if long and self.overview is not None:
            return self._from_overview(self.overview, start_s, stop_s, least_s)
        if self.settings.kind == "whisper" and not long:
            return self._as_whisper(start_s, stop_s, least_s, frames)
        hop, parts = self._hop(least_s)
        source = PowerColumns(self._read, self._analysis, self._rows, hop, parts)
        # Column k reaches from (k - 1/2) to (k + 1/2) hops.
        first = int(start_s * self.rate / hop + 0.5)
        stop = int(np.ceil(stop_s * self.rate / hop + 0.5))
        values = self.cache.columns(hop, source, first, stop, frames)
        return self._image((first - 0.5) * hop / self.rate, hop / self.rate, values, self._rows)

    def _hop(self, least_seconds: float) -> tuple[int, int]:
        """Samples between columns at least about `least_seconds` wide, and the spectra of each column."""
        least_seconds *= _SLACK
        base = max(1, round(self.rate * HOP_SECONDS))
        for halved in range(FINEST, 0, -1):
            if base >> halved and (base >> halved) / self.rate >= least_seconds:
                return base >> halved, 1
        doubled = 0
        while (base << doubled) / self.rate < least_seconds:
            doubled += 1
        return base << doubled, min(1 << doubled, MOST_PARTS)

    def _as_whisper(self, start_s: float, stop_s: float, least_s: float, frames: int) -> SpectrogramImage:
        column_s = HOP / MODEL_RATE
        group = 1  # columns averaged, from a multiple of their number on
        while group * column_s < least_s * _SLACK:
            group *= 2
        first = int(start_s / column_s + 0.5) // group * group
        stop = -(-int(np.ceil(stop_s / column_s + 0.5)) // group) * group
        begin = first // WINDOW_COLUMNS * WINDOW_COLUMNS  # whole windows, for their maxima
        end = -(-stop // WINDOW_COLUMNS) * WINDOW_COLUMNS
        columns = self.cache.columns("whisper", self._whisper, begin, end, frames)
        for at in range(0, len(columns), WINDOW_COLUMNS):
            window = columns[at : at + WINDOW_COLUMNS]
            np.maximum(window, max(0, int(window.max()) - _RANGE_CODES), out=window)
        values = columns[first - begin : stop - begin]
        if group > 1 and len(values):
            starts = np.arange(0, len(values), group)
            counts = np.diff(starts, append=len(values))[:, None]
            values = np.rint(np.add.reduceat(values, starts, axis=0, dtype=np.float32) / counts).astype(np.uint8)
        return self._image((first - 0.5) * column_s, group * column_s, values, self._rows)

    def _from_overview(self, overview: Overview, start_s: float, stop_s: float, least_s: float) -> SpectrogramImage:
        if self._far is None:
            self._far = overview_rows(self.settings.kind, self.settings.highest_hz, overview.analysis)
        rows = self._far
        width = overview.width_for(least_s * _SLACK * self.rate)
        first = int(start_s * self.rate) // width
        stop = -(-int(np.ceil(stop_s * self.rate)) // width)
        source = OverviewSource(overview, rows, width)
        values = self.cache.columns(("overview", width), source, first, stop, overview.samples)
        if rows.coding is WHISPER and len(values):
            values = np.maximum(values, self._floors(overview, rows, first * width, width, len(values)))
        return self._image(first * width / self.rate, width / self.rate, values, rows)

    def _floors(self, overview: Overview, rows: Rows, first: int, width: int, count: int) -> NDArray[np.uint8]:
        """The lowest code of each column: as far below the maximum of the column's window of 30 s as Whisper's goes."""
        span = WINDOW_SECONDS * self.rate
        window = (first + width // 2 + width * np.arange(count)) // span
        floors = {}
        for number in range(int(window[0]), int(window[-1]) + 1):
            maximum = self._maxima.get(number)
            if maximum is None:
                codes = overview.finest(number * span, (number + 1) * span)
                maximum = int(rows.of(overview.powers(codes)).max(initial=0))
                if overview.samples >= (number + 1) * span:
                    self._maxima[number] = maximum
            floors[number] = max(0, maximum - _RANGE_CODES)
        return np.asarray([floors[int(number)] for number in window], np.uint8)[:, None]

    def _image(self, first_s: float, column_s: float, values: NDArray[np.uint8], rows: Rows) -> SpectrogramImage:
        return SpectrogramImage(first_s, column_s, values, rows.centres_hz, rows.edges_hz, rows.coding)
