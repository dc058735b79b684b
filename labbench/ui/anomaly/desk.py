"""What is normal, and what stands out: learnt, kept with the session, corrected by hand. No widgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from labbench.core.errors import FormatError, LabBenchError
from labbench.session.anomaly_file import NAME, Learnt, forget_normal, load_normal, save_normal
from labbench.session.disk import set_aside
from labbench.ui.anomaly.learning import AnomalyLearning, clock
from labbench.ui.anomaly.scoring import AnomalyScoring
from labbench.ui.time_axis import Span
from labbench.ui.undo import Change
from labbench.wakeword.anomaly_detector import Mark

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

SAVE_AFTER_MS = 700


class AnomalyDesk(QObject):
    """Main thread. `changed` follows when something else is normal, or the threshold has moved."""

    changed = Signal()

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self.learnt: Learnt | None = None
        self.scoring = AnomalyScoring(bench)
        self.learning = AnomalyLearning(bench, self.scoring)
        self._leaving = False
        self._turn = 0
        self._save_soon = QTimer(self)
        self._save_soon.setSingleShot(True)
        self._save_soon.setInterval(SAVE_AFTER_MS)
        self._save_soon.timeout.connect(self._write)
        self.learning.learnt.connect(self._learnt)
        bench.desk.leaving.connect(self._leave)
        bench.desk.titled.connect(lambda _: self._session_opened())

    # What is normal ---------------------------------------------------------------------------------------------------

    def set_threshold(self, threshold: float) -> None:
        """Something stands out above that score."""
        if self.learnt is not None and threshold != self.learnt.threshold:
            after = replace(self.learnt, threshold=threshold)
            self._change(after, "Threshold of what stands out", ("anomaly threshold", self._turn))

    def end_drag(self) -> None:
        """Whoever moves the threshold has let go: what follows is another thing to undo."""
        self._turn += 1

    def drop_threshold(self, threshold: float) -> None:
        """The same where only the end of a drag is told."""
        self.end_drag()
        self.set_threshold(threshold)
        self.end_drag()

    def this_is_normal(self, mark: Mark) -> None:
        """What stood out there is normal as well: from now on nothing like it stands out."""
        track, learnt = self.scoring.track, self.learnt
        rows = track.rows_of(mark) if track is not None else None
        if learnt is None or rows is None or not len(rows):
            error = LabBenchError("What that stretch was like is not known any more.", "Learn from a selection of it.")
            self._bench.notices.error.emit(error)
            return
        self._change(replace(learnt, normal=learnt.normal.also(rows)), f"{clock(mark.seconds[0])} is normal")

    def forget(self) -> None:
        """Nothing is normal any more, and nothing stands out."""
        self.learning.cancel()
        if self.learnt is not None:
            self._change(None, "Forget what is normal")

    def open(self, path: Path) -> None:
        """What was learnt elsewhere, from a file."""
        try:
            learnt = load_normal(path)
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
            return
        self._change(learnt, "Open what is normal")

    def save_as(self, path: Path) -> None:
        """Write what is normal to a file, for another session or computer."""
        if self.learnt is None:
            self._bench.notices.error.emit(
                LabBenchError("Nothing is learnt as normal yet.", "Let it hear what is normal.")
            )
            return
        try:
            save_normal(path, self.learnt)
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
            return
        self._bench.notices.status.emit(f"Saved {path}.")

    # Marks ------------------------------------------------------------------------------------------------------------

    def play(self, mark: Mark) -> None:
        """Let what stood out be heard."""
        bench = self._bench
        start, stop = self.span(mark)
        recording = bench.shown.recording
        if bench.busy:
            bench.notices.error.emit(LabBenchError("What runs can't be played yet.", "Stop it first."))
        elif recording is not None:
            bench.playback.play(recording.path, recording.rate, start, stop)
        else:
            view = bench.view
            samples = view.read(round(start * view.rate), round(stop * view.rate))
            if len(samples):
                bench.playback.play_samples(samples, view.rate)
            else:
                bench.notices.error.emit(
                    LabBenchError("That sound is not at hand any more.", "Record it, to hear it later on.")
                )

    def select(self, mark: Mark) -> None:
        """Select it in the views."""
        axis, span = self._bench.axis, self.span(mark)
        axis.reveal(*span)
        axis.place_cursor(span[0])
        axis.select(span)

    def span(self, mark: Mark) -> Span:
        """From when to when it is, within the sound."""
        start, stop = mark.seconds
        return max(0.0, start), min(stop, max(self._bench.view.seconds, start))

    # Kept with the session --------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write what is new now."""
        if self._save_soon.isActive():
            self._write()

    def _write(self) -> None:
        self._save_soon.stop()
        try:
            if self.learnt is None:
                forget_normal(self._bench.desk.need().folder / NAME)
            else:
                save_normal(self._bench.desk.need().folder / NAME, self.learnt)
        except LabBenchError as error:
            self._bench.notices.error.emit(error)

    def close(self) -> None:
        """With the window."""
        self.learning.cancel()
        self.scoring.close()
        self.save()

    def _learnt(self, learnt: Learnt) -> None:
        self._change(learnt, "Learn what is normal")
        self._bench.notices.status.emit(f"Learnt what is normal from {learnt.source}. What is unlike it is marked now.")

    def _change(self, after: Learnt | None, text: str, merge: tuple[object, ...] | None = None) -> None:
        folder = self._bench.desk.session.folder

        def put(learnt: Learnt | None) -> bool:
            if self._bench.desk.session.folder != folder:  # it was of another session
                return False
            self._put(learnt)
            self._save_soon.start()
            return True

        self._bench.undo.push(Change(text, put, self.learnt, after, merge))

    def _put(self, learnt: Learnt | None) -> None:
        self.learnt = learnt
        self.scoring.use(learnt)
        self.changed.emit()

    def _leave(self) -> None:
        """Another session comes in place of the present one."""
        self.save()
        self.learning.cancel()
        self._leaving = True

    def _session_opened(self) -> None:
        if not self._leaving:  # the same session has another title
            return
        self._leaving = False
        path, learnt = self._bench.desk.session.folder / NAME, None
        try:
            if path.exists():
                learnt = load_normal(path)
        except FormatError:
            self._set_aside(path)
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
        self._put(learnt)

    def _set_aside(self, path: Path) -> None:
        try:
            kept = set_aside(path)
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
            return
        self._bench.notices.info.emit(
            f"What was learnt as normal can't be read: it is kept as {kept.name}. Let it hear anew what is normal."
        )
