"""An engine host that costs nothing: for measuring and testing what surrounds engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import CancelToken, OnProgress
from labbench.core.timebase import MODEL_RATE
from labbench.models.engines import EngineSpec
from labbench.transcript.engine import EngineInfo, LiveStream, Options
from labbench.transcript.types import LiveText, Segment, Transcript, Word

Read = Callable[[NDArray[np.float32]], Sequence[Word]]
"""What is read in a whole sound (16 kHz)."""

SCRIPTED = EngineSpec("scripted", "Scripted engine", "Reads what it was told to.", "An engine without a model.")
"""An engine A for windows whose hosts are scripted, whatever weights are on the computer."""


def nothing(samples: NDArray[np.float32]) -> Sequence[Word]:
    """No word is read in any sound."""
    return ()


class ScriptedHost:
    """Reads whatever `read` says, at once; of running sound nothing."""

    def __init__(self, spec: EngineSpec, read: Read = nothing) -> None:
        self.spec = spec
        self.info: EngineInfo | None = EngineInfo(spec.title, spec.knows, "scripted")
        self._read = read

    def load(self, cancel: CancelToken) -> EngineInfo:
        assert self.info is not None
        return self.info

    def transcribe(
        self,
        samples: NDArray[np.float32],
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        stopped: Transcript | None = None,
    ) -> Transcript:
        words = tuple(self._read(samples))
        text = " ".join(word.text for word in words)
        segments = (Segment(text, words[0].start, words[-1].end, words),) if words else ()
        return Transcript(self.spec.title, "en", segments, len(samples) / MODEL_RATE, 0.01)

    @contextmanager
    def stream(self, options: Options, cancel: CancelToken) -> Iterator[LiveStream]:
        yield _SilentStream()

    def close(self) -> None:
        """Nothing to end."""


class _SilentStream:
    def push(self, samples: NDArray[np.float32]) -> LiveText:
        return LiveText((), 0.0)

    def finish(self) -> LiveText:
        return LiveText((), 0.0)
