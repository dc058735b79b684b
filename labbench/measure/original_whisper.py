"""openai-whisper itself, with the defaults of its own program, as a process that answers like `peer_whisper`.

PYTHON -m labbench.measure.original_whisper CHECKPOINT CORES
"""

from __future__ import annotations

import os
import sys
import wave
from pathlib import Path
from typing import Any, TextIO

from labbench.measure.peer_whisper import run, serve

for _name in ("OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS"):
    os.environ.pop(_name, None)  # this program's own choice, not openai-whisper's


def _work(arguments: list[str], out: TextIO) -> None:
    import torch
    import whisper

    torch.set_num_threads(int(arguments[1]))
    path = Path(arguments[0])
    model = whisper.load_model(str(path), device="cpu")
    heads = whisper._ALIGNMENT_HEADS.get(path.stem)
    if heads is not None:  # as where the program loads official weights by their name
        model.set_alignment_heads(heads)

    def transcribe(sound: Any, word_times: bool) -> str:
        temperatures = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
        found = whisper.transcribe(
            model, sound, temperature=temperatures, beam_size=5, best_of=5, word_timestamps=word_times, fp16=False
        )
        return str(found["text"]).strip()

    serve(f"openai-whisper {whisper.__version__}", _samples, transcribe, sys.stdin, out)


def _samples(path: str) -> Any:
    """A file of 16 bits at 16 kHz; openai-whisper's own reader wants ffmpeg."""
    import numpy as np

    with wave.open(path, "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768.0


if __name__ == "__main__":
    sys.exit(run(_work))
