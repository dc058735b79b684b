"""The one door to openai-whisper's package: what this program uses of it, without the compiler that it asks for.

The package imports numba (0.7 s) for an alignment that `word_alignment` does in numpy, so numba is not installed: a
module stands in its place whose `jit` leaves functions as they are. Only for the host process: it imports torch.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Callable
from typing import Any


def _jit(*_: Any, **__: Any) -> Callable[[Any], Any]:
    return lambda function: function


if not {"numba", "whisper"} & set(sys.modules):
    _stand_in = types.ModuleType("numba")
    _stand_in.jit = _jit  # type: ignore[attr-defined]
    _stand_in.__spec__ = importlib.util.spec_from_loader("numba", loader=None)
    sys.modules["numba"] = _stand_in
    try:
        import whisper
    finally:
        del sys.modules["numba"]  # somebody else may really want it
else:
    import whisper

from whisper import ModelDimensions, Whisper, timing  # noqa: E402
from whisper.audio import HOP_LENGTH, N_FFT, N_FRAMES, N_SAMPLES, mel_filters, pad_or_trim  # noqa: E402
from whisper.timing import WordTiming, add_word_timestamps, median_filter  # noqa: E402
from whisper.tokenizer import LANGUAGES, TO_LANGUAGE_CODE, get_tokenizer  # noqa: E402
from whisper.utils import compression_ratio  # noqa: E402

ALIGNMENT_HEADS: dict[str, bytes] = whisper._ALIGNMENT_HEADS
"""By the official names, packed as openai-whisper packs them: which attention heads follow the sound."""

__all__ = [
    "ALIGNMENT_HEADS",
    "HOP_LENGTH",
    "LANGUAGES",
    "N_FFT",
    "N_FRAMES",
    "N_SAMPLES",
    "TO_LANGUAGE_CODE",
    "ModelDimensions",
    "Whisper",
    "WordTiming",
    "add_word_timestamps",
    "compression_ratio",
    "get_tokenizer",
    "median_filter",
    "mel_filters",
    "pad_or_trim",
    "timing",
    "whisper",
]
