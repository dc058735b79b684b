"""Runs tasks in threads and tells the main thread how they go. A task is a plain function; it knows no Qt."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from enum import Enum
from typing import Any

from PySide6.QtCore import QObject, Signal

from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken, OnProgress


class _End(Enum):
    NOT_YET = 0
    DONE = 1
    FAILED = 2
    BROKEN = 3
    CANCELLED = 4


Task = Callable[[OnProgress, CancelToken], Any]


class Job(QObject):
    """One running task. Ends exactly once: `done`, `failed`, `broken` or `cancelled`, and then `ended`.

    All signals are emitted in the thread that made the job, the main thread, so that any callable may be connected.
    `broken` carries the details of a defect.
    """

    progressed = Signal(object)
    done = Signal(object)
    failed = Signal(object)
    broken = Signal(str)
    cancelled = Signal()
    ended = Signal()
    _from_thread = Signal(object, object)

    def __init__(self, title: str, task: Task, parent: QObject) -> None:
        super().__init__(parent)
        self.title = title
        self.token = CancelToken()
        self._task = task
        self._thread = threading.Thread(target=self._run, name=title)
        self._from_thread.connect(self._relay)

    def start(self) -> None:
        """Begin; a job that was cancelled before never does."""
        if self.token.cancelled:
            self._relay(_End.CANCELLED, None)
        else:
            self._thread.start()

    def cancel(self) -> None:
        """Ask the task to stop; `cancelled` follows, or another end if it was faster."""
        self.token.cancel()

    def join(self) -> None:
        """Wait for the thread; its last signals may still be on their way."""
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        send = self._from_thread.emit
        try:
            result = self._task(lambda progress: send(_End.NOT_YET, progress), self.token)
        except Cancelled:
            send(_End.CANCELLED, None)
        except LabBenchError as error:
            send(_End.FAILED, error)
        except Exception:  # noqa: BLE001 - a defect: shown with its details instead of ending in a thread nobody watches
            send(_End.BROKEN, traceback.format_exc())
        else:
            send(_End.DONE, result)

    def _relay(self, end: _End, content: Any) -> None:
        match end:
            case _End.NOT_YET:
                self.progressed.emit(content)
                return
            case _End.DONE:
                self.done.emit(content)
            case _End.FAILED:
                self.failed.emit(content)
            case _End.BROKEN:
                self.broken.emit(content)
            case _End.CANCELLED:
                self.cancelled.emit()
        self.ended.emit()


class JobRunner(QObject):
    """Keeps jobs until they end. `changed` is emitted when one starts or ends; `broken` repeats any job's."""

    changed = Signal()
    broken = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job] = []
        self._background: set[Job] = set()
        self._closed = False

    @property
    def running(self) -> tuple[Job, ...]:
        """What somebody waits for: without jobs in the background."""
        return tuple(job for job in self._jobs if job not in self._background)

    def prepare(self, title: str, task: Task, *, background: bool = False) -> Job:
        """A job that its caller connects and then starts. One in the `background` goes on until it is cancelled."""
        job = Job(title, task, self)
        if self._closed:
            job.cancel()
            return job
        self._jobs.append(job)
        if background:
            self._background.add(job)
        job.broken.connect(self.broken)
        job.ended.connect(self._forget)
        self.changed.emit()
        return job

    def close(self) -> None:
        """Cancel everything and wait for the threads; jobs that are started from now on end as cancelled at once.

        What a job says from now on, its result included, nobody hears: those who asked may be gone.
        """
        self._closed = True
        for job in self._jobs:
            job.cancel()
        for job in self._jobs:
            job.join()
            job.blockSignals(True)

    def _forget(self) -> None:
        job = self.sender()
        if isinstance(job, Job) and job in self._jobs:
            self._jobs.remove(job)
            self._background.discard(job)
            job.join()
            job.deleteLater()
            self.changed.emit()
