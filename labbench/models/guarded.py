"""What every engine leaves `models` in: nothing that it says goes around the block-list."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.transcript.engine import Engine, EngineInfo, LiveStream, Options, Partial
from labbench.transcript.guard import BlockList, scrub, scrub_live
from labbench.transcript.types import LiveText, Transcript


class GuardedEngine:
    """An engine whose text, partial, live or whole, is scrubbed of what `Options.blocked` names."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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
        """As the engine's own. Raises FormatError where the block-list can't be used: nothing is said then."""
        blocked = options.blocked.checked()

        def report(progress: Progress) -> None:
            if isinstance(progress, Partial) and progress.transcript is not None:
                progress = replace(progress, transcript=scrub(progress.transcript, blocked))
            on_progress(progress)

        return scrub(self._engine.transcribe(samples, options, report, cancel, stopped), blocked)

    def open_stream(self, options: Options, cancel: CancelToken, before: LiveStream | None = None) -> LiveStream:
        """As the engine's own. Raises FormatError where the block-list can't be used."""
        return _GuardedStream(self._engine.open_stream(options, cancel, before), options.blocked.checked())


class _GuardedStream:
    def __init__(self, stream: LiveStream, blocked: BlockList) -> None:
        self._stream = stream
        self._blocked = blocked

    def push(self, samples: NDArray[np.float32]) -> LiveText:
        return scrub_live(self._stream.push(samples), self._blocked)

    def finish(self) -> LiveText:
        return scrub_live(self._stream.finish(), self._blocked)
