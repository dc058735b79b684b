"""From the bins of a power spectrum to the rows of a picture: linear, mel, or as Whisper hears."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.signal.coding import DBFS, WHISPER, Coding, to_dbfs
from labbench.signal.spectra import (
    Analysis,
    hann_leakage,
    hertz_to_mel,
    mel_filterbank,
    mel_points,
    mel_to_hertz,
)
from labbench.signal.whisper_mel import N_FFT, N_MELS, units, whisper_filters

Kind = Literal["mel", "linear", "whisper"]
MEL_BANDS = 80
MEL_HIGHEST_HZ = 8000.0
"""Up to where mel bands reach unless told otherwise: nearly all of speech, and what Whisper hears."""
CELLS = 256
"""Linear bins of an overview; cell j is centred on j * rate / 512 Hz."""
_WHISPER_SCALE = np.float32((N_FFT / 4) ** 2)
"""Power of a full-scale sine at its bin in Whisper's transform, whose window is not scaled."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a picture: centres [rows] and edges [rows + 1] in Hz, and how powers become codes.

    `weights` (shape [bins, rows]) sums bins; None takes the first bins as they are.
    """

    centres_hz: NDArray[np.float64]
    edges_hz: NDArray[np.float64]
    coding: Coding
    weights: NDArray[np.float32] | None = None

    def of(self, power: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Codes of power spectra of shape [columns, bins]: shape [columns, rows]."""
        if self.weights is None:
            return to_dbfs(power[:, : len(self.centres_hz)])
        sums = power @ self.weights
        return WHISPER.encode(units(sums)) if self.coding is WHISPER else to_dbfs(sums)


def spectrum_rows(kind: Kind, highest_hz: float | None, analysis: Analysis) -> Rows:
    """Rows from the bins of `analysis`.

    Each mel band is scaled so that a full-scale sine at its centre reads 0 dBFS. Whisper's rows come unclamped.
    """
    if kind == "linear":
        return _linear(highest_hz, analysis.rate, analysis.bin_hz, analysis.n_fft // 2 + 1)
    bins = analysis.frequencies
    if kind == "whisper":
        centres, edges = _mel_places(N_MELS, MODEL_RATE / 2)
        return Rows(centres, edges, WHISPER, _interpolation(bins, whisper_bins()) @ _whisper_weights())
    top = _highest(highest_hz if highest_hz is not None else MEL_HIGHEST_HZ, analysis.rate)
    centres, edges = _mel_places(MEL_BANDS, top)
    filters = mel_filterbank(analysis.rate, analysis.n_fft, MEL_BANDS, top, narrowest_hz=analysis.bin_hz)
    full = np.sum(filters * hann_leakage(bins[None, :] - centres[:, None], analysis.seconds), axis=1)
    return Rows(centres, edges, DBFS, np.ascontiguousarray((filters / full[:, None]).T, np.float32))


def overview_rows(kind: Kind, highest_hz: float | None, analysis: Analysis) -> Rows:
    """Rows from the cells of an overview that was made with `analysis`: between cells, powers are interpolated."""
    cell_hz = analysis.rate / (2.0 * CELLS)
    if kind == "linear":
        return _linear(highest_hz, analysis.rate, cell_hz, CELLS)
    fine = spectrum_rows(kind, highest_hz, analysis)
    assert fine.weights is not None
    between = _interpolation(np.arange(CELLS, dtype=np.float64) * cell_hz, analysis.frequencies)
    return Rows(fine.centres_hz, fine.edges_hz, fine.coding, between @ fine.weights)


def whisper_bins() -> NDArray[np.float64]:
    """Centres of the bins of Whisper's transform in Hz."""
    return np.arange(N_FFT // 2 + 1, dtype=np.float64) * (MODEL_RATE / N_FFT)


def _whisper_weights() -> NDArray[np.float32]:
    return whisper_filters().T * _WHISPER_SCALE


def _linear(highest_hz: float | None, rate: int, spacing: float, bins: int) -> Rows:
    top = _highest(highest_hz if highest_hz is not None else rate / 2.0, rate)
    count = min(bins, max(1, round(top / spacing) + 1))
    steps = np.arange(count + 1, dtype=np.float64)
    return Rows(steps[:-1] * spacing, (steps - 0.5) * spacing, DBFS)


def _highest(wanted_hz: float, rate: int) -> float:
    return min(max(wanted_hz, 100.0), rate / 2.0)


def _mel_places(n_mels: int, highest_hz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centres of mel bands, and edges half-way between them in mel: rows of the same height on a mel axis."""
    points = mel_points(n_mels, highest_hz)
    mel = hertz_to_mel(points)
    return points[1:-1], mel_to_hertz((mel[:-1] + mel[1:]) / 2.0)


def _interpolation(known: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float32]:
    """Weights [known, wanted] of linear interpolation between evenly spaced frequencies from 0 Hz; beyond half a step
    past the last one there is nothing."""
    step = known[1] - known[0]
    at = np.minimum(wanted / step, len(known) - 1)
    weights = np.maximum(0.0, 1.0 - np.abs(at[None, :] - np.arange(len(known))[:, None]))
    return np.where(wanted <= known[-1] + step, weights, 0.0).astype(np.float32)
