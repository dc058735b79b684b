"""One embedding process as seen from outside: start it, send, look what it says, and end it when it gives no sign."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Protocol

from labbench.core.errors import LabBenchError
from labbench.core.progress import Progress
from labbench.live.embedding_host_main import (
    EmbeddingHost,
    HostCommand,
    HostNews,
    LoadKit,
    embedding_host_main,
    load_kit,
)
from labbench.live.embedding_messages import Ready, Unready
from labbench.live.outbox import Outbox
from labbench.models.embedders import EmbedderSpec
from labbench.models.host_channel import HUNG_SECONDS, LOADING_SECONDS
from labbench.models.pulse import Alive

LONGEST_LOOK = 1.0
"""Seconds that count as silence from one look to the next: a window that was held up, or a lid that was closed, is no
fault of the process."""


class GoneError(LabBenchError):
    """The process has ended; it may be started again."""


class EmbeddingLink(Protocol):
    """An embedding host somewhere. For one thread at a time."""

    spec: EmbedderSpec
    ready: Ready | None

    def send(self, command: HostCommand) -> None:
        """Queue a command; also before it is loaded."""
        ...

    def poll(self) -> list[HostNews]:
        """What happened since the last call; never waits. Raises GoneError, once everything it said has been told."""
        ...

    def wait(self, seconds: float) -> None:
        """Block until there may be something to `poll`, at most so long."""
        ...

    def close(self) -> None:
        """End it; harmless when repeated."""
        ...


MakeLink = Callable[[EmbedderSpec], EmbeddingLink]


class EmbeddingProcess:
    """A spawned process, started at once. One that works or loads without a sign of life for too long is ended."""

    def __init__(
        self,
        spec: EmbedderSpec,
        load: LoadKit = load_kit,
        hung_seconds: float = HUNG_SECONDS,
        loading_seconds: float = LOADING_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.spec = spec
        self.ready: Ready | None = None
        self._limits = (loading_seconds, hung_seconds)
        self._clock = clock
        self._looked, self._silent = clock(), 0.0
        context = multiprocessing.get_context("spawn")
        self._connection: Connection | None
        self._connection, far = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=embedding_host_main, args=(far, spec, load), name=f"labbench {spec.name}", daemon=True
        )
        self._process.start()
        far.close()
        self._outbox = Outbox(self._connection)

    @property
    def pid(self) -> int | None:
        """The process's number while it runs."""
        return self._process.pid if self._connection is not None else None

    def send(self, command: HostCommand) -> None:
        if self._connection is not None:
            self._outbox.put(command)

    def poll(self) -> list[HostNews]:
        news: list[HostNews] = []
        connection = self._connection
        if connection is None:
            raise GoneError(f"{self.spec.title} was ended.", "It starts anew.")
        try:
            while connection.poll(0):
                one: HostNews = connection.recv()
                self._silent = 0.0
                if isinstance(one, Ready):
                    self.ready = one
                if not isinstance(one, Alive):
                    news.append(one)
        except (EOFError, OSError):
            if news:  # the end is told next time
                return news
            self._end()
            raise GoneError(f"{self.spec.title} ended unexpectedly.", "The sound is still here.") from None
        self._watch()
        return news

    def wait(self, seconds: float) -> None:
        if self._connection is not None:
            try:
                self._connection.poll(seconds)
            except OSError:
                return

    def close(self) -> None:
        self._end()  # it owns nothing that could be lost, and the window must not wait for it

    def _watch(self) -> None:
        now = self._clock()
        self._silent += min(now - self._looked, LONGEST_LOOK)
        self._looked = now
        limit = self._limits[self.ready is not None]
        if self._silent > limit:
            self._end()
            raise GoneError(
                f"{self.spec.title} has not answered for {limit:.0f} seconds and was ended.", "The sound is still here."
            )

    def _end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        self._process.kill()
        self._process.join()
        self._process.close()
        self._outbox.close(1.0)
        connection.close()


class EmbeddingInProcess:
    """The synchronous twin: `poll` takes a step, and more while a clip is being scored. Loads at the first `poll`.

    For tests and scripts.
    """

    def __init__(self, spec: EmbedderSpec, load: LoadKit = load_kit) -> None:
        self.spec = spec
        self.ready: Ready | None = None
        self._load = load
        self._host: EmbeddingHost | None = None
        self._commands: list[HostCommand] = []
        self._news: list[HostNews] = []
        self._closed = False

    def send(self, command: HostCommand) -> None:
        self._commands.append(command)

    def poll(self) -> list[HostNews]:
        if self._closed:
            raise GoneError(f"{self.spec.title} was ended.", "It starts anew.")
        if self._host is None:
            self._start()
        if self._host is not None:
            commands, self._commands = self._commands, []
            for command in commands:
                self._host.handle(command)
            self._host.step()
            while self._host.busy:
                self._host.step()
        news, self._news[:] = list(self._news), []
        return news

    def wait(self, seconds: float) -> None:
        """There is nothing to wait for: it moves when it is polled."""

    def close(self) -> None:
        self._closed = True
        if self._host is not None:
            self._host.close()

    def _start(self) -> None:
        def tell(progress: Progress) -> None:
            self._news.append(progress)

        try:
            self._host = EmbeddingHost(self._load(self.spec, tell), self._news.append, skip_late=False)
        except LabBenchError as error:
            self._news.append(Unready(error.message, error.hint))
            return
        self.ready = self._host.ready
        self._news.append(self.ready)


class EmbeddingHosts:
    """Makes links, and keeps one that is loaded and free: what taught the words then hears them. From any thread."""

    def __init__(self, make: MakeLink = EmbeddingProcess) -> None:
        self._make = make
        self._spare: EmbeddingLink | None = None
        self._turn = threading.Lock()
        self._closed = False

    def take(self, spec: EmbedderSpec) -> EmbeddingLink:
        """The spare one where it is of that kind, else a new one; it is the caller's from now on."""
        with self._turn:
            spare = self._spare
            if spare is not None and spare.spec == spec:
                self._spare = None
                return spare
        return self._make(spec)

    def keep(self, link: EmbeddingLink) -> None:
        """A link that is loaded, with nothing to do: kept as the spare one, and the last one is ended."""
        with self._turn:
            old, self._spare = (link, None) if self._closed else (self._spare, link)
        if old is not None:
            old.close()

    def close(self) -> None:
        """End the spare one; what is given back from now on is ended at once."""
        with self._turn:
            self._closed = True
            spare, self._spare = self._spare, None
        if spare is not None:
            spare.close()
