"""Stretches of one sound, encoded: each once, whatever is asked of it. Only for the host process: it imports torch."""

from __future__ import annotations

import torch

from labbench.models.whisper_network import Network, Sound
from labbench.models.whisper_package import N_FRAMES, pad_or_trim

WINDOW_FRAMES: int = N_FRAMES
"""30 s, as Whisper was trained."""
_ROUND = 100


class Encodings:
    """Of a log-mel spectrogram, shape [bands, frames + 3000] with 30 s of padding. The newest one is remembered.

    Language, each temperature and the times of words all begin with the same stretch. Windows are 30 s long, or with
    `padding` just as long as the sound in them and so many frames of silence: that takes as much less time, and changes
    a few words in a hundred.
    """

    def __init__(self, network: Network, mel: torch.Tensor, padding: int | None = None) -> None:
        self._network = network
        self._mel = mel
        self._padding = padding
        self._key: tuple[int, int] | None = None
        self._sound: Sound | None = None
        self.frames: int = mel.shape[-1] - N_FRAMES

    def sound(self, seek: int, size: int) -> Sound:
        """From frame `seek` on, `size` frames (at most 3000)."""
        key = seek, size
        if self._sound is None or key != self._key:
            self._sound = None  # its memory is needed for the next
            self._sound = self._network.encode(pad_or_trim(self._mel[:, seek : seek + size], self._window(size)))
            self._key = key
        return self._sound

    def _window(self, size: int) -> int:
        if self._padding is None:
            return WINDOW_FRAMES
        return min(WINDOW_FRAMES, -(-(size + self._padding) // _ROUND) * _ROUND)
