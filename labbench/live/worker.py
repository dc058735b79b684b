"""A process for heavy or risky work: decoding files from outside, above all. If it crashes, the window doesn't notice.

A task is a top-level function `task(*args, on_progress, cancel)` whose arguments and result can be pickled. Both sides
of the pipe are this program; nothing that is unpickled here comes from a file.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol, TypeVar

from labbench.audio.decoders import name_of
from labbench.audio.importing import Imported, discard_part, import_sound
from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.live.worker_main import GRACE_SECONDS, QUIT, STOP, Done, Failed, worker_main

_TICK_SECONDS = 0.05
_Result = TypeVar("_Result")
Task = Callable[..., _Result]


class Worker(Protocol):
    """Carries out tasks, one at a time. Calls block: use it from a job's thread."""

    def call(
        self,
        task: Task[_Result],
        *args: Any,
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> _Result:
        """What `task` returns. Raises LabBenchError and Cancelled as the task does; anything else is a defect."""
        ...

    def close(self) -> None:
        """Cancel what runs and end; harmless when repeated. Later calls raise Cancelled."""
        ...


def import_file(
    worker: Worker,
    source: Path,
    target: Path,
    channel: int | None = None,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Imported:
    """`import_sound` by a worker; what one that crashed or was ended has left is removed. Raises as that does."""
    try:
        return worker.call(import_sound, source, target, channel, on_progress=on_progress, cancel=cancel)
    except BaseException:
        discard_part(target)
        raise


class _GoneError(Exception):
    """The process has ended."""


class WorkerProcess:
    """Tasks in a spawned process, which is started at the first one and kept.

    After a crash, and after a cancel that a task didn't heed, the next call starts a new one.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._closed = threading.Event()
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    @property
    def pid(self) -> int | None:
        """The process's number, if there is one."""
        process = self._process
        return process.pid if process is not None else None

    def call(
        self,
        task: Task[_Result],
        *args: Any,
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> _Result:
        cancel = cancel or CancelToken()
        request = pickle.dumps((task, args))
        with self._taking_turn(cancel):
            try:
                self._send(request)
                reply = self._receive(cancel, on_progress)
            except _GoneError:
                self._end()
                self._check(cancel)
                raise _crashed(args) from None
            except BaseException:  # left in the middle: what it still sends would be taken for the next answer
                self._end()
                raise
        if isinstance(reply, Done):
            result: _Result = reply.result
            return result
        if reply.details:
            raise RuntimeError(f"{reply.error}\n{reply.details}")
        raise reply.error

    def close(self) -> None:
        self._closed.set()
        if self._turn.acquire(timeout=2 * GRACE_SECONDS + 1.0):
            try:
                connection, process = self._connection, self._process
                if connection is not None and process is not None:
                    with contextlib.suppress(OSError):
                        connection.send_bytes(QUIT)
                    process.join(GRACE_SECONDS)
                self._end()
            finally:
                self._turn.release()
        elif (process := self._process) is not None:  # whoever has the turn is held up in its own progress
            process.kill()

    @contextmanager
    def _taking_turn(self, cancel: CancelToken) -> Iterator[None]:
        self._check(cancel)
        while not self._turn.acquire(timeout=_TICK_SECONDS):
            self._check(cancel)
        try:
            self._check(cancel)
            yield
        finally:
            self._turn.release()

    def _check(self, cancel: CancelToken) -> None:
        cancel.check()
        if self._closed.is_set():
            raise Cancelled

    def _send(self, request: bytes) -> None:
        if self._process is not None and self._connection is not None and self._process.is_alive():
            with contextlib.suppress(OSError):  # it ended just now
                self._connection.send_bytes(request)
                return
        self._end()
        context = multiprocessing.get_context("spawn")
        near, far = context.Pipe()
        process = context.Process(target=worker_main, args=(far,), name="labbench worker", daemon=True)
        try:
            process.start()
        except OSError as error:
            near.close()
            raise LabBenchError(
                "The process that reads files could not be started.", "Close other programs and try again."
            ) from error
        finally:
            far.close()
        self._process, self._connection = process, near
        try:
            near.send_bytes(request)
        except OSError as error:
            raise _GoneError from error

    def _receive(self, cancel: CancelToken, on_progress: OnProgress) -> Done | Failed:
        """The last reply of the running task; progress is passed on, a cancel is carried over. Raises _GoneError."""
        assert self._connection is not None
        stopped: float | None = None
        while True:
            try:
                if stopped is None and (cancel.cancelled or self._closed.is_set()):
                    stopped = time.monotonic()
                    self._connection.send_bytes(STOP)
                message = self._connection.recv_bytes() if self._connection.poll(_TICK_SECONDS) else None
            except (EOFError, OSError) as error:
                raise _GoneError from error
            reply: Done | Failed | Progress | None = pickle.loads(message) if message else None  # noqa: S301 - from us
            if isinstance(reply, Done | Failed):
                return reply
            if stopped is not None and time.monotonic() - stopped > GRACE_SECONDS:
                raise Cancelled
            if reply is not None:
                on_progress(reply)

    def _end(self) -> None:
        process, self._process = self._process, None
        connection, self._connection = self._connection, None
        if process is not None:
            if process.is_alive():
                process.kill()
            process.join()
            with contextlib.suppress(ValueError):  # somebody else has waited for it: its end is not known here
                process.close()
        if connection is not None:
            connection.close()


class WorkerInProcess:
    """The synchronous twin: the same tasks, here and now. For tests and for scripts."""

    def __init__(self) -> None:
        self._closed = False

    def call(
        self,
        task: Task[_Result],
        *args: Any,
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> _Result:
        cancel = cancel or CancelToken()
        cancel.check()
        if self._closed:
            raise Cancelled
        return task(*args, on_progress=on_progress, cancel=cancel)

    def close(self) -> None:
        self._closed = True


def _crashed(args: tuple[Any, ...]) -> LabBenchError:
    name = next((name_of(arg) for arg in args if isinstance(arg, Path)), "The file")
    return LabBenchError(
        f"{name} could not be read: the part that decodes it crashed.",
        "Convert the file to WAV with another program, or choose another one.",
    )
