"""Sound as it is sent to a server: cut at quiet places, as WAV in memory."""

from __future__ import annotations

import io
import wave

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE

PIECE_SECONDS = 120.0
"""Text comes piece by piece. One of ten minutes would be the most that servers take (25 MB is OpenAI's limit)."""
SEARCH_SECONDS = 30.0
"""A piece ends at the quietest place of its last so many seconds."""
_FRAME = MODEL_RATE // 50
_QUIET_FRAMES = 15
"""0.3 s: quiet for as long as a pause between words, not only between two sounds of one."""


def piece_end(samples: NDArray[np.float32], start: int) -> int:
    """Where the piece that begins at `start` ends: the middle of the quietest 0.3 s near its greatest length."""
    longest = start + round(PIECE_SECONDS * MODEL_RATE)
    if longest >= len(samples):
        return len(samples)
    first = longest - round(SEARCH_SECONDS * MODEL_RATE)
    frames = (longest - first) // _FRAME
    power = np.square(samples[first : first + frames * _FRAME].reshape(frames, _FRAME), dtype=np.float64).sum(1)
    over = np.convolve(power, np.ones(_QUIET_FRAMES), "valid")
    # Of equally quiet places the last: fewer pieces.
    quietest = len(over) - 1 - int(np.argmin(over[::-1]))
    return first + (quietest * 2 + _QUIET_FRAMES) * _FRAME // 2


def wav(samples: NDArray[np.float32]) -> bytes:
    """16 kHz, one channel, 16 bit."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(MODEL_RATE)
        whole = np.rint(np.clip(np.nan_to_num(samples), -1.0, 1.0) * 32767.0)
        writer.writeframes(whole.astype("<i2").tobytes())
    return file.getvalue()
