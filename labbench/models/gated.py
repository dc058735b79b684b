"""What stands before every engine: it is given what holds speech, and nothing is made of nothing.

Times come back on the axis of the whole sound, and in order. Measured with Whisper `base` on read and synthetic speech,
684 words, with 3 to 20 s of silence, room noise or hiss between sentences: 4.2 % of the words are wrong behind the
gate, 8.0 % without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.core.timebase import MODEL_RATE
from labbench.models.gated_stream import GatedStream, OrderedStream
from labbench.models.voice_gate import FRAME, VoiceGate, voice_model
from labbench.signal.cutting import Cutting, cutting
from labbench.signal.speech_stretches import GateSettings, speech_stretches
from labbench.transcript import remapping
from labbench.transcript.engine import Engine, EngineInfo, LiveStream, Options, Partial
from labbench.transcript.languages import language_code
from labbench.transcript.ordering import in_order
from labbench.transcript.types import Skipped, Transcript

SETTINGS = GateSettings()
SHORT_SOUND_SECONDS = 1.0
SHORT_SETTINGS = GateSettings(begin_above=0.2, end_below=0.1, least_frames=1)
"""For sounds shorter than that: a single word is over before the detector is sure."""
LEAST_CUT_SECONDS = 1.5
"""Shorter pauses stay: they belong to how one speaks."""
PADDED_BELOW_SECONDS, PADDING_SECONDS = 3.0, 0.5
"""What is shorter gets so much silence before and after it: a word without any around it is not heard."""
LEAST_SECONDS = 0.1
"""A sound that is shorter still holds no word."""
_PIECE = 4096 * FRAME
"""Two minutes: so often cancel has its turn."""


class Detector(Protocol):
    """Running sound into how probable speech is in each frame of `FRAME` samples."""

    def probabilities(self, samples: NDArray[np.float32], *, last: bool = False) -> NDArray[np.float32]: ...


def is_exact(options: Options) -> bool:
    """Whether the engine is to hear just what openai-whisper would."""
    return options.precision == "exact"


class GatedEngine:
    """An engine behind the voice gate. `detector` makes one for a sound; None where the program has none.

    Where it is None, or `Options.voice_gate` is off, all of the sound is given to the engine; a short one still gets
    silence around it. With exact options nothing is done to the sound at all.
    """

    def __init__(self, engine: Engine, detector: Callable[[], Detector] | None = None) -> None:
        self._engine = engine
        if detector is None and voice_model() is not None:
            detector = VoiceGate
            VoiceGate()  # reads its model: that is part of loading an engine, not of the first word
        self._detector = detector

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def transcribe(
        self,
        samples: NDArray[np.float32],
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        stopped: Transcript | None = None,
    ) -> Transcript:
        """As the engine's own; `Transcript.skipped` says what it was not given.

        Raises FormatError for a language that nobody knows.
        """
        began = time.perf_counter()
        options = replace(options, language=language_code(options.language))
        if is_exact(options):
            return self._engine.transcribe(samples, options, on_progress, cancel, stopped)
        cut = self._cutting(samples, options, on_progress, cancel)
        skipped = tuple(Skipped(start / MODEL_RATE, stop / MODEL_RATE) for start, stop in cut.left_out)
        listened = time.perf_counter() - began
        if not cut.pieces and len(samples):
            return self._nothing(len(samples) / MODEL_RATE, options, skipped, listened, on_progress)

        def whole(found: Transcript) -> Transcript:
            if not cut.nothing_done:
                found = remapping.to_whole(found, cut)
            return replace(in_order(found), skipped=skipped, took=found.took + listened)

        def report(progress: Progress) -> None:
            done, total = cut.to_whole(progress.done) if cut.pieces else 0.0, cut.total / MODEL_RATE
            progress = replace(progress, done=done, total=total)
            if isinstance(progress, Partial) and progress.transcript is not None:
                progress = replace(progress, transcript=whole(progress.transcript))
            on_progress(progress)

        if stopped is not None and not cut.nothing_done:
            stopped = remapping.to_cut(stopped, cut)
        clips = tuple(map(cut.to_cut, options.clips)) if cut.pieces else options.clips
        return whole(self._engine.transcribe(cut.cut(samples), replace(options, clips=clips), report, cancel, stopped))

    def open_stream(self, options: Options, cancel: CancelToken, before: LiveStream | None = None) -> LiveStream:
        """As the engine's own. Raises FormatError for a language that nobody knows."""
        options = replace(options, language=language_code(options.language))
        if self._detector is None or not options.voice_gate or is_exact(options):
            return OrderedStream(self._engine.open_stream(options, cancel, before))
        return GatedStream(
            lambda last: self._engine.open_stream(options, cancel, last),
            self._detector(),
            FRAME,
            MODEL_RATE,
            SETTINGS,
        )

    def _cutting(
        self, samples: NDArray[np.float32], options: Options, on_progress: OnProgress, cancel: CancelToken
    ) -> Cutting:
        total, short = len(samples), len(samples) < SHORT_SOUND_SECONDS * MODEL_RATE
        speech: tuple[tuple[int, int], ...] = ((0, total),) if total else ()
        if self._detector is not None and options.voice_gate and total:
            detector = self._detector()
            found = []
            for at in range(0, total, _PIECE):
                cancel.check()
                if at:
                    on_progress(Progress(0.0, total / MODEL_RATE, "s", "Looking for speech"))
                last = at + _PIECE >= total
                found.append(detector.probabilities(samples[at : at + _PIECE], last=last))
            settings = SHORT_SETTINGS if short else SETTINGS
            speech = speech_stretches(np.concatenate(found), FRAME, total, MODEL_RATE, settings)
        return cutting(
            speech,
            total,
            MODEL_RATE,
            least_cut=LEAST_CUT_SECONDS,
            short=PADDED_BELOW_SECONDS,
            silence=PADDING_SECONDS if total >= LEAST_SECONDS * MODEL_RATE else 0.0,
        )

    def _nothing(
        self, seconds: float, options: Options, skipped: tuple[Skipped, ...], took: float, on_progress: OnProgress
    ) -> Transcript:
        on_progress(Progress(seconds, seconds, "s"))
        known = self.info.languages
        language = options.language or (known[0] if known else "en")
        return Transcript(self.info.title, language, (), seconds, took, skipped=skipped)
