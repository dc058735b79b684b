"""Stretches of one sound, encoded: each once, whatever is asked of it. Only for the host process: it imports torch."""

from __future__ import annotations

import torch

from labbench.models.whisper_network import Network, Sound
from labbench.models.whisper_package import N_FRAMES, pad_or_trim

PADDING_FRAMES = 600
"""Silence behind a stretch in a short window. With two seconds, one clip in 24 ran into a loop; with six, none did."""
_ROUND = 100
WINDOW_FRAMES: int = N_FRAMES
"""30 s."""


class Encodings:
    """Of a log-mel spectrogram, shape [bands, frames + 3000] with 30 s of padding. The newest one is remembered.

    Language, each temperature and the times of words all begin with the same stretch. Windows are 30 s long, as Whisper
    was trained, or where `short` just as long as the sound in them with `padding` frames behind.
    """

    def __init__(self, network: Network, mel: torch.Tensor, *, short: bool, padding: int = PADDING_FRAMES) -> None:
        self._network = network
        self._mel = mel
        self._short = short
        self._padding = padding
        self._key: tuple[int, int, int] | None = None
        self._sound: Sound | None = None
        self.frames: int = mel.shape[-1] - N_FRAMES

    def is_short(self, size: int) -> bool:
        """Whether a stretch of so many frames is encoded in a window of its own length."""
        return self._window(size) < WINDOW_FRAMES

    def sound(self, seek: int, size: int, *, whole: bool = False) -> Sound:
        """From frame `seek` on, `size` frames (at most 3000); `whole` asks for a window of 30 s."""
        window = WINDOW_FRAMES if whole else self._window(size)
        key = seek, size, window
        if self._sound is None or key != self._key:
            self._sound = None  # its memory is needed for the next
            self._sound = self._network.encode(pad_or_trim(self._mel[:, seek : seek + size], window))
            self._key = key
        return self._sound

    def _window(self, size: int) -> int:
        if not self._short:
            return WINDOW_FRAMES
        return min(WINDOW_FRAMES, -(-(size + self._padding) // _ROUND) * _ROUND)
