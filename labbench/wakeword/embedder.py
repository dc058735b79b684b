"""What wake words need of a model: frames of embedding for a stretch of sound."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.float32]
"""Embedding frames, shape [frames, dimensions], each row of unit length."""


class Embedder(Protocol):
    """Turns 16 kHz sound into embedding frames. `frame` is the number of samples that one frame stands for."""

    @property
    def name(self) -> str: ...

    @property
    def checksum(self) -> str:
        """SHA-256 of the weights: frames of different weights can't be compared."""
        ...

    @property
    def frame(self) -> int: ...

    @property
    def dimensions(self) -> int: ...

    def embed(self, samples: NDArray[np.float32]) -> Frames:
        """Frames of `samples` (16 kHz, shape [n])."""
        ...


def unit_rows(frames: NDArray[np.float32]) -> Frames:
    """`frames` with each row scaled to unit length; rows of zeros stay."""
    length = np.linalg.norm(frames, axis=1, keepdims=True)
    scaled: Frames = (frames / np.maximum(length, 1e-9)).astype(np.float32)
    return scaled
