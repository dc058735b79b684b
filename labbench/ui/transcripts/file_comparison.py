"""Both engines over many files, as a table: what is wrong, how fast, how much memory. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.audio.stored import StoredSound
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.jobs.runner import Job
from labbench.live.worker import Worker, WorkerProcess, import_file
from labbench.models.hosting import EngineHost
from labbench.models.trials import try_engine
from labbench.transcript.compare import pooled
from labbench.transcript.engine import Options
from labbench.transcript.reference_text import text_beside
from labbench.transcript.trials import Trial, csv_text, file_row, mean_over_sound
from labbench.ui.transcripts.lab_trials import whole

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

POOLED = "All files"


@dataclass(frozen=True)
class Figures:
    """One engine on one file, or on all; rates over 1, seconds, 10^6 bytes. None for what is not known."""

    word_error_rate: float | None = None
    character_error_rate: float | None = None
    real_time_factor: float | None = None
    first_text_s: float | None = None
    memory_mb: float | None = None


@dataclass(frozen=True)
class ComparedFile:
    """A file, and what came of it so far; `note` is a sentence about what went wrong."""

    path: Path
    seconds: float | None = None
    trials: tuple[Trial | None, Trial | None] = (None, None)
    note: str = ""
    done: bool = False


@dataclass(frozen=True)
class _FileCame(Progress):
    """Progress that brings what is known of a file."""

    number: int = -1
    file: ComparedFile | None = None


class FileComparison(QObject):
    """One job at a time over `files`. Main thread; `changed` follows when a row is another, or a job begins or ends."""

    changed = Signal()
    progressed = Signal(object)
    trouble = Signal(object)

    def __init__(self, bench: Bench, make_worker: Callable[[], Worker] = WorkerProcess) -> None:
        super().__init__(bench)
        self._bench = bench
        self._make_worker = make_worker
        self._job: Job | None = None
        self.files: tuple[ComparedFile, ...] = ()
        self.engines = tuple(slot.spec.title for slot in bench.engines.slots)
        bench.running_changed.connect(lambda source, opening: self.stop() if source is not None or opening else None)
        for slot in bench.engines.slots:
            slot.chosen.connect(lambda _: self.stop())

    @property
    def running(self) -> bool:
        return self._job is not None

    def start(self, paths: Sequence[Path]) -> None:
        """Both engines on these files, in place of what was there."""
        self.stop()
        bench = self._bench
        if bench.busy:
            self.trouble.emit(LabBenchError("Files are not compared while sound runs.", "Stop it first."))
            return
        if bench.engines.lack is not None:
            self.trouble.emit(bench.engines.lack)
            return
        self.engines = tuple(slot.spec.title for slot in bench.engines.slots)
        self.files = tuple(ComparedFile(path) for path in paths)
        for slot in bench.engines.slots:
            if slot.host is None:
                slot.warm_up()
        hosts = tuple(slot.host for slot in bench.engines.slots if slot.host is not None)
        options = tuple(whole(slot.options) for slot in bench.engines.slots)
        files, make, channel = self.files, self._make_worker, bench.preferences.channel

        def task(progress: OnProgress, cancel: CancelToken) -> None:
            with closing(make()) as worker, TemporaryDirectory(prefix="labbench-") as scratch:
                for number, file in enumerate(files):
                    told = _Told(progress, number, len(files), file)
                    _compare(told, worker, Path(scratch) / f"{number}.wav", hosts, options, channel, cancel)

        job = self._job = bench.jobs.prepare(f"Comparing over {len(files)} files", task)
        job.progressed.connect(lambda progress: self._progressed(job, progress))
        job.failed.connect(lambda error: self.trouble.emit(error) if self._job is job else None)
        job.ended.connect(lambda: self._ended(job))
        self.changed.emit()
        job.start()

    def stop(self) -> None:
        """Stop; what is known so far stays."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
            self.changed.emit()

    def pooled(self, slot: int) -> Figures:
        """Of all files that an engine has read: errors over all words, time over all sound."""
        trials = [file.trials[slot] for file in self.files]
        found = [trial for trial in trials if trial is not None]
        rates = [trial.rates for trial in found if trial.rates is not None]
        letters = [(one.character_error_rate, one.words) for one in rates if one.character_error_rate is not None]
        speeds = [(trial.transcript.real_time_factor, trial.transcript.duration) for trial in found]
        first = [trial.first_text_s for trial in found if trial.first_text_s is not None]
        memory = [trial.memory_mb for trial in found if trial.memory_mb is not None]
        return Figures(
            pooled(rates),
            mean_over_sound([(rate, float(words)) for rate, words in letters]),
            mean_over_sound(speeds),
            sum(first) / len(first) if first else None,
            max(memory, default=None),
        )

    @property
    def seconds(self) -> float:
        """Of all files together."""
        return sum(file.seconds or 0.0 for file in self.files)

    def csv(self) -> str:
        """As `labbench compare` writes it: a row for each engine and file, engine by engine."""
        rows = [
            file_row(str(file.path), trial)
            for slot in range(len(self.engines))
            for file in self.files
            if (trial := file.trials[slot]) is not None
        ]
        return csv_text(rows)

    def _progressed(self, job: Job, progress: Progress) -> None:
        if self._job is not job:
            return
        if isinstance(progress, _FileCame) and progress.file is not None:
            number = progress.number
            self.files = (*self.files[:number], progress.file, *self.files[number + 1 :])
            self.changed.emit()
        self.progressed.emit(progress)

    def _ended(self, job: Job) -> None:
        if self._job is job:
            self._job = None
            self.changed.emit()


