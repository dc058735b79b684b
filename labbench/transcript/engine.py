"""What the bench needs of a speech-to-text model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import CancelToken, OnProgress
from labbench.transcript.types import LiveText, Transcript


@dataclass(frozen=True)
class Options:
    """What a user may set for a transcription. `language` is a code such as "en"; None lets the model decide."""

    language: str | None = None


@dataclass(frozen=True)
class EngineInfo:
    """What an engine says of itself once loaded. `languages` is empty where the model decides itself."""

    title: str
    knows: str
    checksum: str
    languages: tuple[str, ...] = ()


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
        self, samples: NDArray[np.float32], options: Options, on_progress: OnProgress, cancel: CancelToken
    ) -> Transcript:
        """The whole clip (16 kHz, shape [n]). Progress in seconds of sound. Raises Cancelled, LabBenchError."""
        ...

    def open_stream(self, options: Options, cancel: CancelToken) -> LiveStream:
        """A stream of live text. Raises LabBenchError."""
        ...
