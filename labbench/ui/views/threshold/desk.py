"""What a threshold would do with all that is there: takes, other sounds, speech, the shown sound. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import Job, Task
from labbench.live.worker import Worker
from labbench.ui.words.heard_by import alike
from labbench.wakeword.calibration import Calibration
from labbench.wakeword.material import Material, material_of
from labbench.wakeword.recount import Stream, firing_counts, firings
from labbench.wakeword.scoring import needs_windows
from labbench.wakeword.trade_off import thresholds
from labbench.wakeword.words import TaughtWord

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

MATERIAL_AFTER_MS = 300
"""Takes often come several at once; what they are judged by waits until they rest."""


@dataclass(frozen=True)
class Count:
    """What the threshold does: of `takes` so many are `missed`, of `others` so many `taken` for the word.

    In `seconds` of the shown sound it `fires`; the word is `said` in it so often, None where nobody has told.
    """

    threshold: float
    takes: int
    missed: int
    others: int
    taken: int
    seconds: float
    fires: int | None
    said: int | None = None


class ThresholdDesk(QObject):
    """Of one word at a time, `name`. Views `want` it while they are visible, and `leave`. Main thread.

    `changed`: other material, another word or another sound. `moved`: another threshold, for one. `grew`: running sound
    has another hop. `stepped`: `said` or `steps` is another.
    """

    changed = Signal()
    moved = Signal()
    grew = Signal()
    stepped = Signal()

    def __init__(self, bench: Bench, worker: Worker) -> None:
        super().__init__(bench)
        self._bench = bench
        self._worker = worker
        self._wanted: set[str] = set()
        self._made_of: tuple[object, ...] | None = None
        self._job: Job | None = None
        self._stepping: Job | None = None
        self._said: dict[tuple[Path, str], int] = {}
        self.name = ""
        self.material: Material | None = None
        self.steps: NDArray[np.int64] | None = None
        """How often each of `trade_off.thresholds()` fires in the shown sound, once that is known."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(MATERIAL_AFTER_MS)
        self._soon.timeout.connect(self._make)
        bench.teaching.words_changed.connect(self._words_changed)
        scores = bench.scores
        scores.spotted.connect(lambda _: self.grew.emit() if self._wanted else None)
        for signal in (scores.clip_spotted, scores.shown, bench.sound.opened, bench.sound.closed, bench.shown.shown):
            signal.connect(lambda *_: self._begin())

    # Who looks --------------------------------------------------------------------------------------------------------

    def want(self, view: str) -> None:
        """`view` is visible."""
        self._wanted.add(view)
        self._make()
        self._begin()

    def leave(self, view: str) -> None:
        """`view` is hidden: what is being worked out for it is not wanted any more."""
        self._wanted.discard(view)
        if not self._wanted:
            self._cancel()

    def use(self, name: str) -> None:
        """The word that is looked at."""
        if name != self.name:
            self.name = name
            if self._wanted:
                self._make()
                self._begin()

    # What is known ----------------------------------------------------------------------------------------------------

    @property
    def working(self) -> bool:
        """Whether the material is being measured."""
        return self._job is not None

    @property
    def word(self) -> TaughtWord | None:
        """It, once it can be heard."""
        word = self._bench.teaching.word(self.name)
        return word if word is not None and word.templates else None

    @property
    def number(self) -> int:
        """Its place among the words that can be heard: it decides the colour."""
        names = [name for name, _ in self._bench.teaching.live_words]
        return names.index(self.name) if self.name in names else 0

    @property
    def threshold(self) -> float | None:
        return dict(self._bench.teaching.live_words).get(self.name)

    @property
    def calibration(self) -> Calibration | None:
        return self._bench.teaching.calibration(self.name)

    @property
    def stream(self) -> Stream | None:
        """What the detector decides by, of the shown sound; None where there are no distances to this word."""
        stream = self._bench.scores.stream(self.name)
        return stream if stream is not None and len(stream.indices) else None

    @property
    def said(self) -> int | None:
        """How often the word is said in the shown recording; None where nobody has told."""
        recording = self._bench.shown.recording
        return self._said.get((recording.path, self.name)) if recording is not None and not self._bench.busy else None

    def say(self, said: int | None) -> None:
        """Somebody tells how often the word is said in the shown recording, or that this is not known."""
        recording = self._bench.shown.recording
        if recording is None or said == self.said:
            return
        if said is None:
            self._said.pop((recording.path, self.name), None)
        else:
            self._said[recording.path, self.name] = said
        self._step()
        self.stepped.emit()
        self.moved.emit()

    @property
    def can_be_told(self) -> bool:
        """Whether there is a recording of which one can know how often the word is said in it."""
        return self._bench.shown.recording is not None and not self._bench.busy and self.stream is not None

    def count(self, threshold: float | None = None) -> Count | None:
        """What this threshold, or the present one, does; None where the word can't be heard."""
        threshold = self.threshold if threshold is None else threshold
        if threshold is None:
            return None
        found, stream = self.material, self.stream
        fires = len(firings(stream, threshold)) if stream is not None else None
        seconds = self._bench.view.seconds or (stream.hours * 3600 if stream is not None else 0.0)
        if found is None:
            return Count(threshold, 0, 0, 0, 0, seconds, fires, self.said)
        return Count(
            threshold,
            len(found.takes),
            found.missed(threshold),
            len(found.others),
            found.taken(threshold),
            seconds,
            fires,
            self.said,
        )

    # Material ---------------------------------------------------------------------------------------------------------

    def _state(self) -> tuple[object, ...]:
        """Something that differs where the material would: takes are never changed, only replaced."""
        words = self._bench.teaching.words
        return self.name, self._bench.teaching.heard_by.identity(), words

    def _stale(self) -> bool:
        made, now = self._made_of, self._state()
        if made is None or made[:2] != now[:2]:
            return True
        before: tuple[TaughtWord, ...] = made[2]  # type: ignore[assignment]
        words = self._bench.teaching.words
        return len(before) != len(words) or not all(map(_same, before, words))

    def _words_changed(self) -> None:
        if not self._wanted:
            return
        if self._stale():
            self._soon.start()
        self.moved.emit()

    def _make(self) -> None:
        if not self._wanted or not self._stale():
            return
        if self._job is not None:
            self._job.cancel()
            self._job = None
        word = self.word
        if self.material is not None and (word is None or self.material.word != word.name):
            self.material = None
        self._made_of = self._state()
        if word is None:
            self.material = None
            self.changed.emit()
            return
        self._job = job = self._bench.jobs.prepare(f"Measuring takes of {word.name}", self._task(word), background=True)
        job.done.connect(lambda found: self._made(job, found))
        job.failed.connect(self._bench.notices.error)
        job.ended.connect(lambda: self._ended(job))
        job.start()
        self.changed.emit()

    def _task(self, word: TaughtWord) -> Task:
        teaching, worker = self._bench.teaching, self._worker
        windows = teaching.heard_by.windows if needs_windows(word.scoring) else ()
        others = tuple(other for other in teaching.words if other.name != word.name and other.templates)

        def task(progress: OnProgress, cancel: CancelToken) -> Material:
            return worker.call(material_of, word, others, windows, on_progress=progress, cancel=cancel)

        return task

    def _made(self, job: Job, found: Material) -> None:
        if self._job is job:
            self.material = found

    def _ended(self, job: Job) -> None:
        if self._job is job:
            self._job = None
            self.changed.emit()

    def _cancel(self) -> None:
        self._soon.stop()
        for job in (self._job, self._stepping):
            if job is not None:
                job.cancel()
        if self._job is not None:
            self._job, self._made_of = None, None
        self._stepping = None

    # The shown sound --------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._wanted:
            self.steps = None
            self._step()
            self.changed.emit()

    def _step(self) -> None:
        """Every threshold on the shown sound, where somebody has told how often the word is said."""
        if self._stepping is not None:
            self._stepping.cancel()
            self._stepping = None
        stream = self.stream
        if self.said is None or stream is None or self.steps is not None:
            return
        wanted = thresholds().tolist()

        def task(_progress: OnProgress, cancel: CancelToken) -> NDArray[np.int64]:
            return firing_counts(stream, wanted, cancel.check)

        self._stepping = job = self._bench.jobs.prepare("Counting firings", task, background=True)
        job.done.connect(lambda found: self._counted(job, found))
        job.start()

    def _counted(self, job: Job, found: NDArray[np.int64]) -> None:
        if self._stepping is job:
            self._stepping, self.steps = None, found
            self.stepped.emit()


def _same(one: TaughtWord, other: TaughtWord) -> bool:
    """Whether what is measured of them is the same."""
    same = one.name == other.name and one.scoring == other.scoring
    return same and alike(one.takes, other.takes) and alike(one.against, other.against)
