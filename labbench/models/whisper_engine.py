"""openai-whisper as transcription engine: official weights or a local checkpoint.

Only for the host process: this module imports torch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.core.timebase import MODEL_RATE
from labbench.models.conversion.dimensions import Dimensions
from labbench.models.devices import CPU, CUDA, is_full, memory_error
from labbench.models.whisper_checkpoint import (
    Checkpoint,
    checksum_of,
    free_unused,
    is_multilingual,
    languages_of,
    place_network,
    read_checkpoint,
)
from labbench.models.whisper_encodings import Encodings
from labbench.models.whisper_inventions import Raw, frame_of, seconds_of
from labbench.models.whisper_live import LivePass
from labbench.models.whisper_network import Network
from labbench.models.whisper_package import LANGUAGES, TO_LANGUAGE_CODE, get_tokenizer
from labbench.models.whisper_search import Decoder
from labbench.models.whisper_sound import log_mel
from labbench.models.whisper_stream import WhisperStream
from labbench.models.whisper_windows import Start, Windows, first_stretch, is_loop, is_trusted, word_of
from labbench.transcript.engine import EngineInfo, LiveStream, Options, Partial, Precision
from labbench.transcript.types import Doubt, Segment, Transcript, Word
from labbench.transcript.whole_words import whole_words

LIKELIEST = 5
"""So many languages are told where the model chose."""


class WhisperEngine:
    """One checkpoint, loaded for one precision at a time; the other is loaded when it is asked for, from what `read`
    gives.

    Without `fallback` it decodes at temperature 0 only: a checkpoint that was not trained on the world's speech is
    unsure of most of it, and would lose what it does know to chance.
    """

    def __init__(
        self, read: Callable[[], Checkpoint], network: Network, info: EngineInfo, *, fallback: bool = True
    ) -> None:
        self._read = read
        self._network = network
        self._fallback = fallback
        self.info = info
        self._cancel = CancelToken()
        network.check = self._check

    @classmethod
    def load(
        cls,
        path: Path,
        title: str,
        knows: str,
        *,
        fallback: bool = True,
        device: str = CPU,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> WhisperEngine:
        """The checkpoint in a file; `knows` says to people what it can do. Raises LabBenchError, FormatError.

        It runs on the `device` that is wanted (one of `devices.DEVICES`) if that works, else on the processor.
        `meanwhile` is done in another thread; that it fails is for whoever needs it.
        """
        with ThreadPoolExecutor(1) as beside:
            checksum = beside.submit(checksum_of, path)
            checkpoint = read_checkpoint(path)
            beside.submit(lambda: tokenizer_of(checkpoint.dims).encode(""))  # reads its vocabulary and its rules
            beside.submit(meanwhile)
            placed, network = place_network(lambda where: build_network(checkpoint, where, "fast"), device)
        info = EngineInfo(
            title,
            knows,
            checksum=checksum.result(),
            languages=() if is_multilingual(checkpoint.dims) else ("en",),
            device=placed.device,
            notice=placed.notice,
        )
        return cls(lambda: read_checkpoint(path), network, info, fallback=fallback)

    @property
    def encoded(self) -> int:
        """How many stretches went through the encoder."""
        return self._network.encoded

    def _check(self) -> None:
        self._cancel.check()

    def _use(self, precision: Precision) -> None:
        """Load the weights again where the other precision is wanted: both at once would take twice the memory."""
        network = self._network
        if network.precision != precision and network.device.type == CPU:
            encoded = network.encoded
            del network, self._network
            self._network = build_network(self._read(), CPU, precision)
            self._network.check, self._network.encoded = self._check, encoded

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

    def open_stream(self, options: Options, cancel: CancelToken, before: LiveStream | None = None) -> WhisperStream:
        if isinstance(before, WhisperStream):
            return before.following()
        check_language(options.language)
        self._use(options.precision)
        known = list(LANGUAGES) if is_multilingual(self._network.dims) else ["en"]
        if options.language:
            known = [_code(options.language)]
        read = LivePass(self._network, lambda code: self._tokenizer(code, options.task), options, known)

        def words_of(samples: NDArray[np.float32], start: float) -> list[Word]:
            with self._working(cancel):
                return read(samples, start)

        return WhisperStream(words_of)

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
            if full:
                free_unused(self._network.device.type)

    def _transcripts(
        self, samples: NDArray[np.float32], options: Options, cancel: CancelToken, stopped: Transcript | None
    ) -> Iterator[Transcript]:
        """What is known after each window. The first comes before any, as soon as the language is known."""
        cancel.check()
        check_language(options.language)
        if not len(samples):
            return
        self._use(options.precision)
        mel = log_mel(samples, self._network.dims.n_mels)
        encodings = Encodings(self._network, mel)
        start = _start(stopped, options)
        language, languages = self._language(options, encodings, stopped)
        tokenizer = self._tokenizer(language, options.task)
        segments = list(stopped.segments) if stopped else []
        windows = Windows(self._network, tokenizer, encodings, options, start)
        found = Transcript(self.info.title, language, tuple(segments), len(samples) / MODEL_RATE, 0.0, languages, 0.0)
        yield replace(found, heard=stopped.heard if stopped else 0.0)
        for window in windows:
            segments += [_segment(raw, _doubt(raw, options), options) for raw in window.segments]
            segments += [_segment(raw, reason, options) for reason, raw in window.dropped]
            yield replace(found, segments=tuple(segments), heard=min(found.duration, seconds_of(window.seek)))

    def _tokenizer(self, language: str, task: str) -> Any:
        return tokenizer_of(self._network.dims, language, task)

    def _language(
        self, options: Options, encodings: Encodings, stopped: Transcript | None
    ) -> tuple[str, tuple[tuple[str, float], ...]]:
        """The language to transcribe, and where the model chose, the likeliest ones.

        It is judged by what the first pass hears; so the encoder does its work for both at once.
        """
        if stopped is not None:
            return stopped.language, stopped.languages
        if not is_multilingual(self._network.dims):
            return "en", ()
        if options.language is not None:
            return _code(options.language), ()
        stretch = first_stretch(options, encodings.frames, Start())
        if stretch is None:
            return "en", ()
        decoder = Decoder(self._network, self._tokenizer("en", "transcribe"))
        probabilities = decoder.language(encodings.sound(*stretch))
        likeliest = sorted(probabilities.items(), key=lambda item: -item[1])
        return likeliest[0][0], tuple(likeliest[:LIKELIEST])


def build_network(checkpoint: Checkpoint, device: str, precision: Precision) -> Network:
    """The networks of a checkpoint on a device, in half precision on NVIDIA's cards as openai-whisper has it."""
    kind = torch.float16 if device == CUDA else torch.float32
    return Network(checkpoint.dims, torch.device(device), kind, precision, checkpoint.weights, checkpoint.heads)


