"""The sound that the window shows once nothing runs: a recording of the session. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.audio import pyramid
from labbench.audio.pyramid import OVERVIEW_FROM_SECONDS, Pyramid
from labbench.audio.stored import StoredSound
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.jobs.runner import Job, JobRunner, Task
from labbench.live.worker import Worker, import_file
from labbench.session.recordings import Recording
from labbench.session.store import Session
from labbench.ui.sounds.viewed_sound import Read, ViewedSound


class ShownSound(QObject):
    """Opens recordings and files from outside. Decoding and pyramids are the worker process's; each is one job.

    `shown` comes with the `Recording` once it can be drawn, `view_changed` when more of it can be.
    """

    trouble = Signal(object)
    status_changed = Signal(str)
    busy_changed = Signal(object)
    shown = Signal(object)
    view_changed = Signal()

    def __init__(self, worker: Worker, jobs: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._worker = worker
        self._jobs = jobs
        self._stored: StoredSound | None = None
        self._opening: Job | None = None
        self.recording: Recording | None = None
        self.view = ViewedSound()

    @property
    def opening(self) -> bool:
        """Whether a sound is being opened."""
        return self._opening is not None

    def samples(self, on_progress: OnProgress, cancel: CancelToken) -> NDArray[np.float32]:
        """All of it at 16 kHz; for a job's thread. Raises LabBenchError, Cancelled."""
        stored = self._stored
        return stored.at_16k(0, stored.model_frames) if stored is not None else np.zeros(0, np.float32)

    def leave(self) -> None:
        """Another sound begins: what is being opened is not wanted any more."""
        self.cancel()
        if self._stored is not None:
            self._stored.close()
        self._stored = self.recording = None
        self.view = ViewedSound()

    def cancel(self) -> None:
        """Give up what is being opened."""
        job, self._opening = self._opening, None
        if job is not None:
            job.cancel()
            self.busy_changed.emit(None)

    def recorded(self, recording: Recording, view: ViewedSound) -> None:
        """What has just been recorded and drawn: from now on it is read from its file."""
        self.leave()
        if not self._open(recording):
            return
        assert self._stored is not None
        self.view = ViewedSound(recording.rate, view.envelope, _reader(self._stored))
        self.shown.emit(recording)
        if recording.seconds > OVERVIEW_FROM_SECONDS:
            self._run(f"Drawing {recording.name}", self._pyramid_task(recording.path), self._refine)

    def show(self, recording: Recording, also: Task | None = None) -> None:
        """A recording of the session; `shown` follows. What `also` does is done in the job's thread before."""
        self.cancel()
        title = recording.title or f"recording {recording.name}"
        draw = self._pyramid_task(recording.path)

        def task(progress: OnProgress, cancel: CancelToken) -> Pyramid:
            found: Pyramid = draw(progress, cancel)
            if also is not None:
                also(progress, cancel)
            return found

        self._run(f"Opening {title}", task, lambda found: self._show(recording, found))

    def open_file(
        self, path: Path, session: Session, channel: int | None = None, then: Callable[[], None] | None = None
    ) -> None:
        """Take a file from outside into the session and show it; a file that is still being opened is given up.

        `then` is called once it is shown, and not at all where it can't be, or something else is wanted first.
        """
        self.cancel()

        def show(found: tuple[Recording, Pyramid]) -> None:
            self._show(*found)
            if then is not None and self.recording == found[0]:
                then()

        def task(progress: OnProgress, cancel: CancelToken) -> tuple[Recording, Pyramid]:
            recording = take_in(path, session, self._worker, channel, progress, cancel)
            return recording, self._pyramid_task(recording.path)(progress, cancel)

        self._run(f"Opening {path.name}", task, show)

    def _pyramid_task(self, path: Path) -> Task:
        def task(progress: OnProgress, cancel: CancelToken) -> Pyramid:
            found = pyramid.load(path)
            if found is None:
                self._worker.call(pyramid.build_beside, path, on_progress=progress, cancel=cancel)
                found = pyramid.load(path)
            return found if found is not None else pyramid.build(path, progress, cancel)

        return task

    def _run(self, title: str, task: Task, then: Callable[[Any], None]) -> None:
        job = self._jobs.prepare(title, task)
        self._opening = job

        def done(found: Any) -> None:
            if self._opening is job:
                self._opening = None
                self.busy_changed.emit(None)
                then(found)

        def failed(error: LabBenchError) -> None:
            if self._opening is job:
                self._opening = None
                self.busy_changed.emit(None)
                self.trouble.emit(error)

        job.progressed.connect(lambda progress: self._tell(job, title, progress))
        job.done.connect(done)
        job.failed.connect(failed)
        self.busy_changed.emit((title, None))
        job.start()

    def _tell(self, job: Job, title: str, progress: Progress) -> None:
        if self._opening is job:
            part = f"{title}: {progress.note.casefold()}" if progress.note else title
            self.busy_changed.emit((part, progress))

    def _show(self, recording: Recording, found: Pyramid) -> None:
        self.leave()
        if not self._open(recording):
            return
        assert self._stored is not None
        self.view = ViewedSound(recording.rate, found.envelope, _reader(self._stored), found.overview)
        self.shown.emit(recording)

    def _refine(self, found: Pyramid) -> None:
        self.view.overview = found.overview
        self.view_changed.emit()

    def _open(self, recording: Recording) -> bool:
        try:
            self._stored = StoredSound(recording.path)
        except LabBenchError as error:
            self.trouble.emit(error)
            return False
        self.recording = recording
        return True


def _reader(stored: StoredSound) -> Read:
    """Reads for the views, which may look once more at a sound that has just been closed: then nothing is there."""

    def read(start: int, stop: int) -> NDArray[np.float32]:
        try:
            return stored.read(start, stop)
        except LabBenchError:
            return np.zeros(0, np.float32)

    return read


def take_in(
    path: Path, session: Session, worker: Worker, channel: int | None, progress: OnProgress, cancel: CancelToken
) -> Recording:
    """Decode a file from outside into the session, as a recording. Raises LabBenchError, Cancelled."""
    found = import_file(worker, path, session.next_recording(), channel, progress, cancel)
    recording = Recording(found.path, found.rate, found.frames, title=path.stem, source=found.note or path.name)
    session.keep(recording)
    return recording
