"""MFCC with deltas as embedder: no model at all, so that a class sees what the models add."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from labbench.signal import mfcc
from labbench.wakeword.embedder import Frames, unit_rows

TOGETHER = 2
"""MFCC frames averaged into one: 40 frames a second."""


class MfccEmbedder:
    """13 coefficients and their deltas, mean-normalised over the sound that is embedded together."""

    name = "mfcc-deltas"
    frame = TOGETHER * mfcc.HOP
    dimensions = 2 * mfcc.COEFFICIENTS

    def __init__(self) -> None:
        recipe = (mfcc.WINDOW, mfcc.HOP, mfcc.N_FFT, mfcc.BANDS, mfcc.COEFFICIENTS, mfcc.PRE_EMPHASIS, mfcc.LIFTER)
        text = f"{self.name} {recipe} {mfcc.LEAST_POWER} {mfcc.DELTA_REACH} {TOGETHER}"
        self.checksum = hashlib.sha256(text.encode()).hexdigest()  # it has no weights; its recipe stands for them

    def embed(self, samples: NDArray[np.float32]) -> Frames:
        cepstra = mfcc.mfcc(samples)
        features = np.hstack([mfcc.mean_normalised(cepstra), mfcc.deltas(cepstra)])
        count = len(features) // TOGETHER
        return unit_rows(features[: count * TOGETHER].reshape(count, TOGETHER, self.dimensions).mean(axis=1))
