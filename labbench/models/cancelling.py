"""Cancel where Python waits for the network and does not look at any token."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol, TypeVar

from labbench.core.progress import CancelToken

T = TypeVar("T")
_TICK_SECONDS = 0.05


class Connected(Protocol):
    """Something over a socket, such as an answer that is being read."""

    def fileno(self) -> int: ...


def cancellable(work: Callable[[], T], cancel: CancelToken, drop: Callable[[T], object]) -> T:
    """The result of `work`, which runs in a thread of its own; Cancelled comes at once.

    What it returns after that is given to `drop`, in that thread. Raises what `work` raises.
    """
    done, turn = threading.Event(), threading.Lock()
    found: list[T] = []
    failed: list[Exception] = []
    left = False

    def run() -> None:
        try:
            result = work()
            with turn:
                if not left:
                    found.append(result)
                    return
            drop(result)
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits
            failed.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name="network", daemon=True).start()
    while not done.wait(_TICK_SECONDS):
        if cancel.cancelled:
            with turn:
                left = True
            break
    if not found and not failed:
        cancel.check()
    if failed:
        raise failed[0]
    return found[0]


@contextmanager
def cut_on_cancel(answer: Connected, cancel: CancelToken) -> Iterator[None]:
    """While entered, a cancel ends the connection, so that a read in progress returns or fails at once."""
    ended, turn = threading.Event(), threading.Lock()

    def watch() -> None:
        while not ended.wait(_TICK_SECONDS):
            if cancel.cancelled:
                with turn, suppress(OSError, ValueError, AttributeError):  # it may be read to its end
                    if not ended.is_set():
                        _shut(answer.fileno())
                return

    watcher = threading.Thread(target=watch, name="cancel", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with turn:
            ended.set()
        watcher.join()


def _shut(number: int) -> None:
    connection = socket.socket(fileno=number)
    try:
        connection.shutdown(socket.SHUT_RDWR)
    finally:
        connection.detach()  # it belongs to the answer
