"""Messages out through a pipe without ever waiting for the other side to read.

Two processes that both write to a full pipe would wait for each other for ever; and the ear must go on recording while
the window is held up. A thread does the waiting.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

MOST_WAITING = 1000


class Outbox:
    """Bounded: when more than `MOST_WAITING` messages wait, one is dropped and counted.

    That is the oldest for which `expendable` is true.
    """

    def __init__(self, connection: Connection, expendable: Callable[[Any], bool] = lambda _: False) -> None:
        self._connection = connection
        self._expendable = expendable
        self._waiting: deque[Any] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, message: Any) -> None:
        """Queue a message; returns at once."""
        with self._changed:
            self._waiting.append(message)
            if len(self._waiting) > MOST_WAITING:
                self._drop_one()
            self._changed.notify()

    def close(self, seconds: float) -> None:
        """Send what waits, for at most `seconds`, and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)

    def _drop_one(self) -> None:
        for index, message in enumerate(self._waiting):
            if self._expendable(message):
                del self._waiting[index]
                self.dropped += 1
                return

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                message = self._waiting.popleft()
            try:
                self._connection.send(message)
            except (OSError, ValueError):  # the other side is gone, which whoever reads from it notices
                return
