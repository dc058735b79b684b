"""Learning what is normal: from the selection, from a whole recording, or from what runs. No widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.core.timebase import MODEL_RATE
from labbench.jobs.runner import Job, Task
from labbench.session.anomaly_file import Learnt
from labbench.ui.anomaly.scoring import AnomalyScoring, pieces
from labbench.ui.time_axis import Span
from labbench.wakeword.anomaly import Normal, learn

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

LIVE_SECONDS = 60.0
SHORT = "Take half a minute or more; some minutes are better."


class AnomalyLearning(QObject):
    """One thing at a time; what is asked for later takes the place of what was. Main thread.

    `learnt` gives a `Learnt`. `progressed` tells how far it is (`Progress` in seconds), and None once it has ended.
    """

    learnt = Signal(object)
    progressed = Signal(object)

    def __init__(self, bench: Bench, scoring: AnomalyScoring) -> None:
        super().__init__(bench)
        self._bench = bench
        self._scoring = scoring
        self.progress: Progress | None = None
        self._job: Job | None = None
        self._live: _Heard | None = None
        self._wanted = 0.0  # seconds, of the source that is being opened for it
        scoring.ear.heard.connect(lambda samples, _: self._heard(samples))
        scoring.ear.ended.connect(self._ended)
        bench.sound_changed.connect(lambda _: self._other_sound())
        bench.sound.not_opened.connect(lambda: self.cancel() if self._wanted else None)

    @property
    def running(self) -> bool:
        return self.progress is not None

    @property
    def hears(self) -> bool:
        """Whether it learns from what runs, or from a source that is being opened."""
        return self._live is not None or self._wanted > 0.0

    def from_selection(self) -> None:
        """What is selected is normal."""
        span = self._bench.axis.selection
        if span is None:
            self._bench.notices.error.emit(
                LabBenchError("Nothing is selected to learn from.", f"Drag with Shift. {SHORT}")
            )
        else:
            self._learn(span)

    def from_all(self) -> None:
        """All of the recording that is shown is normal."""
        if self._bench.busy or self._bench.shown.recording is None:
            self._bench.notices.error.emit(
                LabBenchError("No recording is shown to learn from.", "Open or record one first.")
            )
        else:
            self._learn((0.0, self._bench.view.seconds))

    def from_live(self, seconds: float = LIVE_SECONDS) -> None:
        """The next so many seconds of what runs; where nothing runs, the chosen microphone is opened and stays open."""
        self.cancel()
        if self._bench.sound.running is not None:
            self._begin(seconds, opened=False)
        elif not self._bench.sound.opening:
            self._wanted = seconds
            self._tell(Progress(0.0, seconds, "s"))
            self._bench.listen_briefly(self._bench.words.source_for_take())

    def cancel(self) -> None:
        """Learn nothing; a source that was opened for it is closed."""
        job, self._job = self._job, None
        live, self._live = self._live, None
        opening, self._wanted = self._wanted > 0.0, 0.0
        if job is not None:
            job.cancel()
        if (opening or (live is not None and live.opened)) and self._bench.sound.recording_to is None:
            self._bench.stop()
        if self.progress is not None:
            self._tell(None)

    # From what lies there ---------------------------------------------------------------------------------------------

    def _learn(self, span: Span) -> None:
        view, running, recording = self._bench.view, self._bench.sound.running, self._bench.shown.recording
        title = running.title if running is not None else ""
        if not title and recording is not None:
            title = recording.title or f"recording {recording.name}"

        def task(progress: OnProgress, cancel: CancelToken) -> Normal:
            return learn(pieces(view, span, progress, cancel))

        self._run(task, f"{title or 'what was heard'}, {clock(span[0])} to {clock(span[1])}")

    def _run(self, task: Task, what: str) -> None:
        self.cancel()
        job = self._bench.jobs.prepare("Learning what is normal", task)
        self._job = job

        def end() -> None:
            if self._job is job:
                self._job = None
                self._tell(None)

        def done(normal: Normal) -> None:
            if self._job is job:
                end()
                self.learnt.emit(Learnt(normal, normal.threshold(), what))

        job.progressed.connect(lambda progress: self._tell(progress) if self._job is job else None)
        job.done.connect(done)
        job.failed.connect(lambda error: self._bench.notices.error.emit(error) if self._job is job else None)
        job.ended.connect(end)
        self._tell(Progress(0.0))
        job.start()

    def _tell(self, progress: Progress | None) -> None:
        self.progress = progress
        self.progressed.emit(progress)

    # From what runs ---------------------------------------------------------------------------------------------------

    def _begin(self, seconds: float, *, opened: bool) -> None:
        running = self._bench.sound.running
        self._live = _Heard(seconds, running.title if running is not None else "", opened)
        self._scoring.listen()
        self._tell(Progress(0.0, seconds, "s"))

    def _heard(self, samples: NDArray[np.float32]) -> None:
        live = self._live
        if live is None:
            return
        live.add(samples)
        if live.heard < live.seconds:
            self._tell(Progress(live.heard, live.seconds, "s"))
        else:
            self._ended()

    def _ended(self) -> None:
        """All of it was heard, or as much as there was."""
        live, self._live = self._live, None
        if live is not None:
            self._run(lambda _progress, _cancel: learn(live.pieces), f"{clock(live.heard)} of {live.title}")

    def _other_sound(self) -> None:
        if self._bench.sound.running is None:
            return
        if self._wanted:
            seconds, self._wanted = self._wanted, 0.0
            self._begin(seconds, opened=True)
        elif self._live is not None:  # it is recorded from now on, too
            self._scoring.listen()


class _Heard:
    """The next so many seconds of what runs."""

    def __init__(self, seconds: float, title: str, opened: bool) -> None:
        self.seconds, self.title, self.opened = seconds, title, opened
        self.pieces: list[NDArray[np.float32]] = []
        self._count = 0

    @property
    def heard(self) -> float:
        """Seconds of it."""
        return self._count / MODEL_RATE

    def add(self, samples: NDArray[np.float32]) -> None:
        self.pieces.append(samples)
        self._count += len(samples)


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
