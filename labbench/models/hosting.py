"""The near side of the host process: start it, ask it, cancel, and start a new one when it has died."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.models import host_messages as messages
from labbench.models.engines import EngineSpec, load
from labbench.models.host_channel import HUNG_SECONDS, HostChannel, died
from labbench.transcript.engine import EngineInfo, LiveStream, Options
from labbench.transcript.types import LiveText, Transcript

if TYPE_CHECKING:  # a process is started before numpy is needed
    import numpy as np
    from numpy.typing import NDArray

_TICK_SECONDS = 0.05


class EngineHost(Protocol):
    """An engine somewhere: in its own process or, for tests, in this one. Calls block; use them from a job's thread."""

    @property
    def spec(self) -> EngineSpec: ...

    @property
    def info(self) -> EngineInfo | None:
        """What the engine says of itself, None before it is loaded."""
        ...

    def load(self, cancel: CancelToken) -> EngineInfo:
        """Load the engine, if that has not happened yet. Raises Cancelled, LabBenchError."""
        ...

    def transcribe(
        self,
        samples: NDArray[np.float32],
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        stopped: Transcript | None = None,
    ) -> Transcript:
        """A clip (16 kHz), or what is left of it where it was `stopped`. Raises Cancelled, LabBenchError."""
        ...

    def stream(self, options: Options, cancel: CancelToken) -> AbstractContextManager[LiveStream]:
        """Live text: push sound, finish; leaving early abandons it."""
        ...

    def close(self) -> None: ...


class HostProcess:
    """An engine in a spawned process, loaded at the first use. One job at a time: others wait their turn.

    A process that works for `hung_seconds` without a sign of life is ended; the next job starts another.
    """

    def __init__(self, spec: EngineSpec, hung_seconds: float = HUNG_SECONDS) -> None:
        self.spec = spec
        self.info: EngineInfo | None = None
        self._hung_seconds = hung_seconds
        self._turn = threading.Lock()
        self._channel: HostChannel | None = None

    @property
    def pid(self) -> int | None:
        """The process's number while it runs."""
        channel = self._channel
        return channel.pid if channel is not None else None

    def start(self) -> None:
        """Let the process begin to load, without waiting for it: something else can be done meanwhile."""
        if self._channel is None:
            self._channel = HostChannel(self.spec, self._hung_seconds)

    def load(self, cancel: CancelToken) -> EngineInfo:
        """Start the process and load the engine, if that has not happened yet."""
        with self._taking_turn(cancel):
            return self._ready(cancel)

    def transcribe(
        self,
        samples: NDArray[np.float32],
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        stopped: Transcript | None = None,
    ) -> Transcript:
        with self._taking_turn(cancel):
            if self.info is None:
                on_progress(Progress(0.0, len(samples) / MODEL_RATE, "s", note=f"Loading {self.spec.title}"))
            self._ready(cancel)
            reply = self._ask(messages.Transcribe(samples, options, stopped), cancel, on_progress)
        assert isinstance(reply, Transcript)
        return reply

    @contextmanager
    def stream(self, options: Options, cancel: CancelToken) -> Iterator[LiveStream]:
        with self._taking_turn(cancel):
            self._ready(cancel)
            self.ask_live(messages.OpenStream(options), cancel)
            yield _HostedStream(self, cancel)

    def close(self) -> None:
        """End the process; called from the main thread, also while a job's thread still waits for it."""
        channel = self._channel
        if channel is not None:
            self._end(channel)  # it holds nothing that has to be kept, and torch takes half a second to say goodbye

    def ask_live(self, request: messages.Request, cancel: CancelToken) -> LiveText:
        """One step of the running stream; only for whoever entered `stream`."""
        reply = self._ask(request, cancel, ignore_progress)
        assert isinstance(reply, LiveText)
        return reply

    @contextmanager
    def _taking_turn(self, cancel: CancelToken) -> Iterator[None]:
        while not self._turn.acquire(timeout=_TICK_SECONDS):
            cancel.check()
        try:
            yield
        finally:
            self._turn.release()

    def _ready(self, cancel: CancelToken) -> EngineInfo:
        channel = self._channel
        if channel is not None and channel.alive and self.info is not None:
            return self.info
        if channel is not None and not (channel.alive and channel.is_new):
            self._end(channel)
            channel = None
        if channel is None:
            self._channel = channel = HostChannel(self.spec, self._hung_seconds)
        with self._kept(channel):
            reply = channel.loaded(cancel, ignore_progress)
        assert isinstance(reply, messages.Loaded)
        self.info = reply.info
        return reply.info

    def _ask(self, request: messages.Request, cancel: CancelToken, on_progress: OnProgress) -> messages.Reply:
        cancel.check()
        channel = self._channel
        if channel is None:  # closed, or found dead, between two steps of a stream
            raise died(self.spec)
        with self._kept(channel):
            return channel.ask(request, cancel, on_progress)

    @contextmanager
    def _kept(self, channel: HostChannel) -> Iterator[None]:
        """A process that did not survive what it was asked is forgotten."""
        try:
            yield
        finally:
            if not channel.alive:
                self._end(channel)

    def _end(self, channel: HostChannel) -> None:
        if self._channel is channel:
            self._channel, self.info = None, None
        channel.end()


class _HostedStream:
    """A stream whose engine is in the host process."""

    def __init__(self, host: HostProcess, cancel: CancelToken) -> None:
        self._host = host
        self._cancel = cancel

    def push(self, samples: NDArray[np.float32]) -> LiveText:
        return self._host.ask_live(messages.Push(samples), self._cancel)

    def finish(self) -> LiveText:
        return self._host.ask_live(messages.Finish(), self._cancel)


class HostInProcess:
    """The synchronous twin: the same engine without a process. For tests."""

    def __init__(self, spec: EngineSpec) -> None:
        self.spec = spec
        self._engine = load(spec)
        self.info: EngineInfo | None = self._engine.info

    def load(self, cancel: CancelToken) -> EngineInfo:
        return self._engine.info

    def transcribe(
        self,
        samples: NDArray[np.float32],
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        stopped: Transcript | None = None,
    ) -> Transcript:
        return self._engine.transcribe(samples, options, on_progress, cancel, stopped)

    @contextmanager
    def stream(self, options: Options, cancel: CancelToken) -> Iterator[LiveStream]:
        yield self._engine.open_stream(options, cancel)

    def close(self) -> None:
        """Nothing to end."""
