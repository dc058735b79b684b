"""The near side of the host process: start it, ask it, cancel, and start a new one when it has died."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.models import host as messages
from labbench.models.engines import EngineSpec, load
from labbench.transcript.engine import EngineInfo, LiveStream, Options
from labbench.transcript.types import LiveText, Transcript

GRACE_SECONDS = 1.0
"""A host that has not stopped this long after a cancel is ended."""
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
    """An engine in a spawned process, loaded at the first use. One job at a time: others wait their turn."""

    def __init__(self, spec: EngineSpec) -> None:
        self.spec = spec
        self.info: EngineInfo | None = None
        self._turn = threading.Lock()
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    @property
    def pid(self) -> int | None:
        """The process's number while it runs."""
        process = self._process
        return process.pid if process is not None and process.is_alive() else None

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
        connection = self._connection
        if connection is not None:
            with suppress(OSError):
                connection.send(messages.Quit())
        process = self._process
        if process is not None:
            process.join(GRACE_SECONDS)
        self._end()

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
        if self._process is not None and self._process.is_alive() and self.info is not None:
            return self.info
        self._end()
        context = multiprocessing.get_context("spawn")
        near, far = context.Pipe()
        process = context.Process(
            target=messages.host_main, args=(far, self.spec), name=f"labbench {self.spec.name}", daemon=True
        )
        process.start()
        far.close()
        self._process, self._connection = process, near
        reply = self._receive(cancel, ignore_progress)
        assert isinstance(reply, messages.Loaded)
        self.info = reply.info
        return reply.info

    def _ask(self, request: messages.Request, cancel: CancelToken, on_progress: OnProgress) -> messages.Reply:
        cancel.check()
        connection = self._connection
        if connection is None:  # closed, or found dead, between two steps of a stream
            raise self._died()
        try:
            connection.send(request)
        except OSError:
            self._end()
            raise self._died() from None
        return self._receive(cancel, on_progress)

    def _receive(self, cancel: CancelToken, on_progress: OnProgress) -> messages.Reply:
        """The last reply of the running request; progress is passed on, a cancel is carried over."""
        assert self._connection is not None
        connection = self._connection
        waited = 0.0
        try:
            while True:
                if not connection.poll(_TICK_SECONDS):
                    if cancel.cancelled:
                        if waited == 0.0:
                            connection.send(messages.Cancel())
                        waited += _TICK_SECONDS
                        if waited > GRACE_SECONDS:
                            self._end()
                            raise Cancelled
                    continue
                reply: messages.Reply = connection.recv()
                if isinstance(reply, Progress):
                    on_progress(reply)
                    continue
                break
        except (EOFError, OSError):
            self._end()
            cancel.check()
            raise self._died() from None
        if isinstance(reply, messages.Stopped):
            raise Cancelled
        if isinstance(reply, messages.Failed):
            if reply.details:
                raise RuntimeError(f"{reply.message}\n{reply.details}")
            raise LabBenchError(reply.message, reply.hint)
        return reply

    def _died(self) -> LabBenchError:
        return LabBenchError(
            f"{self.spec.title} ended unexpectedly.", "The sound is still here: try again, it starts anew."
        )

    def _end(self) -> None:
        process, self._process = self._process, None
        connection, self._connection = self._connection, None
        self.info = None
        if process is not None:
            if process.is_alive():
                process.kill()
            process.join()
            process.close()
        if connection is not None:
            connection.close()


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
