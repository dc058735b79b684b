"""Signs of life from a host process: that it works, not only that it is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PERIOD_SECONDS = 1.0
LEAST_WORK = 0.02
"""Of a core, over a period; a thread that only waits takes far less."""


@dataclass(frozen=True)
class Alive:
    """The process has worked since the last sign."""


class Pulse:
    """While a block is entered, `send` gets a sign from a thread of its own about once a second.

    In a block that `must_work` there is none for a second in which the process used no processor: a thread that waits
    for a lock which nobody will open is as good as dead. What holds the interpreter's lock for ever gives no sign
    either.
    """

    def __init__(
        self,
        send: Callable[[Alive], None],
        period: float = PERIOD_SECONDS,
        used_seconds: Callable[[], float] = time.process_time,
    ) -> None:
        self._send = send
        self._period = period
        self._used = used_seconds
        self._must_work = False
        self._entered = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)
        self._thread.start()

    @contextmanager
    def during(self, *, must_work: bool) -> Iterator[None]:
        self._must_work = must_work
        self._entered.set()
        try:
            yield
        finally:
            self._entered.clear()

    def close(self) -> None:
        """No more signs."""
        self._closed.set()
        self._entered.set()
        self._thread.join()

    def _run(self) -> None:
        before = self._used()
        while self._entered.wait() and not self._closed.wait(self._period):
            now = self._used()
            works = now - before > LEAST_WORK * self._period
            before = now
            if self._entered.is_set() and (works or not self._must_work):
                self._send(Alive())
