"""How long Whisper takes here, against openai-whisper's own `transcribe`, in one run.

The model has random weights in the official dimensions of `tiny`, so that no download is needed; what it says means
nothing, but takes as long. Both sides decode greedily at temperature 0, at most 24 tokens a window, with the thresholds
off that would make them try again.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.measure.figures import median
from labbench.transcript.engine import EngineInfo, Options

_Side = Callable[[NDArray[np.float32], Options], Any]
TINY = (80, 1500, 384, 6, 4, 51865, 448, 384, 6, 4)
"""Official dimensions: bands; context, width, heads and layers of the encoder; tokens; the same of the decoder."""
SHORT_SECONDS, LONG_SECONDS = 4.0, 600.0
MOST_TOKENS = 24
ROUNDS_SHORT, ROUNDS_LONG = 7, 3
SEED = 20
PLAIN = Options(
    temperatures=(0.0,),
    beam_size=None,
    best_of=None,
    most_tokens=MOST_TOKENS,
    compression_ratio_threshold=None,
    log_probability_threshold=None,
    no_speech_threshold=None,
    word_times=False,
)
CASES = {
    "short_auto": (SHORT_SECONDS, PLAIN),
    "short_words": (SHORT_SECONDS, replace(PLAIN, word_times=True)),
    "long": (LONG_SECONDS, replace(PLAIN, language="en")),
}


def measure(
    rounds: int = ROUNDS_SHORT,
    rounds_long: int = ROUNDS_LONG,
    long_seconds: float = LONG_SECONDS,
    on_progress: OnProgress = ignore_progress,
) -> dict[str, Any]:
    """Ratios of our time to that of `whisper.transcribe`: the medians of rounds in which both take turns.

    Loads torch into this process. Raises LabBenchError where Whisper is not installed.
    """
    ours, theirs, encoder_calls = _sides()
    figures: dict[str, Any] = {}
    for name, (seconds, options) in CASES.items():
        samples = _sound(long_seconds if name == "long" else seconds)
        turns = rounds_long if name == "long" else rounds
        pairs = []
        for turn in range(turns + 1):  # the first one warms up
            on_progress(Progress(turn, turns, "rounds", name))
            pairs.append((_seconds(theirs, samples, options), _seconds(ours, samples, options)))
        figures[f"ratio_{name}"] = median([own / other for other, own in pairs[1:]])
        figures[f"seconds_{name}"] = median([own for _, own in pairs[1:]])
        figures[f"seconds_{name}_original"] = median([other for other, _ in pairs[1:]])
        if name == "short_auto":
            before = encoder_calls()
            ours(samples, options)
            theirs(samples, options)
            own, other = (after - earlier for after, earlier in zip(encoder_calls(), before, strict=True))
            figures |= {"encoder_calls": own, "encoder_calls_original": other}
    return figures


def _sides() -> tuple[_Side, _Side, Callable[[], tuple[int, int]]]:
    """Our transcription and the original, each with its own copy of one model; and their passes through the encoder."""
    try:
        import torch
        import whisper

        from labbench.models.whisper_engine import WhisperEngine
    except ImportError as error:
        raise LabBenchError("Whisper is not installed on this computer.", "See the README.") from error
    torch.manual_seed(SEED)
    dimensions = whisper.ModelDimensions(*TINY)
    original, copy = whisper.Whisper(dimensions).eval(), whisper.Whisper(dimensions).eval()
    torch.nn.init.normal_(original.decoder.positional_embedding, std=0.02)  # left as it is found in memory otherwise
    copy.load_state_dict(original.state_dict())
    engine = WhisperEngine(copy, EngineInfo("Random weights", "Nothing.", "none"))

    def ours(samples: NDArray[np.float32], options: Options) -> Any:
        return engine.transcribe(samples, options, ignore_progress, CancelToken())

    def theirs(samples: NDArray[np.float32], options: Options) -> Any:
        return whisper.transcribe(
            original,
            samples,
            language=options.language,
            temperature=0.0,
            sample_len=options.most_tokens,
            compression_ratio_threshold=None,
            logprob_threshold=None,
            no_speech_threshold=None,
            word_timestamps=options.word_times,
            fp16=False,
        )

    passes: list[None] = []
    original.encoder.register_forward_hook(lambda *_: passes.append(None))
    return ours, theirs, lambda: (engine.encoder.calls, len(passes))


def _sound(seconds: float) -> NDArray[np.float32]:
    """Noise that swells and fades, as syllables do."""
    noise = np.random.default_rng(SEED).standard_normal(round(seconds * MODEL_RATE))
    swelling = 0.05 * (1.0 + np.sin(2 * np.pi * 4.0 * np.arange(len(noise)) / MODEL_RATE))
    return (noise * swelling).astype(np.float32)


def _seconds(side: _Side, samples: NDArray[np.float32], options: Options) -> float:
    gc.collect()
    began = time.perf_counter()
    side(samples, options)
    return time.perf_counter() - began
