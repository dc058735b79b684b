"""openai-whisper as transcription engine: official weights or a local checkpoint.

Only for the host process: this module imports torch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from whisper.tokenizer import LANGUAGES, TO_LANGUAGE_CODE, get_tokenizer

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.core.timebase import MODEL_RATE
from labbench.models import word_alignment
from labbench.models.devices import CPU, is_full, memory_error
from labbench.models.encoder_memo import EncoderMemo
from labbench.models.whisper_checkpoint import free_unused, lay_out_for_cpu, load_checkpoint, place_model, sha256
from labbench.models.whisper_inventions import Raw, frame_of, seconds_of
from labbench.models.whisper_sound import log_mel
from labbench.models.whisper_stream import WhisperStream
from labbench.models.whisper_windows import Start, Windows, is_loop
from labbench.transcript.engine import EngineInfo, Options, Partial
from labbench.transcript.types import Doubt, Segment, Transcript, Word

LIKELIEST = 5
"""So many languages are told where the model chose."""


class WhisperEngine:
    """One loaded checkpoint. `model` is openai-whisper's, and this engine's alone.

    Without `fallback` it decodes at temperature 0 only: a checkpoint that was not trained on the world's speech is
    unsure of most of it, and would lose what it does know to chance.
    """

    def __init__(self, model: Any, info: EngineInfo, *, fallback: bool = True) -> None:
        self._model = model
        self._fallback = fallback
        self.info = info
        if model.device.type == CPU:
            lay_out_for_cpu(model)
        self._cancel = CancelToken()
        self.encoder = EncoderMemo(self._model)
        # Cancel reaches into a running transcription here: at each layer of the encoder and at each token.
        for part in (*self._model.encoder.blocks, self._model.decoder):
            part.register_forward_pre_hook(lambda *_: self._cancel.check())
        word_alignment.install()

    @classmethod
    def load(cls, path: Path, title: str, knows: str, *, fallback: bool = True, device: str = CPU) -> WhisperEngine:
        """The checkpoint in a file; `knows` says to people what it can do. Raises LabBenchError, FormatError.

        It runs on the `device` that is wanted (one of `devices.DEVICES`) if that works, else on the processor.
        """
        model = load_checkpoint(path)
        placed = place_model(model, device)
        info = EngineInfo(
            title,
            knows,
            checksum=sha256(path),
            languages=() if model.is_multilingual else ("en",),
            device=placed.device,
            notice=placed.notice,
        )
        return cls(model, info, fallback=fallback)

    def transcribe(
        self,
        samples: NDArray[np.float32],
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        stopped: Transcript | None = None,
    ) -> Transcript:
        began = time.perf_counter()
        with self._working(cancel):
            if not self._fallback:
                options = replace(options, temperatures=(0.0,))
            found = Transcript(self.info.title, "en", (), len(samples) / MODEL_RATE, 0.0)
            for found in self._transcripts(samples, options, cancel, stopped):
                found = replace(found, took=time.perf_counter() - began + (stopped.took if stopped else 0.0))
                done = found.duration if found.heard is None else found.heard
                on_progress(Partial(done, found.duration, "s", transcript=found))
        return replace(found, heard=None)

    def open_stream(self, options: Options, cancel: CancelToken) -> WhisperStream:
        live = replace(options, temperatures=(0.0,), beam_size=None, condition_on_previous_text=False, clips=())
        return WhisperStream(lambda samples: self.words_of(samples, replace(live, word_times=True), cancel))

    def words_of(self, samples: NDArray[np.float32], options: Options, cancel: CancelToken) -> list[Word]:
        """One live pass: the words of a short window."""
        with self._working(cancel):
            words: tuple[Word, ...] = ()
            for found in self._transcripts(samples, options, cancel, None):
                words = found.words
        return list(words)

    @contextmanager
    def _working(self, cancel: CancelToken) -> Iterator[None]:
        self._cancel = cancel
        full = False
        try:
            with torch.inference_mode():
                yield
        except (MemoryError, RuntimeError) as error:
            full = is_full(error)
            if not full:
                raise
            error.__traceback__ = None  # its frames hold what fills the memory
            raise memory_error(self.info.title) from None
        finally:
            self.encoder.forget()
            if full:
                free_unused(self._model.device.type)

    def _transcripts(
        self, samples: NDArray[np.float32], options: Options, cancel: CancelToken, stopped: Transcript | None
    ) -> Iterator[Transcript]:
        """What is known after each window. The first comes before any, as soon as the language is known."""
        cancel.check()
        check_language(options.language)
        if not len(samples):
            return
        mel = log_mel(samples, self._model.dims.n_mels)
        language, languages = self._language(options, mel, stopped)
        tokenizer = get_tokenizer(
            self._model.is_multilingual, num_languages=self._model.num_languages, language=language, task=options.task
        )
        segments = list(stopped.segments) if stopped else []
        windows = Windows(self._model, tokenizer, mel, options, _start(stopped))
        found = Transcript(self.info.title, language, tuple(segments), len(samples) / MODEL_RATE, 0.0, languages, 0.0)
        yield replace(found, heard=stopped.heard if stopped else 0.0)
        for window in windows:
            segments += [_segment(raw, _doubt(raw, options)) for raw in window.segments]
            segments += [_segment(raw, reason) for reason, raw in window.dropped]
            yield replace(found, segments=tuple(segments), heard=min(found.duration, seconds_of(window.seek)))

    def _language(
        self, options: Options, mel: torch.Tensor, stopped: Transcript | None
    ) -> tuple[str, tuple[tuple[str, float], ...]]:
        """The language to transcribe, and where the model chose, the likeliest ones.

        It is judged by what the first pass hears; so the encoder does its work for both at once.
        """
        if stopped is not None:
            return stopped.language, stopped.languages
        if not self._model.is_multilingual:
            return "en", ()
        if options.language is not None:
            code = options.language.lower()
            return TO_LANGUAGE_CODE.get(code, code), ()
        neutral = get_tokenizer(True, num_languages=self._model.num_languages, language="en", task="transcribe")
        first = Windows(self._model, neutral, mel, options, Start()).first()
        if first is None:
            return "en", ()
        _, probabilities = self._model.detect_language(first)
        likeliest = sorted(probabilities.items(), key=lambda item: -item[1])
        return likeliest[0][0], tuple((code, float(probability)) for code, probability in likeliest[:LIKELIEST])


def check_language(code: str | None) -> None:
    """Raises LabBenchError where Whisper has no such language."""
    if code is not None and code.lower() not in {**LANGUAGES, **TO_LANGUAGE_CODE}:
        raise LabBenchError(f"Whisper knows no language {code!r}.", "Use a code such as en, de or zh.")


def _start(stopped: Transcript | None) -> Start:
    """Behind what a stopped transcript has: as if it had gone on."""
    if stopped is None:
        return Start()
    kept = [segment for segment in stopped.segments if segment.doubt != "silence"]
    said = [(segment.tokens, segment.temperature or 0.0) for segment in kept if not segment.dropped]
    last = max((segment.end for segment in kept if segment.words and not segment.dropped), default=0.0)
    return Start(frame_of(stopped.heard or 0.0), said, last)


def _doubt(raw: Raw, options: Options) -> Doubt:
    return "loop" if is_loop(raw["compression_ratio"], options) else ""


def _segment(raw: Raw, doubt: Doubt) -> Segment:
    return Segment(
        text=str(raw["text"]),
        start=float(raw["start"]),
        end=float(raw["end"]),
        words=tuple(map(_word, raw.get("words", ()))),
        no_speech_probability=_number(raw["no_speech_prob"]),
        average_log_probability=_number(raw["avg_logprob"]),
        compression_ratio=float(raw["compression_ratio"]),
        temperature=float(raw["temperature"]),
        seek=int(raw["seek"]),
        tokens=tuple(raw["tokens"]),
        doubt=doubt,
    )


def _word(raw: Raw) -> Word:
    text = raw["word"]
    return Word(
        text=text.strip(),
        start=float(raw["start"]),
        end=float(raw["end"]),
        probability=float(raw["probability"]),
        glued=not text.startswith(" "),
    )


def _number(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)
