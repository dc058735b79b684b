"""How probable speech is in each 32 ms of sound: Silero's voice activity detector, from the wheel `silero-vad`.

The wheel's file is read as data; nothing of the package is imported, for its import brings torch.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError

FRAME = 512
"""Samples at 16 kHz."""
_CONTEXT = 64
"""So many samples before a frame are seen with it."""
_STATE = (1, 1, 128)
_MOST_FRAMES = 512
"""One call of the model holds this many at most, 16 s."""
LOUD, MOST_GAIN = 0.08, 50.0
"""Quiet sound is made louder for the detector, which overhears quiet speech: to this root mean square, at most so many
times."""
_LEVEL_FRAMES = 156
"""The level is that of the loudest frame of the last five seconds."""


def voice_model() -> Path | None:
    """The model's file, None where the wheel, or what runs it, is not installed."""
    if importlib.util.find_spec("onnxruntime") is None:
        return None
    found = importlib.util.find_spec("silero_vad")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "data" / "silero_vad_16k_sequence.onnx"
    return path if path.is_file() else None


class VoiceGate:
    """Listens to running sound at 16 kHz; `probabilities` takes the next piece of it. Belongs to one thread."""

    def __init__(self) -> None:
        self._session = _session()
        self._before = np.zeros(_CONTEXT, np.float32)
        self._rest = np.zeros(0, np.float32)
        self._levels = np.zeros(_LEVEL_FRAMES - 1, np.float32)
        self._hidden, self._cell = np.zeros(_STATE, np.float32), np.zeros(_STATE, np.float32)

    def probabilities(self, samples: NDArray[np.float32], *, last: bool = False) -> NDArray[np.float32]:
        """Of the frames that are whole now, shape [n]; what is left waits for the next piece.

        With `last` the rest is filled up with silence and counts as a frame.
        """
        sound = np.concatenate([self._rest, np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)])
        count = -(-len(sound) // FRAME) if last else len(sound) // FRAME
        self._rest = sound[count * FRAME :]
        if not count:
            return np.zeros(0, np.float32)
        frames = np.zeros((count, FRAME), np.float32)
        used = sound[: count * FRAME]
        frames.reshape(-1)[: len(used)] = used
        blocks = [self._block(frames[at : at + _MOST_FRAMES]) for at in range(0, count, _MOST_FRAMES)]
        return np.concatenate(blocks)

    def _block(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Frames of shape [n, 512], each seen with the end of the one before it."""
        rows = np.hstack([np.vstack([self._before, frames[:-1, -_CONTEXT:]]), frames])
        self._before = frames[-1, -_CONTEXT:].copy()
        return self._run(rows * self._gains(frames)[:, None])

    def _gains(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        levels = np.concatenate([self._levels, np.sqrt(np.mean(frames * frames, axis=1))])
        self._levels = levels[-(_LEVEL_FRAMES - 1) :]
        loudest = sliding_window_view(levels, _LEVEL_FRAMES).max(axis=1)
        peaks = np.abs(frames).max(axis=1)
        room = np.maximum(1.0, 1.0 / np.maximum(peaks, 1e-6))  # no louder than full scale
        wanted = np.clip(LOUD / np.maximum(loudest, 1e-6), 1.0, MOST_GAIN)
        return np.asarray(np.minimum(wanted, room), np.float32)

    def _run(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        found, self._hidden, self._cell = self._session.run(
            ["speech_probs", "hn", "cn"], {"input": rows, "h": self._hidden, "c": self._cell}
        )
        return np.asarray(found, np.float32).reshape(-1)


@cache
def _session() -> Any:
    """One for the process: it holds no state. Raises LabBenchError where it can't be had."""
    path = voice_model()
    if path is None:
        raise LabBenchError("The voice gate is not installed.", "Install the program again, or switch the gate off.")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a tiny model: more threads cost more than they bring
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it would keep what the longest sound needed
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
