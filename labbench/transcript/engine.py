"""What the bench needs of a speech-to-text model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.transcript.guard import BlockList
from labbench.transcript.types import LiveText, Transcript

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Task = Literal["transcribe", "translate"]
Precision = Literal["exact", "fast"]
"""Exact: openai-whisper's numbers, in float32. Fast: the decoder in int8; live, windows as short as the sound."""


@dataclass(frozen=True)
class Options:
    """What a user may set for a transcription; the defaults are those of openai-whisper's own program.

    `language` is a code such as "en"; None lets the model decide. `translate` is into English. `temperatures` are tried
    in order while the result looks wrong; beams are used at temperature 0, `best_of` above. Thresholds of None are off.
    `suppress_tokens` are never said: numbers with commas between, "-1" for symbols that are no speech. `most_tokens`
    is for one window of 30 s, None for as many as the model can. With `voice_gate` an engine is given only what holds
    speech. Engines other than Whisper use the language and the gate only.
    """

    language: str | None = None
    task: Task = "transcribe"
    initial_prompt: str = ""
    carry_initial_prompt: bool = False
    condition_on_previous_text: bool = True
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    best_of: int | None = 5
    beam_size: int | None = 5
    patience: float | None = None
    length_penalty: float | None = None
    most_tokens: int | None = None
    suppress_tokens: str = "-1"
    compression_ratio_threshold: float | None = 2.4
    log_probability_threshold: float | None = -1.0
    no_speech_threshold: float | None = 0.6
    hallucination_silence_seconds: float | None = None
    word_times: bool = True
    precision: Precision = "fast"
    prepend_punctuation: str = "\"'“¿([{-"
    append_punctuation: str = "\"'.。,，!！?？:：”)]}、"
    clips: tuple[float, ...] = ()
    """Seconds: start, end, start, end, ... of what is transcribed; without the last end up to the sound's; () all."""
    voice_gate: bool = True
    blocked: BlockList = field(default_factory=BlockList)


@dataclass(frozen=True)
class Partial(Progress):
    """Progress that brings text: the transcript so far."""

    transcript: Transcript | None = None


@dataclass(frozen=True)
class EngineInfo:
    """What an engine says of itself once loaded. `languages` is empty where the model decides itself.

    `device` is where it runs, such as "cpu" or "cuda", "" where that is not known. `notice` is a sentence for people
    where it did not go as wanted, such as a graphics card that can't be used.
    """

    title: str
    knows: str
    checksum: str
    languages: tuple[str, ...] = ()
    device: str = ""
    notice: str = ""


class LiveStream(Protocol):
    """Running sound into running text. Belongs to one thread."""

    def push(self, samples: NDArray[np.float32]) -> LiveText:
        """More sound (16 kHz, shape [n]); all text so far."""
        ...

    def finish(self) -> LiveText:
        """No more sound; everything is settled."""
        ...


class Engine(Protocol):
    """A loaded model. Lives in a host process and belongs to its main thread."""

    @property
    def info(self) -> EngineInfo: ...

    def transcribe(
        self,
        samples: NDArray[np.float32],
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        stopped: Transcript | None = None,
    ) -> Transcript:
        """The whole clip (16 kHz, shape [n]), or what is left of it where an earlier transcript was `stopped`.

        Progress is in seconds of sound, and `Partial` where text is there. Raises Cancelled, LabBenchError.
        """
        ...

    def open_stream(self, options: Options, cancel: CancelToken, before: LiveStream | None = None) -> LiveStream:
        """A stream of live text; `before` is that of the utterance before in the same running sound, which may know the
        language by now, or how fast this computer is. Raises LabBenchError."""
        ...
