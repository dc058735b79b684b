"""The state of the failure lab: the shown sound spoilt by degrees, and what both engines make of it. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.core.timebase import MODEL_RATE
from labbench.jobs.runner import Job
from labbench.session.recordings import Recording
from labbench.session.results import results_folder
from labbench.session.store import Session
from labbench.session.trials_file import (
    FILE,
    UNSPOILT,
    Series,
    Slot,
    Source,
    SpoiltPoint,
    load_series,
    write_series,
)
from labbench.signal.degradations import DEGRADATIONS, Degradation
from labbench.transcript.trials import csv_text, stress_row
from labbench.transcript.types import Transcript
from labbench.ui.transcripts.lab_trials import Order, PointCame, bounded, run_ways, spoil, whole, within

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

LONGEST_SECONDS = 300.0
"""Each way is five levels for two engines: more sound than this would be a matter of hours."""


class FailureLab(QObject):
    """Tries ways on the shown sound, or its selection, one job at a time. All signals in the main thread.

    `changed` follows when points, the reference or the recording are others, `running_changed` when a job begins or
    ends, `progressed` brings a `Progress` in trials, `trouble` an expected failure.
    """

    changed = Signal()
    running_changed = Signal(bool)
    progressed = Signal(object)
    trouble = Signal(object)

    def __init__(self, bench: Bench, ways: tuple[Degradation, ...] = tuple(DEGRADATIONS.values())) -> None:
        super().__init__(bench)
        self._bench = bench
        self.ways = ways
        self._job: Job | None = None
        self._waiting: list[Degradation] = []
        self._trying: Degradation | None = None
        self._all: tuple[Series, ...] = ()
        self._at = -1
        self._of: tuple[Session, Recording] | None = None
        bench.shown.shown.connect(lambda _: self._sound_changed())
        bench.desk.leaving.connect(self._sound_changed)
        bench.running_changed.connect(lambda source, opening: self.stop() if source is not None or opening else None)
        for slot in bench.engines.slots:
            slot.chosen.connect(lambda _: self.stop())
        self._sound_changed()

    # What is known --------------------------------------------------------------------------------------------------

    @property
    def series(self) -> Series | None:
        """The one that is shown, None before the first."""
        return self._all[self._at] if self._all else None

    @property
    def all_series(self) -> tuple[Series, ...]:
        """Of this recording, the oldest first."""
        return self._all

    def choose(self, number: int) -> None:
        """Show another series; `-1` is the newest. Nothing while a job runs."""
        if self._all and -len(self._all) <= number < len(self._all) and not self.running:
            self._at = number % len(self._all)
            self.changed.emit()

    @property
    def running(self) -> bool:
        return self._job is not None

    @property
    def tried(self) -> tuple[str, ...]:
        """The names of the ways of which there are points, in their order in the list of ways."""
        names = {point.way for point in self.series.points} if self.series is not None else set()
        return tuple(way.name for way in self.ways if way.name in names)

    def points(self, way: str, slot: Slot) -> tuple[SpoiltPoint, ...]:
        """Of one engine, in the order of the axis, the sound as it is in its place."""
        if self.series is None or way not in DEGRADATIONS:
            return ()
        neutral = DEGRADATIONS[way].neutral
        mine = [point for point in self.series.points if point.slot == slot]
        found = {point.level: point for point in mine if point.way == way}
        clean = next((point for point in mine if point.way == UNSPOILT), None)
        if clean is not None:
            found[neutral] = replace(clean, level=neutral)
        return tuple(found[level] for level in self.scale(way) if level in found)

    def scale(self, way: str) -> tuple[float, ...]:
        """The levels of a way in the order of an axis: its own, and others that were tried."""
        known = DEGRADATIONS[way]
        for point in self.series.points if self.series is not None else ():
            if point.way == way:
                known = known.with_level(point.level)
        return known.scale

    def rows(self) -> list[dict[str, object]]:
        """The series as rows, as `labbench stress` has them."""
        points = self.series.points if self.series is not None else ()
        units = {way.name: way.unit for way in DEGRADATIONS.values()}
        return [stress_row(one.way, one.level, units.get(one.way, ""), one.trial) for one in points]

    def csv(self) -> str:
        """The rows as a file."""
        return csv_text(self.rows())

    # Doing ------------------------------------------------------------------------------------------------------------

    def add(self, name: str, also: float | None = None) -> None:
        """Both engines on the sound, spoilt in this way from mild to severe, and to `also`; waits for what runs."""
        way = next(way for way in self.ways if way.name == name)
        if also is not None:
            way = way.with_level(also)
        if self.running:
            if way not in self._waiting and way != self._trying:
                self._waiting.append(way)
            return
        self._start(way)

    def stop(self) -> None:
        """Stop what runs; the points so far stay."""
        self._waiting.clear()
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
            self._write()
            self.running_changed.emit(False)

    def play(self, point: SpoiltPoint) -> None:
        """Hear what the engine heard, never louder than is good for ears."""
        if self._bench.busy:
            self.trouble.emit(LabBenchError("What runs can't be played over.", "Stop it first."))
            return
        series, recording = self.series, self._bench.shown.recording
        if series is None or recording is None:
            return
        load, way, level = self._reader(series.span), DEGRADATIONS.get(point.way), point.level

        def task(progress: OnProgress, cancel: CancelToken) -> NDArray[np.float32]:
            samples = load(progress, cancel)
            spoilt = samples if way is None or level == way.neutral else spoil(way, samples, level)
            return bounded(spoilt)

        def hear(sound: NDArray[np.float32]) -> None:
            if self._bench.shown.recording == recording and not self._bench.busy:
                self._bench.playback.play_samples(sound, MODEL_RATE)

        job = self._bench.jobs.prepare("Spoiling the sound", task)
        job.done.connect(hear)
        job.failed.connect(self.trouble)
        job.start()

    def _start(self, way: Degradation) -> None:
        try:
            self._begin(way)
        except LabBenchError as error:
            self.trouble.emit(error)

    def _begin(self, way: Degradation) -> None:
        bench = self._bench
        if bench.busy:
            raise LabBenchError("The lab does not disturb what runs.", "Stop it first.")
        recording = bench.shown.recording
        if recording is None:
            raise LabBenchError("There is no sound to spoil yet.", "Record or open one first.")
        if bench.engines.lack is not None:
            raise bench.engines.lack
        span = bench.axis.selection
        seconds = recording.seconds if span is None else span[1] - span[0]
        if seconds > LONGEST_SECONDS:
            raise LabBenchError("This sound is too long for the lab.", "Select at most five minutes of it.")
        if seconds < 0.2:
            raise LabBenchError("There is too little sound.", "Select more of it.")
        slots, corrected = bench.engines.slots, bench.reference.transcript
        if corrected is not None and not any(map(str.isalnum, within(corrected, span))):
            raise LabBenchError("The corrected text has no words here.", "Select another stretch.")
        series = self._series(span, corrected, (slots[0].spec.title, slots[1].spec.title))
        for slot in slots:
            if slot.host is None:
                slot.warm_up()
        a, b = (slot.host for slot in slots)
        assert a is not None and b is not None
        asked = corrected is None and not series.reference
        order = Order(
            (way,),
            (a, b),
            (whole(slots[0].options), whole(slots[1].options)),
            None if asked else series.reference,
            None if asked else series.language,
            frozenset((point.slot, point.way, point.level) for point in series.points),
        )
        load = self._reader(span)
        job = bench.jobs.prepare(f"{way.title}: both engines", lambda *told: run_ways(order, load, *told))
        self._job, self._trying = job, way
        job.progressed.connect(lambda progress: self._progressed(job, progress))
        job.failed.connect(lambda error: self._failed(job, error))
        job.ended.connect(lambda: self._ended(job))
        self.running_changed.emit(True)
        job.start()

    def _series(
        self, span: tuple[float, float] | None, corrected: Transcript | None, engines: tuple[str, str]
    ) -> Series:
        """The newest one with the same conditions, else a new one."""
        source: Source = "corrected" if corrected is not None else "engine a"
        text = within(corrected, span) if corrected is not None else ""
        language = corrected.language if corrected is not None else ""
        for number in reversed(range(len(self._all))):
            one = self._all[number]
            same = (one.span, one.source, one.engines) == (span, source, engines)
            if same and (source == "engine a" or one.reference == text):
                break
        else:
            self._all = (*self._all, Series(span, text, source, language, engines))
            number = len(self._all) - 1
        self._at = number
        self.changed.emit()
        return self._all[number]

    def _reader(self, span: tuple[float, float] | None) -> Callable[[OnProgress, CancelToken], NDArray[np.float32]]:
        shown = self._bench.shown

        def load(progress: OnProgress, cancel: CancelToken) -> NDArray[np.float32]:
            samples = shown.samples(progress, cancel)
            return samples if span is None else samples[round(span[0] * MODEL_RATE) : round(span[1] * MODEL_RATE)]

        return load

    # What comes back --------------------------------------------------------------------------------------------------

    def _progressed(self, job: Job, progress: Progress) -> None:
        if self._job is not job:
            return
        series = self.series
        if isinstance(progress, PointCame) and progress.point is not None and series is not None:
            new = replace(series, points=(*series.points, progress.point))
            if not series.reference:
                new = replace(new, reference=progress.reference, language=progress.language)
            self._all = (*self._all[: self._at], new, *self._all[self._at + 1 :])
            self.changed.emit()
        self.progressed.emit(progress)

    def _failed(self, job: Job, error: LabBenchError) -> None:
        if self._job is job:
            self._waiting.clear()
            self.trouble.emit(error)

    def _ended(self, job: Job) -> None:
        if self._job is not job:
            return
        self._job = None
        self._write()
        self.running_changed.emit(False)
        if self._waiting:
            self._start(self._waiting.pop(0))

    def _sound_changed(self) -> None:
        self.stop()
        bench = self._bench
        recording = bench.shown.recording
        self._of = (bench.desk.session, recording) if recording is not None else None
        self._all = ()
        if self._of is not None:
            self._all, lost = load_series(results_folder(*self._of) / FILE)
            for sentence in lost:
                bench.notices.info.emit(sentence)
        self._at = len(self._all) - 1
        self.changed.emit()

    def _write(self) -> None:
        kept = tuple(one for one in self._all if one.points)
        if self._of is None or not kept or not self._of[1].path.exists():
            return
        try:
            write_series(results_folder(*self._of) / FILE, kept)
        except LabBenchError as error:
            self.trouble.emit(error)
