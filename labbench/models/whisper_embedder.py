"""Whisper's encoder as embedder: on the short window itself, not on 30 s of mostly silence.

Torch is imported when one is made, not before.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.signal.whisper_mel import HOP, log_mel
from labbench.wakeword.embedder import Frames, unit_rows

LAYERS_LEFT_OUT = 0
"""Layers at the encoder's end that are not run. With none left out, its last normalisation follows, as in Whisper."""


def encoder_checksum(sha256: str, left_out: int = LAYERS_LEFT_OUT) -> str:
    """What stands for the frames of a checkpoint's encoder without its last layers."""
    return hashlib.sha256(f"{sha256} without {left_out}".encode()).hexdigest()


class WhisperEmbedder:
    """The encoder of any Whisper checkpoint: a frame every 20 ms (320 samples). Belongs to one thread.

    The table of positions is cut to the window's length, so 2 s cost a fifteenth of what Whisper itself spends. The
    decoder is let go.
    """

    name = "whisper-encoder"
    frame = 2 * HOP

    def __init__(self, path: Path, left_out: int = LAYERS_LEFT_OUT) -> None:
        """Load a checkpoint (`.pt`), without its last `left_out` layers. Raises LabBenchError, FormatError."""
        try:
            import torch

            from labbench.models.whisper_checkpoint import load_checkpoint, sha256
        except ImportError as error:
            raise LabBenchError(
                "Whisper is not available on this computer.", "Choose another embedder; Moonshine needs no Whisper."
            ) from error
        model = load_checkpoint(path)
        self.checksum = encoder_checksum(sha256(path), left_out)
        self.name = f"whisper-encoder {path.stem}"
        self.dimensions: int = model.dims.n_audio_state
        self._bands: int = model.dims.n_mels
        self._torch: Any = torch
        self._encoder: Any = model.encoder
        layers = len(model.encoder.blocks)
        if not 0 <= left_out < layers:
            raise ValueError(f"{left_out} of {layers} layers can't be left out")
        self._blocks = list(model.encoder.blocks)[: layers - left_out]
        self._normalised = left_out == 0

    def embed(self, samples: NDArray[np.float32]) -> Frames:
        """Frames of at most 30 s: shape [n // 320, dimensions]. Raises ValueError for more."""
        mel = log_mel(samples.astype(np.float32, copy=False), self._bands)
        count = len(samples) // self.frame
        encoder, functional = self._encoder, self._torch.nn.functional
        if count > len(encoder.positional_embedding):
            raise ValueError("more than 30 s")
        if not count or not mel.size:
            return np.zeros((0, self.dimensions), np.float32)
        with self._torch.inference_mode():
            x = functional.gelu(encoder.conv1(self._torch.from_numpy(np.ascontiguousarray(mel[:, : 2 * count]))[None]))
            x = functional.gelu(encoder.conv2(x)).permute(0, 2, 1)
            x = x + encoder.positional_embedding[: x.shape[1]]
            for block in self._blocks:
                x = block(x)
            if self._normalised:
                x = encoder.ln_post(x)
            return unit_rows(x[0].numpy())
