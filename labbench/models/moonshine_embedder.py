"""Moonshine's encoder as embedder: a frame of 288 values for every 384 samples, run by onnxruntime."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from labbench.models.moonshine_files import moonshine_assets
from labbench.wakeword.embedder import Frames, unit_rows


class MoonshineEmbedder:
    """The encoder of Moonshine `tiny-en`. One thread: it shares two cores with a transcriber and a window."""

    name = "moonshine-tiny-en-encoder"
    frame = 384
    dimensions = 288

    def __init__(self) -> None:
        import onnxruntime

        path = moonshine_assets() / "tiny-en" / "encoder_model.ort"
        weights = path.read_bytes()
        self.checksum = hashlib.sha256(weights).hexdigest()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])

    def embed(self, samples: NDArray[np.float32]) -> Frames:
        values = samples.astype(np.float32, copy=False)[None]
        mask = np.ones(values.shape, np.int64)
        output = self._session.run(None, {"input_values": values, "attention_mask": mask})[0]
        return unit_rows(np.asarray(output, np.float32)[0])