def tokenizer_of(dims: Dimensions, language: str = "en", task: str = "transcribe") -> Any:
    """openai-whisper's tokenizer for a checkpoint of these dimensions."""
    return get_tokenizer(is_multilingual(dims), num_languages=languages_of(dims), language=language, task=task)


def check_language(code: str | None) -> None:
    """Raises LabBenchError where Whisper has no such language."""
    if code is not None and code.lower() not in {**LANGUAGES, **TO_LANGUAGE_CODE}:
        raise LabBenchError(f"Whisper knows no language {code!r}.", "Use a code such as en, de or zh.")


def _code(language: str) -> str:
    return str(TO_LANGUAGE_CODE.get(language.lower(), language.lower()))


def _start(stopped: Transcript | None, options: Options) -> Start:
    """Behind what a stopped transcript has: as if it had gone on."""
    if stopped is None:
        return Start()
    kept = [segment for segment in stopped.segments if segment.doubt != "silence"]
    said = [(segment.tokens, _is_prompt(segment, options)) for segment in kept if not segment.dropped]
    last = max((segment.end for segment in kept if segment.words and not segment.dropped), default=0.0)
    return Start(frame_of(stopped.heard or 0.0), said, last)


def _is_prompt(segment: Segment, options: Options) -> bool:
    likely, ratio = segment.average_log_probability or 0.0, segment.compression_ratio or 0.0
    return is_trusted(segment.temperature or 0.0, likely, ratio, options)


def _doubt(raw: Raw, options: Options) -> Doubt:
    return "loop" if is_loop(raw["compression_ratio"], options) else ""


def _segment(raw: Raw, doubt: Doubt, options: Options) -> Segment:
    words = tuple(map(word_of, raw.get("words", ())))
    return Segment(
        text=str(raw["text"]),
        start=float(raw["start"]),
        end=float(raw["end"]),
        words=words if options.precision == "exact" else whole_words(words),
        no_speech_probability=_number(raw["no_speech_prob"]),
        average_log_probability=_number(raw["avg_logprob"]),
        compression_ratio=float(raw["compression_ratio"]),
        temperature=float(raw["temperature"]),
        seek=int(raw["seek"]),
        tokens=tuple(raw["tokens"]),
        doubt=doubt,
    )


def _number(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)
