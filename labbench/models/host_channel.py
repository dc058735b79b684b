"""The near side's hold on one host process: ask it, hear it, and end it when it has to be ended."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.patience import Patience
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.models import host_messages as messages
from labbench.models.engines import EngineSpec
from labbench.models.pulse import Alive

GRACE_SECONDS = 0.8
"""A host that has not stopped this long after a cancel is ended: all in all, within a second."""
HUNG_SECONDS = 30.0
"""So is one that gives no sign of life for so long while it works."""
LOADING_SECONDS = 180.0
"""While it loads: the first start on a slow computer reads gigabytes."""
_TICK_SECONDS = 0.05


class HostChannel:
    """A spawned host process that loads `spec`. One thread at a time asks; `end` may come from another.

    Every failure of the process is told once, as LabBenchError, and ends it.
    """

    def __init__(self, spec: EngineSpec, hung_seconds: float = HUNG_SECONDS) -> None:
        self._spec = spec
        self._hung_seconds = hung_seconds
        self._limit, self._hung = hung_seconds, False
        context = multiprocessing.get_context("spawn")
        self._connection, far = context.Pipe()
        self._process = context.Process(target=_host_main, args=(far, spec), name=f"labbench {spec.name}", daemon=True)
        self._process.start()
        far.close()
        self._ended = False
        self._ending = threading.Lock()
        self.is_new = True
        """Whether nobody has waited for it to load yet."""

    @property
    def pid(self) -> int | None:
        """The process's number while it runs."""
        return self._process.pid if self.alive else None

    @property
    def alive(self) -> bool:
        with self._ending:
            return not self._ended and self._process.is_alive()

    def loaded(self, cancel: CancelToken, on_progress: OnProgress) -> messages.Reply:
        """The first reply of a new process."""
        self.is_new = False
        with self._watched(LOADING_SECONDS, cancel) as watch:
            return self._receive(cancel, on_progress, watch)

    def ask(self, request: messages.Request, cancel: CancelToken, on_progress: OnProgress) -> messages.Reply:
        """The last reply to a request; progress is passed on, a cancel is carried over.

        Raises Cancelled, LabBenchError, and RuntimeError for a defect in the process.
        """
        with self._watched(self._hung_seconds, cancel) as watch:  # sending waits, too, for one that does not read
            with suppress(OSError):  # it is gone; perhaps it said why
                self._connection.send(request)
            return self._receive(cancel, on_progress, watch)

    def end(self) -> None:
        """The process is gone after this; harmless when repeated."""
        with self._ending:
            if self._ended:
                return
            self._ended = True
            self._process.kill()
            self._process.join()
            self._process.close()
            self._connection.close()

    @contextmanager
    def _watched(self, seconds: float, cancel: CancelToken) -> Iterator[_Watch]:
        """While entered, a process is ended that gives no sign for so long, or does not heed a cancel."""
        patience, self._limit = Patience(self._give_up), seconds
        try:
            with patience.within(seconds), cancel.telling(lambda: patience.expect_end(GRACE_SECONDS)):
                yield _Watch(patience, seconds)
        finally:
            patience.close()

    def _receive(self, cancel: CancelToken, on_progress: OnProgress, watch: _Watch) -> messages.Reply:
        told = False
        try:
            while True:
                if cancel.cancelled and not told:
                    told = True
                    watch.patience.expect_end(GRACE_SECONDS)
                    self._connection.send(messages.Cancel())
                if not self._connection.poll(_TICK_SECONDS):
                    continue
                reply: messages.Reply = self._connection.recv()
                if not isinstance(reply, Progress | Alive):
                    break
                if not cancel.cancelled:
                    watch.patience.expect_end(watch.seconds)
                if isinstance(reply, Progress):
                    on_progress(reply)
        except (EOFError, OSError):
            raise self._died(cancel) from None
        if isinstance(reply, messages.Stopped):
            raise Cancelled
        if isinstance(reply, messages.Failed):
            if reply.ends:  # not left to be asked in its last moments
                self.end()
            if reply.details:
                raise RuntimeError(f"{reply.message}\n{reply.details}")
            raise LabBenchError(reply.message, reply.hint)
        return reply

    def _give_up(self) -> None:
        with self._ending:
            if not self._ended:
                self._hung = True
                self._process.kill()

    def _died(self, cancel: CancelToken) -> LabBenchError | Cancelled:
        """Told once; nothing of the process is left then."""
        if cancel.cancelled:
            self.end()
            return Cancelled()
        if self._ended:  # closed by another thread
            return died(self._spec)
        self._process.join(GRACE_SECONDS)  # the pipe may be at its end a moment before the process
        killed = self._process.exitcode == -getattr(signal, "SIGKILL", 0)
        self.end()
        if self._hung:
            return LabBenchError(
                f"{self._spec.title} has not answered for {self._limit:.0f} seconds and was ended.",
                "The sound is still here: try again, it starts anew.",
            )
        return died(self._spec, killed)


@dataclass(frozen=True)
class _Watch:
    """`seconds` without a sign of life, and `patience` is at its end."""

    patience: Patience
    seconds: float


def _host_main(connection: Connection, spec: EngineSpec) -> None:
    """The process begins here: what it alone needs is imported there alone."""
    from labbench.models.host import host_main

    host_main(connection, spec)


def died(spec: EngineSpec, killed: bool = False) -> LabBenchError:
    """A host that is gone in the middle of its work; `killed`: by the system or by somebody."""
    again = "The sound is still here: try again, it starts anew."
    memory = " If that ends in the same way, the memory is too small: choose a smaller model." if killed else ""
    return LabBenchError(f"{spec.title} ended unexpectedly.", again + memory)
