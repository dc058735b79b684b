"""What stands out in the sound that is shown, or runs: scored as it comes, or in a job. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.core.timebase import MODEL_RATE
from labbench.jobs.runner import Job, Task
from labbench.session.anomaly_file import Learnt
from labbench.session.recordings import Recording
from labbench.signal.resampling import StreamResampler
from labbench.ui.anomaly.ear import AnomalyEar
from labbench.ui.anomaly.track import Track
from labbench.ui.sounds.viewed_sound import ViewedSound
from labbench.ui.time_axis import Span
from labbench.wakeword.anomaly import Normal, Rows, Seconds
from labbench.wakeword.anomaly_detector import Mark

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

PIECE_SECONDS = 2.0
FEW_ROWS = 1500
"""Five minutes are scored anew at once, in 20 ms; more in a job."""
_BATCH = 2000
Scored = tuple[NDArray[np.int64], NDArray[np.float64], Rows]


class AnomalyScoring(QObject):
    """Main thread. `added` gives times (seconds) and scores that came, `shown` says that all are others than before.

    `marks_changed` follows whenever there may be other marks, `progressed` tells how far a job is, and None at its end.
    """

    added = Signal(object, object)
    shown = Signal()
    marks_changed = Signal()
    progressed = Signal(object)

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._learnt: Learnt | None = None
        self._job: Job | None = None
        self._next = 0
        self._seconds = Seconds()
        self._first = 0  # sample of the stream at which they began
        self.ear = AnomalyEar(bench)
        self.track: Track | None = None
        """None until something is normal, and while nothing is known of the shown sound."""
        self.ear.heard.connect(self._heard)
        bench.sound_changed.connect(lambda _: self._other_sound())
        bench.shown.shown.connect(self._shown)
        bench.running_changed.connect(self._running_changed)

    @property
    def marks(self) -> list[Mark]:
        """What stands out, in order of time."""
        return self.track.marks if self.track is not None else []

    @property
    def running(self) -> bool:
        """Whether a job is at it."""
        return self._job is not None

    def use(self, learnt: Learnt | None) -> None:
        """What is normal from now on, and the threshold; what is shown is judged by it."""
        before, self._learnt = self._learnt, learnt
        track = self.track
        if learnt is None:
            self._begin()
        elif track is None:
            self._judge()
        elif before is None or before.normal is not learnt.normal:
            self._judge_anew(track, learnt)
        elif learnt.threshold != track.threshold:
            track.decide(learnt.threshold)
            self.marks_changed.emit()

    def cancel(self) -> None:
        """Give up what a job does; what is scored by then is lost."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
            self.progressed.emit(None)

    def close(self) -> None:
        self.cancel()
        self.ear.stop()

    def listen(self, *, from_now: bool = True) -> None:
        """Hear what runs, if anything does."""
        running = self._bench.sound.running
        if running is not None and not self.ear.listening:
            try:
                self.ear.begin(running.model_ring, from_now=from_now)
            except LabBenchError as error:
                self._bench.notices.error.emit(error)

    # Which sound ------------------------------------------------------------------------------------------------------

    def _other_sound(self) -> None:
        self.ear.stop()
        self._begin()
        self._judge(from_now=False)

    def _running_changed(self, _source: object, opening: bool) -> None:
        """Another source is being opened: the recording that may be searched is closed by now."""
        if opening:
            self.cancel()

    def _begin(self) -> None:
        """Nothing is known of this sound yet."""
        self.cancel()
        self.track = None
        self._next, self._seconds, self._first = 0, Seconds(), 0
        self.shown.emit()
        self.marks_changed.emit()

    def _judge(self, *, from_now: bool = True) -> None:
        bench, learnt = self._bench, self._learnt
        if learnt is None:
            return
        if bench.sound.running is not None:
            self.track = Track(learnt.normal, learnt.threshold)
            self.track.gaps, self._next = from_now, -1
            self.listen(from_now=from_now)
        elif bench.shown.recording is not None:
            self._score(bench.shown.view, learnt)

    def _shown(self, recording: Recording) -> None:
        """Just recorded: where not all of it was heard while it ran, it is now."""
        track, view = self.track, self._bench.shown.view
        if self._learnt is not None and view.envelope is self._bench.sound.view.envelope:
            heard = track is not None and not track.gaps and (len(track.stops) or recording.seconds < 1.0)
            if not heard:
                self._score(view, self._learnt)

    # Running sound ----------------------------------------------------------------------------------------------------

    def _heard(self, samples: NDArray[np.float32], start: int) -> None:
        track = self.track
        if track is None:  # somebody only wants to learn from it
            return
        if start != self._next:
            track.gaps = track.gaps or start > 0
            self._seconds, self._first = Seconds(), start
        self._next = start + len(samples)
        rows, ends = self._seconds.feed(samples)
        if not ends:
            return
        stops = np.array(ends, np.int64) + self._first
        others = track.append(stops, rows)
        self.added.emit(stops / MODEL_RATE, track.scores[-len(stops) :])
        if others:
            self.marks_changed.emit()

    # A whole sound ----------------------------------------------------------------------------------------------------

    def _score(self, view: ViewedSound, learnt: Learnt) -> None:
        def task(progress: OnProgress, cancel: CancelToken) -> Scored:
            return score(view, learnt.normal, progress, cancel)

        def done(found: Scored) -> None:
            stops, scores, rows = found
            now = self._learnt
            if now is None:
                return
            self.track = Track(learnt.normal, now.threshold)
            self.track.append(stops, rows, scores)
            self.shown.emit()
            self.marks_changed.emit()
            if now.normal is not learnt.normal:  # it has changed in the meantime
                self._judge_anew(self.track, now)

        self._run("Listening for what stands out", task, done)

    def _judge_anew(self, track: Track, learnt: Learnt) -> None:
        """What each second was like is known: only its distance to what is normal is computed again."""
        rows, first = track.rows, len(track.scores) - len(track.rows)
        track.decide(learnt.threshold)

        def put(scores: NDArray[np.float64]) -> None:
            now = self._learnt
            if now is not None and self.track is track:
                track.replace(learnt.normal, first, scores)
                track.decide(now.threshold)
                self.shown.emit()
                self.marks_changed.emit()
                if now.normal is not learnt.normal:
                    self._judge_anew(track, now)

        def task(progress: OnProgress, cancel: CancelToken) -> NDArray[np.float64]:
            found = []
            for at in range(0, len(rows), _BATCH):
                cancel.check()
                progress(Progress(at, len(rows)))
                found.append(learnt.normal.scores(rows[at : at + _BATCH]))
            return np.concatenate(found)

        if len(rows) <= FEW_ROWS:
            self.cancel()
            put(learnt.normal.scores(rows))
        else:
            self._run("Judging anew what stands out", task, put)

    def _run(self, title: str, task: Task, then: Callable[[Any], None]) -> None:
        self.cancel()
        job = self._bench.jobs.prepare(title, task)
        self._job = job

        def end() -> None:
            if self._job is job:
                self._job = None
                self.progressed.emit(None)

        def done(found: Any) -> None:
            if self._job is job:
                end()
                then(found)

        job.progressed.connect(lambda progress: self.progressed.emit(progress) if self._job is job else None)
        job.done.connect(done)
        job.failed.connect(lambda error: self._bench.notices.error.emit(error) if self._job is job else None)
        job.ended.connect(end)
        self.progressed.emit(Progress(0.0))
        job.start()


