"""Google's speech embedding as embedder: 96 values for every 80 ms, from the package `pyopen-wakeword`.

J. Lin, K. Kilgour, D. Roblek, M. Sharifi, "Training keyword spotters with limited and synthesized speech data", ICASSP
2020; the model and its mel front end as openWakeWord (D. Scripka) ships them. The package's ready-made wake words are
not used.
"""

from __future__ import annotations

import ctypes
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.wakeword.embedder import Frames, unit_rows

STEP, CONTEXT = 8, 76
"""Columns of the mel spectrogram (10 ms each) from one frame to the next, and of which each is made."""
BANDS = 32
MEL_HOP, MEL_WINDOW = 160, 512
BEFORE = (CONTEXT - STEP) // 2 * MEL_HOP + (MEL_WINDOW - MEL_HOP) // 2
"""Samples by which a frame's context begins before the 80 ms that it stands for."""
AFTER = BEFORE
HINT = "It needs the package pyopen-wakeword, which exists for Windows, Macs from macOS 15 and Linux from glibc 2.35."


class GoogleEmbedder:
    """A frame stands for the 80 ms in the middle of the 775 ms that it is made of; outside the sound is silence.

    Belongs to one thread.
    """

    name = "google-speech-embedding"
    frame = STEP * MEL_HOP
    dimensions = 96

    def __init__(self) -> None:
        try:
            from pyopen_wakeword import OpenWakeWordFeatures

            self._models: Any = OpenWakeWordFeatures.from_builtin()
        except (ImportError, OSError, ValueError, RuntimeError) as error:  # its library may not load here
            raise LabBenchError("Google's speech embedding is not installed.", HINT) from error
        weights = (Path(self._models.mel_path).read_bytes(), Path(self._models.emb_path).read_bytes())
        self.checksum = hashlib.sha256(b"".join(weights)).hexdigest()
        self._shapes: dict[str, tuple[int, ...]] = {}

    def embed(self, samples: NDArray[np.float32]) -> Frames:
        count = len(samples) // self.frame
        if not count:
            return np.zeros((0, self.dimensions), np.float32)
        sound = np.pad(samples[: count * self.frame].astype(np.float32), (BEFORE, AFTER)) * np.float32(32768.0)
        mel = self._run("mel", sound[None], BANDS) / np.float32(10.0) + np.float32(2.0)
        mel = mel[: STEP * (count - 1) + CONTEXT]  # all convolutions: one run makes the frames that single ones would
        return unit_rows(self._run("emb", mel[None, :, :, None], self.dimensions))

    def _run(self, part: str, values: NDArray[np.float32], columns: int) -> NDArray[np.float32]:
        """One of the two models, made as large as its input: shape [rows, columns]."""
        library, models = self._models.lib, self._models
        interpreter = getattr(models, f"{part}_interpreter")
        if self._shapes.get(part) != values.shape:
            size = (ctypes.c_int32 * values.ndim)(*values.shape)
            _check(library.TfLiteInterpreterResizeInputTensor(interpreter, ctypes.c_int32(0), size, values.ndim))
            _check(library.TfLiteInterpreterAllocateTensors(interpreter))
            self._shapes[part] = values.shape
        given = library.TfLiteInterpreterGetInputTensor(interpreter, ctypes.c_int32(0))
        values = np.ascontiguousarray(values, np.float32)
        pointer = values.ctypes.data_as(ctypes.c_void_p)
        _check(library.TfLiteTensorCopyFromBuffer(given, pointer, ctypes.c_size_t(values.nbytes)))
        _check(library.TfLiteInterpreterInvoke(interpreter))
        made = library.TfLiteInterpreterGetOutputTensor(interpreter, ctypes.c_int32(0))
        out = np.empty(library.TfLiteTensorByteSize(made) // 4, np.float32)
        _check(library.TfLiteTensorCopyToBuffer(made, out.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(out.nbytes)))
        return out.reshape(-1, columns)


def _check(status: int) -> None:
    if status:
        raise LabBenchError("Google's speech embedding failed.", "Choose another embedder.")
