"""The whole sound that the window shows once nothing runs: a file, or the recording that has just ended. No widgets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.audio.files import Clip, read_clip
from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import Job, JobRunner
from labbench.ui.sound import Sound
from labbench.ui.teaching import Teaching


class ShownSound(QObject):
    """Opens files, and gives the samples of what is shown to those who read all of it. Decoding is a job."""

    trouble = Signal(object)
    status_changed = Signal(str)
    file_shown = Signal(object)

    def __init__(self, sound: Sound, teaching: Teaching, jobs: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._sound = sound
        self._teaching = teaching
        self._jobs = jobs
        self._clip: Clip | None = None
        self._opening: Job | None = None
        self._spotting: Job | None = None

    @property
    def anything(self) -> bool:
        """Whether there is a sound to read."""
        return self._clip is not None or self._sound.recording is not None

    def samples(self, on_progress: OnProgress, cancel: CancelToken) -> NDArray[np.float32]:
        """All of it at 16 kHz; for a job's thread. Raises LabBenchError, Cancelled."""
        clip, recording = self._clip, self._sound.recording
        if clip is not None:
            return clip.for_models()
        if recording is not None:
            return read_clip(recording.path, cancel=cancel).for_models()
        return np.zeros(0, np.float32)

    def leave(self) -> None:
        """Another sound begins: what is being opened is not wanted any more."""
        self._cancel()
        self._clip = None

    def open(self, path: Path) -> None:
        """Decode a file and show it; `file_shown` follows. A file that is still being opened is given up."""
        self._cancel()
        job = self._jobs.prepare(f"Opening {path.name}", lambda progress, cancel: read_clip(path, progress, cancel))
        self._opening = job
        job.progressed.connect(lambda progress: self.status_changed.emit(f"Opening {path.name}: {progress.done:.0f} s"))
        job.done.connect(lambda clip: self._show(job, path, clip))
        job.failed.connect(self.trouble)
        job.start()

    def spot(self) -> None:
        """Look for the taught words in all of it, as they are now."""
        if not self.anything or not self._teaching.live_words:
            return
        if self._spotting is not None:
            self._spotting.cancel()
        job = self._jobs.prepare("Reading the sound", self.samples)
        self._spotting = job
        job.done.connect(lambda samples: self._teaching.spot_clip(samples) if self._spotting is job else None)
        job.failed.connect(self.trouble)
        job.start()

    def _show(self, job: Job, path: Path, clip: Clip) -> None:
        if self._opening is not job:
            return
        self._opening = None
        self._clip = clip
        self._sound.show_clip(clip)
        self.status_changed.emit(clip.note or f"{path.name}, {clip.seconds:.1f} s")
        self.file_shown.emit(path)
        self.spot()

    def _cancel(self) -> None:
        for job in (self._opening, self._spotting):
            if job is not None:
                job.cancel()
        self._opening = self._spotting = None
