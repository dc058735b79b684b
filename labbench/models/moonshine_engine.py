"""Moonshine `tiny-en` as transcription engine: English, offline, from its wheel. Only for the host process."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.core.timebase import MODEL_RATE
from labbench.models.moonshine_files import moonshine_assets
from labbench.transcript.engine import EngineInfo, LiveStream, Options, Partial
from labbench.transcript.types import LiveText, Segment, Transcript, Word, share_out

if TYPE_CHECKING:
    from moonshine_voice.moonshine_api import TranscriptLine

PIECE_SECONDS = 0.5
"""Sound is handed over in pieces of this length, so that progress and cancel have their turn."""


class MoonshineEngine:
    """Transcribes line by line as its own voice activity detector divides the sound. Word times are shared out over
    each line: the wheel carries no model for them."""

    def __init__(self) -> None:
        folder = moonshine_assets() / "tiny-en"
        try:
            from moonshine_voice.moonshine_api import ModelArch
            from moonshine_voice.transcriber import Transcriber

            self._transcriber: Any = Transcriber(str(folder), ModelArch.TINY)
        except Exception as error:
            raise LabBenchError(f"Moonshine could not be loaded ({error}).", "Install the program again.") from error
        self.info = EngineInfo(
            title="Moonshine tiny-en",
            knows="English only. Comes with the program and works offline.",
            checksum=hashlib.sha256((folder / "decoder_model_merged.ort").read_bytes()).hexdigest(),
            languages=("en",),
            device="cpu",
        )

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
        before = stopped or Transcript(self.info.title, "en", (), total, 0.0, heard=0.0)
        samples = samples[round((before.heard or 0.0) * MODEL_RATE) :]

        def found(lines: Sequence[TranscriptLine], heard: float | None) -> Transcript:
            new = tuple(_segment(line, before.heard or 0.0) for line in lines if line.text.strip())
            took = before.took + time.perf_counter() - began
            return replace(before, segments=before.segments + new, duration=total, took=took, heard=heard)

        stream = self._transcriber.create_stream(update_interval=float("inf"))
        stream.start()
        try:
            step = round(PIECE_SECONDS * MODEL_RATE)
            for at in range(0, len(samples), step):
                cancel.check()
                stream.add_audio(samples[at : at + step].tolist(), MODEL_RATE)
                done = min(total, (before.heard or 0.0) + (at + step) / MODEL_RATE)
                if at and at % (20 * step) == 0:  # now and then, so that the lines behind are transcribed
                    lines = [line for line in stream.update_transcription().lines if line.is_complete]
                    until = max((line.start_time + line.duration for line in lines), default=0.0)
                    heard = (before.heard or 0.0) + until
                    on_progress(Partial(done, total, "s", transcript=found(lines, heard)))
                else:
                    on_progress(Progress(done, total, "s"))
            if len(samples):
                stream.update_transcription()  # `stop` alone drops what was added since the last update
            lines = stream.stop().lines if len(samples) else []
        finally:
            stream.close()
        return found(lines, None)

    def open_stream(self, options: Options, cancel: CancelToken, before: LiveStream | None = None) -> MoonshineStream:
        return MoonshineStream(self._transcriber.create_stream(update_interval=float("inf")))


class MoonshineStream:
    """Live text: lines that its detector has closed are settled, the running one is provisional."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._stream.start()
        self._heard = 0
        self._lines: dict[int, TranscriptLine] = {}

    def push(self, samples: NDArray[np.float32]) -> LiveText:
        self._stream.add_audio(samples.tolist(), MODEL_RATE)
        self._heard += len(samples)
        return self._text(self._stream.update_transcription().lines, ended=False)

    def finish(self) -> LiveText:
        try:
            return self._text(self._stream.stop().lines, ended=True)
        finally:
            self._stream.close()

    def _text(self, lines: list[TranscriptLine], *, ended: bool) -> LiveText:
        self._lines.update({line.line_id: line for line in lines})
        words: list[Word] = []
        for line in sorted(self._lines.values(), key=lambda line: line.start_time):
            end = line.start_time + line.duration
            words += share_out(line.text, line.start_time, end, settled=ended or line.is_complete)
        return LiveText(tuple(words), self._heard / MODEL_RATE)


def _segment(line: TranscriptLine, offset: float) -> Segment:
    start, end = offset + line.start_time, offset + line.start_time + line.duration
    return Segment(line.text, start, end, share_out(line.text, start, end))
