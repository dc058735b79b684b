"""A transcription server as engine: any with the OpenAI interface, such as vLLM or speaches.

The sound leaves this computer. Runs in a host process as every engine does, so that a server that hangs holds up
nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.core.timebase import MODEL_RATE
from labbench.models.live_pace import SharedPace
from labbench.models.remote_answer import Answer, read_answer
from labbench.models.remote_client import AGAIN, Client, RefusedError, as_fields
from labbench.models.remote_sound import piece_end, wav
from labbench.models.whisper_stream import WhisperStream
from labbench.transcript.engine import EngineInfo, LiveStream, Options, Partial
from labbench.transcript.types import Segment, Transcript, Word

LEAST_SECONDS, SECONDS_PER_SECOND = 60.0, 3.0
"""An answer may take a minute, and three times as long as the sound: some servers have no graphics card."""
LIVE_SECONDS = 20.0
LIVE_SHARE = 2.0
"""Live, the next piece is sent after so many times as long as the last answer took: servers are shared."""
SHORTEST = MODEL_RATE // 10
"""Servers refuse sounds under 0.1 s; such a rest holds no word."""
PROMPT_LETTERS = 200
"""So much of the text before a piece goes with it as prompt."""


class RemoteEngine:
    """One model of one server. Belongs to one thread."""

    def __init__(self, client: Client, model: str, info: EngineInfo) -> None:
        self._client = client
        self._model = model
        self._rich = True  # until the server says that it knows no times
        self.info = info

    @classmethod
    def load(cls, client: Client, model: str, title: str, knows: str, cancel: CancelToken) -> RemoteEngine:
        """Ask the server what it serves; without a `model`, the first whose name says Whisper, or the first.

        Raises LabBenchError where it does not answer, refuses the key or, with none named, lists no model.
        """
        there = client.models(cancel)
        notice = ""
        if not model:
            if not there:
                raise LabBenchError(f"{client.host} does not say which models it has.", "Enter the model's name.")
            model = next((name for name in there if "whisper" in name.lower()), there[0])
        elif there and model not in there:
            notice = f"{client.host} does not list {model}. It lists {', '.join(there[:5])}."
        device = f"{client.host}: {model}"
        return cls(client, model, EngineInfo(title, knows, checksum="", device=device, notice=notice))

    def transcribe(
        self,
        samples: NDArray[np.float32],
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        stopped: Transcript | None = None,
    ) -> Transcript:
        began = time.perf_counter()
        total = len(samples) / MODEL_RATE
        found = stopped or Transcript(self.info.title, options.language or "", (), total, 0.0, heard=0.0)
        before = found.took
        at = round((found.heard or 0.0) * MODEL_RATE)
        on_progress(Progress(at / MODEL_RATE, total, "s", f"Sending to {self._client.host}"))
        while at < len(samples):
            end = piece_end(samples, at)
            language = options.language or found.language or None
            answer = self._answer(samples[at:end], replace(options, language=language), found.text, cancel)
            segments = found.segments + _moved(answer.segments, at / MODEL_RATE)
            at, took = end, before + time.perf_counter() - began
            found = replace(
                found, segments=segments, language=language or answer.language, took=took, heard=at / MODEL_RATE
            )
            on_progress(Partial(at / MODEL_RATE, total, "s", transcript=found))
        return replace(found, duration=total, heard=None, language=found.language or "en")

    def open_stream(self, options: Options, cancel: CancelToken, before: LiveStream | None = None) -> WhisperStream:
        def words_of(samples: NDArray[np.float32], start: float) -> Sequence[Word]:
            answer = self._answer(samples, options, "", cancel, seconds=LIVE_SECONDS)
            return [word for segment in _moved(answer.segments, start) for word in segment.words]

        return WhisperStream(words_of, SharedPace(LIVE_SHARE), clock=lambda: time.perf_counter())

    def _answer(
        self,
        samples: NDArray[np.float32],
        options: Options,
        text: str,
        cancel: CancelToken,
        seconds: float | None = None,
    ) -> Answer:
        """What the server hears in a piece; `text` is what was said before it."""
        cancel.check()
        duration = len(samples) / MODEL_RATE
        if len(samples) < SHORTEST:
            return Answer((), "")
        allowed = seconds or LEAST_SECONDS + SECONDS_PER_SECOND * duration
        content = wav(samples)
        try:
            raw = self._ask(content, options, text, allowed, cancel)
        except RefusedError:
            if not self._rich:
                raise
            self._rich = False
            try:
                raw = self._ask(content, options, text, allowed, cancel)
            except RefusedError:
                self._rich = True  # that was not the reason
                raise
        answer = read_answer(raw, duration)
        if answer is None:
            raise LabBenchError(f"{self._client.host} answered without a text.", AGAIN)
        return answer

    def _ask(self, content: bytes, options: Options, text: str, seconds: float, cancel: CancelToken) -> object:
        translate = options.task == "translate"
        fields = as_fields(
            {
                "model": self._model,
                "language": None if translate else options.language,
                "prompt": _prompt(options, text),
                "temperature": str(options.temperatures[0] if options.temperatures else 0.0),
                "response_format": "verbose_json" if self._rich else "json",
            }
        )
        if self._rich and not translate:
            fields += [("timestamp_granularities[]", kind) for kind in ("word", "segment")]
        return self._client.transcribe(
            content, fields, "translations" if translate else "transcriptions", seconds, cancel
        )


def _prompt(options: Options, text: str) -> str:
    """The user's own for the first piece, and for all where it is carried on; later the end of the text before."""
    own = options.initial_prompt.strip() if not text or options.carry_initial_prompt else ""
    said = text[-PROMPT_LETTERS:].strip() if options.condition_on_previous_text else ""
    return f"{own} {said}".strip()


def _moved(segments: Sequence[Segment], by: float) -> tuple[Segment, ...]:
    return tuple(
        replace(
            segment,
            start=segment.start + by,
            end=segment.end + by,
            words=tuple(replace(word, start=word.start + by, end=word.end + by) for word in segment.words),
        )
        for segment in segments
    )
