"""The session on the desk: which one is open, which recording is shown, and that all is kept. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import Job, JobRunner
from labbench.session.archive import unpack
from labbench.session.locking import Claim, claim
from labbench.session.recordings import Recording
from labbench.session.results import Results, load_results, save_labels, save_scores, save_transcript, save_view
from labbench.session.store import Session, interrupted_sessions

SAVE_AFTER_MS = 700
"""What changes by the hundred while somebody drags is written once it rests."""


class SessionDesk(QObject):
    """Opens sessions, and writes what `collect` gives of the shown recording soon after `changed` was called.

    `leaving` comes before another session takes the place of the present one, `opened` gives it and its recordings.
    """

    trouble = Signal(object)
    said = Signal(str)
    leaving = Signal()
    opened = Signal(object, object)
    recovered = Signal(object)

    def __init__(self, session: Session, jobs: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._jobs = jobs
        self._shown: Recording | None = None
        self._collect: Callable[[], Results] | None = None
        self._known = Results()
        self._opening: Job | None = None
        self._news: list[str] = []
        self._save_soon = QTimer(self)
        self._save_soon.setSingleShot(True)
        self._save_soon.setInterval(SAVE_AFTER_MS)
        self._save_soon.timeout.connect(self.save)

    def collect_from(self, collect: Callable[[], Results]) -> None:
        """Where results come from when they are to be written."""
        self._collect = collect

    @property
    def shown(self) -> Recording | None:
        return self._shown

    def leave(self) -> None:
        """Another sound begins: what is known of the present one is written first."""
        self.save()
        self._shown, self._known = None, Results()

    def show(self, recording: Recording) -> Results:
        """From now on results belong to this recording; those that are kept of it already."""
        self.leave()
        self._shown = recording
        self._known, lost = load_results(self.session, recording)
        news, self._news = [*self._news, *lost], []
        if news:
            self.said.emit(" ".join(news))
        return self._known

    def changed(self) -> None:
        """Something of the shown recording is new."""
        if self._shown is not None:
            self._save_soon.start()

    def save(self) -> None:
        """Write what is new; what has not changed is left alone."""
        self._save_soon.stop()
        recording = self._shown
        if recording is None or self._collect is None:
            return
        new, old = self._collect(), self._known
        try:
            for slot, now, before in (
                ("a", new.transcript_a, old.transcript_a),
                ("b", new.transcript_b, old.transcript_b),
            ):
                if now is not None and now != before:
                    save_transcript(self.session, recording, slot, now)  # type: ignore[arg-type]
            if new.scores is not None and new.scores is not old.scores and new.scores != old.scores:
                save_scores(self.session, recording, new.scores)
            if new.view is not None and new.view != old.view:
                save_view(self.session, recording, new.view)
            if new.labels is not None and new.labels != old.labels:
                save_labels(self.session, recording, new.labels)
        except LabBenchError as error:
            self.trouble.emit(error)
        else:
            self._known = new

    def need(self) -> Session:
        """The session, taken for this window before something is kept in it. Raises LabBenchError."""
        try:
            self.session.hold()
        except LabBenchError:  # another window that opened in the same second took the name
            fresh = Session.new(self.session.folder.parent)
            fresh.hold()
            self.session = fresh
        return self.session

    def begin(self, session: Session) -> None:
        """An empty session, in place of the one that is open."""
        self.leave()
        self.leaving.emit()
        self.give_up()
        self._news = []
        self.session.close()
        self.session = session

    def give_up(self) -> None:
        """Another session that is being opened is not wanted any more."""
        job, self._opening = self._opening, None
        if job is not None:
            job.cancel()

    def open(self, path: Path, home: Path) -> None:
        """Open another session, a folder or one file; where it is open elsewhere, a copy. `opened` follows."""

        def task(progress: OnProgress, cancel: CancelToken) -> tuple[Claim, Session, list[Recording], list[str]]:
            folder, damaged = unpack(path, home, progress, cancel) if path.is_file() else (path, [])
            claimed = claim(folder, home, progress, cancel)
            session = Session(claimed.folder, claimed)
            try:
                lost = _recovered(session)
                recordings, damage = session.survey()
            except BaseException:
                session.close()
                raise
            return claimed, session, recordings, [*damaged, *lost, *damage]

        self.give_up()
        job = self._jobs.prepare(f"Opening {path.name}", task)
        self._opening = job
        job.done.connect(lambda found: self._use(*found) if self._opening is job else found[1].close())
        job.failed.connect(self.trouble)
        job.start()

    def _use(self, claimed: Claim, session: Session, recordings: list[Recording], lost: list[str]) -> None:
        self.begin(session)
        self._news = [sentence for sentence in (claimed.notice, *lost) if sentence]
        if self._news:
            self.said.emit(" ".join(self._news))
        self.opened.emit(session, recordings)

    def look_for_interrupted(self, home: Path) -> None:
        """Make recordings whole that a crash or a power cut interrupted; `recovered` offers them."""

        def task(_progress: OnProgress, cancel: CancelToken) -> list[Recording]:
            found = []
            for session in interrupted_sessions(home):
                cancel.check()
                if session.folder != self.session.folder:
                    found += session.recover()
            return found

        job = self._jobs.prepare("Looking for interrupted recordings", task)
        job.done.connect(lambda found: self.recovered.emit(found) if found else None)
        job.failed.connect(self.trouble)
        job.start()

    def close(self) -> None:
        """With the window."""
        self.save()
        self.give_up()
        self.session.close()


def _recovered(session: Session) -> list[str]:
    """Make interrupted recordings whole; a sentence where one can't be."""
    try:
        session.recover()
    except LabBenchError as error:
        return [str(error)]
    return []