class _Told:
    """Tells how far the comparison is, and what is known of one file. Belongs to the job's thread."""

    def __init__(self, progress: OnProgress, number: int, total: int, file: ComparedFile) -> None:
        self._progress, self._number, self._total = progress, number, total
        self.file = file

    def doing(self, what: str) -> None:
        self._progress(Progress(self._number, self._total, "files", f"{what}: {self.file.path.name}"))

    def know(self, file: ComparedFile) -> None:
        self.file = file
        done = self._number + (1 if file.done else 0)
        self._progress(_FileCame(done, self._total, "files", "", self._number, file))


def _compare(
    told: _Told,
    worker: Worker,
    scratch: Path,
    hosts: Sequence[EngineHost],
    options: Sequence[Options],
    channel: int | None,
    cancel: CancelToken,
) -> None:
    """One file; what goes wrong with it is told in its row. Raises Cancelled."""
    cancel.check()
    told.doing("Reading")
    try:
        samples, note = _read(told.file.path, worker, scratch, channel, cancel)
        reference = text_beside(told.file.path)
    except LabBenchError as error:
        told.know(replace(told.file, note=error.message, done=True))
        return
    file = replace(told.file, seconds=len(samples) / 16_000, note=note)
    trials: list[Trial | None] = [None, None]
    for number, (host, option) in enumerate(zip(hosts, options, strict=True)):
        told.doing(host.spec.title)
        try:
            trials[number] = try_engine(host, samples, reference, option, cancel=cancel)
        except LabBenchError as error:
            file = replace(file, note=error.message)
        file = replace(file, trials=(trials[0], trials[1]))
        told.know(replace(file, done=number == len(hosts) - 1))


def _read(
    path: Path, worker: Worker, scratch: Path, channel: int | None, cancel: CancelToken
) -> tuple[NDArray[np.float32], str]:
    """A file from outside, decoded by the worker into a file of its own, which is removed. Samples at 16 kHz."""
    try:
        found = import_file(worker, path, scratch, channel, cancel=cancel)
        with closing(StoredSound(found.path)) as sound:
            return np.array(sound.at_16k(0, sound.model_frames)), found.note
    finally:
        scratch.unlink(missing_ok=True)