def score(view: ViewedSound, normal: Normal, progress: OnProgress, cancel: CancelToken) -> Scored:
    """Where each row of a sound ends, its score, and the row itself. For a job's thread; raises as `pieces` does."""
    seconds = Seconds()
    ends: list[int] = []
    rows: list[Rows] = []
    scores: list[NDArray[np.float64]] = []
    for piece in pieces(view, (0.0, view.seconds), progress, cancel):
        found, stops = seconds.feed(piece)
        ends += stops
        rows.append(found)
        scores.append(normal.scores(found))
    return np.array(ends, np.int64), np.concatenate(scores), np.concatenate(rows)


def pieces(view: ViewedSound, span: Span, progress: OnProgress, cancel: CancelToken) -> Iterator[NDArray[np.float32]]:
    """A stretch of a sound at 16 kHz, a few seconds at a time. Progress in seconds. Raises LabBenchError, Cancelled."""
    resampler, step = StreamResampler(view.rate, MODEL_RATE), round(PIECE_SECONDS * view.rate)
    first, stop = (min(view.frames, max(0, round(end * view.rate))) for end in span)
    for at in range(first, stop, step):
        cancel.check()
        block = view.read(at, min(stop, at + step))
        cancel.check()
        if len(block) < min(stop, at + step) - at:
            raise LabBenchError("A part of that sound is not at hand any more.", "Open or record it once more.")
        yield resampler.push(block)
        progress(Progress((at + len(block) - first) / view.rate, (stop - first) / view.rate, "s"))
    yield resampler.flush()
