"""The far side of a worker: the spawned process that carries out tasks, and what it answers.

Its main thread works; a second one only listens, so that a cancel is noticed in the middle of a task.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken, Progress

GRACE_SECONDS = 1.0
"""A task that has not stopped this long after a cancel is ended with its process."""
PROGRESS_SECONDS = 0.05
_NICE = 5


@dataclass(frozen=True)
class Done:
    """The task is through."""

    result: Any


@dataclass(frozen=True)
class Failed:
    """`error` is what is to be raised; `details`, set for a defect alone, its traceback."""

    error: Exception
    details: str = ""


STOP, QUIT = b"stop", b"quit"  # no pickle begins like these


def worker_main(connection: Connection) -> None:
    """Entry of the spawned process: one task after the other, until the other side quits or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches every process; the near side decides
    _step_back()
    _be_silent()
    calls: queue.Queue[tuple[bytes | None, CancelToken]] = queue.Queue()
    threading.Thread(target=_listen, args=(connection, calls), name="listen", daemon=True).start()
    while True:
        request, cancel = calls.get()
        if request is None:
            return
        with contextlib.suppress(OSError):  # the other side is gone, which the listener notices
            connection.send_bytes(_answer(request, connection, cancel))


def _listen(connection: Connection, calls: queue.Queue[tuple[bytes | None, CancelToken]]) -> None:
    """Hand requests to the working thread; a stop reaches the token of the newest. Ends with the connection."""
    newest = CancelToken()
    message = b""
    while message != QUIT:
        try:
            message = connection.recv_bytes()
        except (EOFError, OSError):
            message = QUIT
        if message == STOP:
            newest.cancel()
        elif message != QUIT:
            newest = CancelToken()
            calls.put((message, newest))
    newest.cancel()
    calls.put((None, newest))
    threading.Event().wait(GRACE_SECONDS)  # the process is over before, unless native code holds it up
    os._exit(1)


def _answer(request: bytes, connection: Connection, cancel: CancelToken) -> bytes:
    """Carry out one request; progress goes out on the way."""
    relay = _Relay(connection)
    reply: Failed
    try:
        task, args = pickle.loads(request)  # noqa: S301 - from us
        done = pickle.dumps(Done(task(*args, on_progress=relay, cancel=cancel)))
        relay.flush()
        return done
    except (LabBenchError, Cancelled) as error:
        reply = Failed(error)
    except MemoryError:
        reply = Failed(LabBenchError("There was not enough memory for this.", "Close other programs and try again."))
    except Exception as error:  # noqa: BLE001 - told with its details; the process goes on
        reply = Failed(RuntimeError(f"{type(error).__name__}: {error}"), traceback.format_exc())
    return _pickled(reply)


def _pickled(reply: Failed) -> bytes:
    """An error that doesn't survive the way goes as the plain kind that it is."""
    try:
        packed = pickle.dumps(reply)
        pickle.loads(packed)  # noqa: S301 - made in the line before
    except Exception:  # noqa: BLE001 - whatever its own code raises
        error = reply.error
        plain = LabBenchError(error.message, error.hint) if isinstance(error, LabBenchError) else Cancelled()
        return pickle.dumps(Failed(plain))
    return packed


class _Relay:
    """Progress to the other side, at most every `PROGRESS_SECONDS`; the latest is never lost."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sent = -PROGRESS_SECONDS
        self._waiting: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        self._waiting = progress
        if time.monotonic() - self._sent >= PROGRESS_SECONDS:
            self.flush()

    def flush(self) -> None:
        if self._waiting is not None:
            with contextlib.suppress(OSError):
                self._connection.send_bytes(pickle.dumps(self._waiting))
            self._sent, self._waiting = time.monotonic(), None


def _step_back() -> None:
    """Run at a lower priority than window and ear."""
    import psutil

    with contextlib.suppress(OSError, psutil.Error):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(_NICE)


def _be_silent() -> None:
    """Decoders write a line to the terminal for every damaged frame; what matters comes back as a reply."""
    with contextlib.suppress(OSError), Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
