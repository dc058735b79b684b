"""What Whisper hears of a sound: its log-mel spectrogram, for hours of sound in bounded memory. Imports torch."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from labbench.models.whisper_package import HOP_LENGTH, N_FFT, N_SAMPLES, mel_filters

PIECE_FRAMES = 6000
"""A minute at once: its spectra take 10 MB, those of two hours would take more than a gigabyte."""
_HALF = N_FFT // 2
_ROUND = 500


def log_mel(samples: NDArray[np.float32], bands: int) -> torch.Tensor:
    """openai-whisper's `log_mel_spectrogram` of `samples` (16 kHz) and 30 s of silence behind: shape [bands, frames].

    The same numbers (tested). Each is measured against the loudest of the whole sound.
    """
    sound = functional.pad(torch.from_numpy(samples), (0, N_SAMPLES))
    frames = len(sound) // HOP_LENGTH
    padded = functional.pad(sound[None], (_HALF, _HALF), mode="reflect")[0]
    window, filters = torch.hann_window(N_FFT), mel_filters(sound.device, bands)
    # The frames behind have nothing but silence. Products of few columns are rounded in another way.
    heard = min(frames, -(-(len(samples) + _HALF) // (HOP_LENGTH * _ROUND)) * _ROUND)
    pieces = []
    for first in range(0, heard, PIECE_FRAMES):
        count = min(PIECE_FRAMES, heard - first)
        part = padded[first * HOP_LENGTH : (first + count - 1) * HOP_LENGTH + N_FFT]
        power = torch.stft(part, N_FFT, HOP_LENGTH, window=window, center=False, return_complex=True).abs() ** 2
        pieces.append(_log(filters @ power))
    pieces.append(_log(torch.zeros(1, 1)).expand(bands, frames - heard))
    found = torch.cat(pieces, dim=1)
    return (torch.maximum(found, found.max() - 8.0) + 4.0) / 4.0


def _log(power: torch.Tensor) -> torch.Tensor:
    return torch.clamp(power, min=1e-10).log10()
