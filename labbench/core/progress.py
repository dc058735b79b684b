"""Progress and cancel: the two things that every long job takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from labbench.core.errors import Cancelled


@dataclass(frozen=True)
class Progress:
    """How far a job is: `done` of `total` in `unit`; `total` is None where it is not known."""

    done: float
    total: float | None = None
    unit: str = ""
    note: str = ""


OnProgress = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """An `OnProgress` for callers that show none."""


class CancelToken:
    """Handed to a job; whoever holds it may cancel, from any thread. The job looks at it now and then."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._turn = threading.Lock()
        self._tell: list[Callable[[], None]] = []

    def cancel(self) -> None:
        with self._turn:
            self._event.set()
            tell = list(self._tell)
        for one in tell:
            one()

    @contextmanager
    def telling(self, cancelled: Callable[[], None]) -> Iterator[None]:
        """For a job that waits where it can't look: while entered, a cancel calls `cancelled`, briefly, in the thread
        of whoever cancels; at once where that has happened already."""
        with self._turn:
            self._tell.append(cancelled)
            already = self._event.is_set()
        try:
            if already:
                cancelled()
            yield
        finally:
            with self._turn:
                self._tell.remove(cancelled)

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if cancel was asked for."""
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Wait until cancelled, at most `seconds`; True if cancelled."""
        return self._event.wait(seconds)
