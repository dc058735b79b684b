"""A limit for what may never come back: a call into the system, or another process that hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Patience:
    """While a block is entered longer than it may be, `give_up` is called from a thread of its own.

    `give_up` is expected to end what is waited for, and is called once. Until it returns the block is not left, so that
    the two never work at the same time.
    """

    def __init__(self, give_up: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._give_up = give_up
        self._clock = clock
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="patience", daemon=True)
        self._thread.start()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """The block may take so long. Not to be nested."""
        self.expect_end(seconds)
        try:
            yield
        finally:
            with self._changed:
                self._deadline = None

    def expect_end(self, seconds: float) -> None:
        """`give_up` is called after so long from now, whatever was said before."""
        with self._changed:
            self._deadline = self._clock() + seconds
            self._changed.notify()

    def close(self) -> None:
        """Nothing will be waited for any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                left = None if self._deadline is None else self._deadline - self._clock()
                if left is not None and left <= 0:
                    self._give_up()
                    return
                self._changed.wait(left)
