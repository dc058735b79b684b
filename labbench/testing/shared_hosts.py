"""Engine hosts without a process, for tests that need text: each engine is loaded once, and shared by all windows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.core.timebase import MODEL_RATE
from labbench.models.engines import EngineSpec
from labbench.models.hosting import HostInProcess
from labbench.transcript.engine import EngineInfo, LiveStream, Options
from labbench.transcript.types import Transcript

MOST = 4
"""Engines that are kept."""
TICK_SECONDS = 0.05


class SharedHost:
    """An engine in this process, loaded at the first use by whoever comes first. One job at a time, from any thread."""

    def __init__(self, spec: EngineSpec) -> None:
        self.spec = spec
        self._place = _Place() if spec.is_remote else _shared_place(spec)  # what a server offers may have changed
        self.info: EngineInfo | None = None

    def start(self) -> None:
        """It is loaded by whoever needs it first."""

    def load(self, cancel: CancelToken) -> EngineInfo:
        with self._taking_turn(cancel) as host:
            return host.load(cancel)

    def transcribe(
        self,
        samples: NDArray[np.float32],
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        stopped: Transcript | None = None,
    ) -> Transcript:
        if self.info is None:
            on_progress(Progress(0.0, len(samples) / MODEL_RATE, "s", note=f"Loading {self.spec.title}"))
        with self._taking_turn(cancel) as host:
            return host.transcribe(samples, options, on_progress, cancel, stopped)

    @contextmanager
    def stream(self, options: Options, cancel: CancelToken) -> Iterator[LiveStream]:
        with self._taking_turn(cancel) as host, host.stream(options, cancel) as stream:
            yield stream

    def close(self) -> None:
        """The engine stays for others."""
        self.info = None

    @contextmanager
    def _taking_turn(self, cancel: CancelToken) -> Iterator[HostInProcess]:
        place = self._place
        while not place.turn.acquire(timeout=TICK_SECONDS):
            cancel.check()
        try:
            cancel.check()
            if place.host is None:
                place.host = HostInProcess(self.spec)
            self.info = place.host.info
            yield place.host
        finally:
            place.turn.release()


@dataclass
class _Place:
    """Of one engine: whoever has its `turn` uses it."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    host: HostInProcess | None = None


@lru_cache(MOST)
def _shared_place(spec: EngineSpec) -> _Place:
    return _Place()
