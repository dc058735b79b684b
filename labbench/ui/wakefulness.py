"""The computer stays awake for as long as something is recorded. No widgets."""

from __future__ import annotations

from PySide6.QtCore import QObject

from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import Job, JobRunner
from labbench.live.awake import KeepAwake
from labbench.ui.sounds.sound import Sound


class Wakefulness(QObject):
    """Holds one job while a recording runs: asking the system may take a moment, and belongs in a thread."""

    def __init__(self, sound: Sound, jobs: JobRunner, keep_awake: KeepAwake, parent: QObject) -> None:
        super().__init__(parent)
        self._sound = sound
        self._jobs = jobs
        self._keep_awake = keep_awake
        self._job: Job | None = None
        sound.opened.connect(lambda _: self._begin())
        sound.closed.connect(lambda _: self._end())
        sound.lost.connect(self._end)

    @property
    def holding(self) -> bool:
        """Whether the system has been asked to stay awake, and has not refused."""
        return self._job is not None

    def _begin(self) -> None:
        if self._sound.recording_to is None or self._job is not None:
            return

        def task(_progress: OnProgress, cancel: CancelToken) -> bool:
            return self._keep_awake(cancel)

        job = self._jobs.prepare("Keeping the computer awake", task, background=True)
        self._job = job
        job.ended.connect(lambda: self._ended(job))
        job.start()

    def _end(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _ended(self, job: Job) -> None:
        if self._job is job:
            self._job = None
