"""What is selected: its figures, and what can be done with it. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from labbench.core.progress import CancelToken, OnProgress
from labbench.core.timebase import MODEL_RATE
from labbench.jobs.runner import Job
from labbench.signal.measure import Measurement, measure_stretch
from labbench.signal.resampling import resample
from labbench.transcript.splicing import moved, spliced
from labbench.transcript.types import Transcript
from labbench.ui.time_axis import Span
from labbench.ui.transcripts.transcribing import EngineSlot
from labbench.ui.undo import Change

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

MEASURE_AFTER_MS = 80
MARGIN_SECONDS = 0.4


class Selection(QObject):
    """Measures the selection as it changes; `measured` gives a `Measurement`, or None where nothing is selected."""

    measured = Signal(object)

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._job: Job | None = None
        self.measurement: Measurement | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(MEASURE_AFTER_MS)
        self._soon.timeout.connect(self._measure)
        bench.axis.selection_changed.connect(self._changed)

    def reader_16k(self, span: Span) -> Callable[[OnProgress, CancelToken], NDArray[np.float32]]:
        """Reads the stretch of the sound that is shown now for the models, in a job's thread."""
        view = self._bench.view

        def read(_progress: OnProgress, _cancel: CancelToken) -> NDArray[np.float32]:
            samples = view.read(round(span[0] * view.rate), round(span[1] * view.rate))
            return resample(samples, view.rate, MODEL_RATE)

        return read

    def take_16k(self, span: Span) -> Callable[[OnProgress, CancelToken], NDArray[np.float32]]:
        """The same with silence around it: who selects a word exactly has cut away the pause that a take needs."""
        read = self.reader_16k(span)
        margin = np.zeros(round(MARGIN_SECONDS * MODEL_RATE), np.float32)
        return lambda progress, cancel: np.concatenate([margin, read(progress, cancel), margin])

    def transcribe(self) -> None:
        """Both engines read the selection again; what they read takes the place of what was there."""
        span = self._bench.axis.selection
        if span is None or self._bench.busy:
            return
        for slot in self._bench.engines.slots:
            self._transcribe(slot, span)

    def _transcribe(self, slot: EngineSlot, span: Span) -> None:
        before = slot.transcript
        recording, kept = self._bench.desk.shown, self._bench.keeping.stored(slot)

        def undoable() -> None:
            keeping = self._bench.keeping
            if self._bench.desk.shown == recording:
                put = partial(keeping.put_transcript, slot, recording)
                self._bench.undo.push(Change("Transcribe the selection", put, kept, keeping.stored(slot)))

        def combine(part: Transcript) -> Transcript:
            part = moved(part, span[0])
            whole = before if before is not None else replace(part, segments=(), took=0.0, skipped=())
            whole = Transcript(
                part.engine,
                part.language,
                whole.segments,
                self._bench.view.seconds,
                whole.took,
                whole.languages,
                skipped=whole.skipped,
            )
            return spliced(whole, part, *span)

        slot.transcribe(self.reader_16k(span), combine, undoable)

    def _changed(self, span: Span | None) -> None:
        if span is None:
            self._soon.stop()
            self._cancel()
            self.measurement = None
            self.measured.emit(None)
        else:
            self._soon.start()

    def _measure(self) -> None:
        span = self._bench.axis.selection
        if span is None:
            return
        self._cancel()
        view = self._bench.view
        start, stop = (min(view.frames, round(end * view.rate)) for end in span)

        def task(_progress: OnProgress, cancel: CancelToken) -> Measurement:
            return measure_stretch(view.read, start, stop, view.rate, cancel)

        job = self._bench.jobs.prepare("Measuring", task)
        self._job = job
        job.done.connect(lambda found: self._done(job, found))
        job.failed.connect(self._bench.notices.error)
        job.start()

    def _done(self, job: Job, found: Measurement) -> None:
        if self._job is job:
            self._job = None
            self.measurement = found
            self.measured.emit(found)

    def _cancel(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
