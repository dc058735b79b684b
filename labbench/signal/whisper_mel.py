"""The log-mel spectrogram that Whisper sees, in numpy alone.

The recipe of openai-whisper's `audio.py`: a transform of 400 points every 160 samples, area-normalised mel filters up
to 8 kHz, the logarithm to base 10 not further than 8 below its maximum, (x + 4) / 4.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.signal.spectra import hann, mel_filterbank

N_FFT, HOP = 400, 160
HALF = N_FFT // 2
N_MELS = 80
WINDOW_SECONDS = 30
WINDOW_SAMPLES = WINDOW_SECONDS * MODEL_RATE
WINDOW_COLUMNS = WINDOW_SAMPLES // HOP
RANGE = 2.0
"""Nothing lies further below the maximum, in Whisper's units: eight powers of ten."""
_LEAST = 1e-10
_CHUNK = 1024


@lru_cache(maxsize=4)
def whisper_filters(n_mels: int = N_MELS) -> NDArray[np.float32]:
    """Whisper's filters: shape [n_mels, 201]. Read only."""
    filters = mel_filterbank(MODEL_RATE, N_FFT, n_mels)
    filters.setflags(write=False)
    return filters


def unclamped(padded: NDArray[np.float32], n_mels: int = N_MELS) -> NDArray[np.float32]:
    """Columns before the maximum is known: shape [n_mels, frames], in Whisper's units, at least -1.5.

    `padded` is 16 kHz sound with `HALF` samples more on either side than the frames' centres span; frame k begins at
    its sample k * HOP.
    """
    window = hann(N_FFT).astype(np.float32)
    filters = whisper_filters(n_mels)
    count = max(0, (len(padded) - N_FFT) // HOP + 1) if len(padded) >= N_FFT else 0
    out = np.empty((n_mels, count), np.float32)
    for first in range(0, count, _CHUNK):
        stop = min(count, first + _CHUNK)
        frames = sliding_window_view(padded, N_FFT)[first * HOP : (stop - 1) * HOP + 1 : HOP]
        spectrum = np.fft.rfft(frames * window, axis=1).astype(np.complex64, copy=False)
        out[:, first:stop] = filters @ np.square(np.abs(spectrum)).T
    return units(out)


def units(mel_power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mel powers on Whisper's scale, before the clamp to the maximum: (log10(power) + 4) / 4, at least -1.5."""
    values: NDArray[np.float32] = np.log10(np.maximum(mel_power, np.float32(_LEAST)))
    values += np.float32(4.0)
    values *= np.float32(0.25)
    return values


def log_mel(samples_16k: NDArray[np.float32], n_mels: int = N_MELS) -> NDArray[np.float32]:
    """What `whisper.log_mel_spectrogram` makes of 16 kHz samples (shape [n]): shape [n_mels, n // 160].

    Fewer than 201 samples can't be mirrored at their ends; Whisper refuses them, here they give no frames.
    """
    if len(samples_16k) <= HALF:
        return np.zeros((n_mels, 0), np.float32)
    columns = unclamped(np.pad(samples_16k, HALF, mode="reflect"), n_mels)[:, : len(samples_16k) // HOP]
    return np.maximum(columns, columns.max() - np.float32(RANGE)) if columns.size else columns


def log_mel_30s(samples_16k: NDArray[np.float32], n_mels: int = N_MELS) -> NDArray[np.float32]:
    """`log_mel` of the first 30 s, silence added where there are fewer: shape [n_mels, 3000], what the encoder gets."""
    window = np.zeros(WINDOW_SAMPLES, np.float32)
    part = samples_16k[:WINDOW_SAMPLES]
    window[: len(part)] = part
    return log_mel(window, n_mels)
