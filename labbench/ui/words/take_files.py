"""Takes from files: read in a job's thread, decoded in the worker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labbench.audio.files import read_clip
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.jobs.runner import Task
from labbench.live.worker import Worker


def takes_task(paths: Sequence[Path], worker: Worker) -> Task:
    """Gives (what to call it, samples at 16 kHz) for each file. Raises LabBenchError, Cancelled when it runs."""

    def task(progress: OnProgress, cancel: CancelToken) -> list[tuple[str, NDArray[np.float32]]]:
        clips = []
        for number, path in enumerate(paths):
            cancel.check()
            progress(Progress(number, len(paths), "files"))
            clips.append((path.stem.replace("_", " "), worker.call(read_take, path, cancel=cancel)))
        return clips

    return task


def read_take(path: Path, *, on_progress: OnProgress, cancel: CancelToken) -> NDArray[np.float32]:
    """For the worker: a short sound file at 16 kHz. Raises LabBenchError, Cancelled."""
    return read_clip(path, on_progress, cancel).for_models()
