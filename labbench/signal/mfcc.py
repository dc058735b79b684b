"""Mel-frequency cepstral coefficients with deltas: what speech recognition worked with before neural networks.

S. Davis, P. Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", IEEE Trans.
ASSP 28, 1980; the details (pre-emphasis, lifter, deltas) as in S. Young and others, The HTK Book, version 3.4,
chapter 5. Filters are Slaney's (`spectra.mel_filterbank`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.signal.spectra import mel_filterbank

WINDOW, HOP, N_FFT = 400, 200, 512
"""25 ms every 12.5 ms at 16 kHz."""
BANDS, COEFFICIENTS = 26, 13
PRE_EMPHASIS = 0.97
LIFTER = 22
LEAST_POWER = 1e-10
"""Mel power (mean square over the window's sum) taken for silence: about -100 dB of full scale."""
DELTA_REACH = 2


def mfcc(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Coefficients 0 to 12 of 16 kHz `samples` ([n]): shape [n // HOP, 13]; frame k is centred on (k + 1/2) * HOP.

    Before and behind the sound is silence.
    """
    count = len(samples) // HOP
    emphasised = samples.astype(np.float64)
    emphasised[1:] -= PRE_EMPHASIS * samples[:-1]
    side = (WINDOW - HOP) // 2
    padded = np.pad(emphasised, (side, side))
    if not count:
        return np.zeros((0, COEFFICIENTS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: count * HOP : HOP]
    hamming = 0.54 - 0.46 * np.cos(2.0 * np.pi * np.arange(WINDOW) / (WINDOW - 1))
    power = np.abs(np.fft.rfft(frames * (hamming / hamming.sum()), N_FFT, axis=1)) ** 2
    bands = power @ mel_filterbank(MODEL_RATE, N_FFT, BANDS).T.astype(np.float64) * (MODEL_RATE / N_FFT)
    cepstra: NDArray[np.float32] = (np.log(np.maximum(bands, LEAST_POWER)) @ _cosines().T).astype(np.float32)
    return cepstra


def _cosines() -> NDArray[np.float64]:
    """The cosine transform of the log bands, with HTK's lifter 1 + L/2 sin(pi n / L): shape [13, 26].

    The lifter brings the higher coefficients, which are small, to about the size of the lower ones.
    """
    n = np.arange(COEFFICIENTS)[:, None]
    transform = np.sqrt(2.0 / BANDS) * np.cos(np.pi * n / BANDS * (np.arange(BANDS)[None, :] + 0.5))
    lifted: NDArray[np.float64] = transform * (1.0 + LIFTER / 2.0 * np.sin(np.pi * n / LIFTER))
    return lifted


def deltas(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Slope of each column over `DELTA_REACH` frames either side (a regression line's), edges repeated: same shape."""
    if not len(features):
        return features
    padded = np.pad(features, ((DELTA_REACH, DELTA_REACH), (0, 0)), mode="edge")
    count = len(features)
    reach = range(1, DELTA_REACH + 1)
    total = sum(
        k * (padded[DELTA_REACH + k :][:count] - padded[DELTA_REACH - k :][:count]).astype(np.float64) for k in reach
    )
    slope: NDArray[np.float32] = np.asarray(total / (2.0 * sum(k * k for k in reach))).astype(np.float32)
    return slope


def mean_normalised(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each column less its mean: a microphone's or a room's colour is a constant in the cepstrum."""
    return features - features.mean(axis=0, keepdims=True) if len(features) else features
