"""The session on the desk: which one is open, which recording is shown, and that all is kept. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import Job, JobRunner, Task
from labbench.session.opening import OpenedSession, open_for_work
from labbench.session.recordings import Recording
from labbench.session.results import (
    Results,
    load_results,
    save_labels,
    save_reference,
    save_scores,
    save_view,
)
from labbench.session.store import Session, interrupted_sessions
from labbench.session.sweeping import sweep_home
from labbench.ui.notices import Notices
from labbench.ui.transcripts.transcript_changes import keep_transcript

SAVE_AFTER_MS = 700
"""What changes by the hundred while somebody drags is written once it rests."""
RETRY_AFTER_MS = 5000
"""What could not be written, for a full disk above all, is tried again."""


class SessionDesk(QObject):
    """Opens sessions, and writes what `collect` gives of the shown recording soon after `changed` was called.

    `leaving` comes before another session takes the place of the present one, `opened` gives it and its recordings.
    `titled` comes when another session is open, or this one has got another title. `busy_changed` gives what is being
    opened and how far that is, None in the end.
    """

    leaving = Signal()
    opened = Signal(object, object)
    recovered = Signal(object)
    titled = Signal(str)
    busy_changed = Signal(object)

    def __init__(self, session: Session, jobs: JobRunner, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notices = notices
        self.session = session
        self._jobs = jobs
        self._shown: Recording | None = None
        self._collect: Callable[[], Results] | None = None
        self._known = Results()
        self.clean: Callable[[Results], tuple[Results, Results]] = lambda results: (results, results)
        self._opening: Job | None = None
        self._news: list[str] = []
        self._read: _Read | None = None
        self._writes = 0
        self._unkept: list[tuple[Session, Recording]] = []
        self._told = False
        self._left: list[Session] = []
        self._save_soon = QTimer(self)
        self._save_soon.setSingleShot(True)
        self._save_soon.setInterval(SAVE_AFTER_MS)
        self._save_soon.timeout.connect(self.save)
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(RETRY_AFTER_MS)
        self._retry.timeout.connect(self.save)

    def collect_from(self, collect: Callable[[], Results]) -> None:
        """Where results come from when they are to be written."""
        self._collect = collect

    @property
    def shown(self) -> Recording | None:
        return self._shown

    @property
    def opening(self) -> bool:
        """Whether another session is being opened."""
        return self._opening is not None

    @property
    def title(self) -> str:
        """Of the session, for people."""
        try:
            return self.session.title
        except LabBenchError:
            return self.session.folder.name

    def leave(self) -> None:
        """Another sound begins: what is known of the present one is written first."""
        if self._shown is not None:
            self._told = False  # what can't be written now is lost: that is told in any case
        self.save()
        self._shown, self._known = None, Results()

    def reading(self, recording: Recording) -> Task:
        """A task for a job's thread that reads what is kept of a recording: the next `show` of it need not.

        Progress in files. It raises Cancelled and nothing else.
        """
        if recording == self._shown:
            self.save()
        session, writes = self.session, self._writes

        def task(progress: OnProgress, cancel: CancelToken) -> None:
            results, lost = load_results(session, recording, progress, cancel)
            self.clean(results)  # so that it is done when it is asked for
            if results.scores is not None:
                results.scores.frames()  # made here once, for the views ask for them
            self._read = _Read(session, recording, writes, results, lost)

        return task

    def show(self, recording: Recording) -> Results:
        """From now on results belong to this recording; those that are kept of it already."""
        self.leave()
        self._shown = recording
        read, self._read = self._read, None
        if read is not None and (read.session, read.recording, read.writes) == (self.session, recording, self._writes):
            self._known, lost = read.results, read.lost
        else:
            self._known, lost = load_results(self.session, recording)
        clean, self._known = self.clean(self._known)
        news, self._news = [*self._news, *lost], []
        if news:
            self._notices.info.emit(" ".join(news))
        return clean

    def changed(self) -> None:
        """Something of the shown recording is new."""
        if self._shown is not None:
            self._save_soon.start()

    def hush(self) -> None:
        """Why the disk takes nothing has just been told: what can't be written for now is tried again silently."""
        self._told = True

    def next_recording(self) -> Path:
        """The file for a recording that begins. Raises LabBenchError."""
        return self.need().next_recording()

    def keep(self, recording: Recording) -> None:
        """Note that a recording ended in good order. Raises LabBenchError where that can't be written.

        Then it is tried again until it can, at last when the window closes: without its note the recording is offered
        as an interrupted one at the next start.
        """
        try:
            self.session.keep(recording)
        except LabBenchError:
            self._unkept.append((self.session, recording))
            self._retry.start()
            raise

    def recover(self) -> list[Recording]:
        """Recordings of this session that were interrupted, whole again. Raises LabBenchError."""
        return self.session.recover()

    def save(self) -> None:
        """Write what is new; what has not changed is left alone."""
        self._save_soon.stop()
        self._retry.stop()
        try:
            self._keep_notes()
            self._save_results()
        except LabBenchError as error:
            self._retry.start()
            if not self._told:
                self._told = True
                self._notices.error.emit(error)
        else:
            self._told = False

    def _keep_notes(self) -> None:
        while self._unkept:
            session, recording = self._unkept[0]
            if recording.path.exists():  # else it was deleted in the meantime
                session.keep(recording)
            del self._unkept[0]

    def _save_results(self) -> None:
        recording = self._shown
        if recording is None or self._collect is None:
            return
        new, old = self._collect(), self._known
        for slot, now, before in (
            ("a", new.transcript_a, old.transcript_a),
            ("b", new.transcript_b, old.transcript_b),
        ):
            if now != before:
                self._writes += 1
                keep_transcript(self.session, recording, slot, now)
        if new.scores is not None and new.scores is not old.scores and new.scores != old.scores:
            self._writes += 1
            save_scores(self.session, recording, new.scores)
        if new.view is not None and new.view != old.view:
            self._writes += 1
            save_view(self.session, recording, new.view)
        if new.labels is not None and new.labels != (old.labels or ()):
            self._writes += 1
            save_labels(self.session, recording, new.labels)
        if new.reference != old.reference:
            self._writes += 1
            save_reference(self.session, recording, new.reference)
        self._known = new

    def need(self) -> Session:
        """The session, taken for this window before something is kept in it. Raises LabBenchError."""
        try:
            self.session.hold()
        except LabBenchError:  # another window that opened in the same second took the name
            fresh = Session.new(self.session.folder.parent)
            fresh.hold()
            self.session = fresh
            self.titled.emit(self.title)
        return self.session

    def begin(self, session: Session) -> None:
        """An empty session, in place of the one that is open."""
        self.leave()
        self.leaving.emit()
        self.give_up()
        self._news = []
        self._left.append(self.session)
        self.session = session
        self.titled.emit(self.title)

    def discard_copies(self) -> None:
        """Let go of the sessions that were left, once nothing of them is read any more: unchanged copies vanish."""
        while self._left:
            self._left.pop().discard()

    def give_up(self) -> None:
        """Another session that is being opened is not wanted any more."""
        job, self._opening = self._opening, None
        if job is not None:
            job.cancel()
            self.busy_changed.emit(None)

    def open(self, path: Path, home: Path) -> None:
        """Open another session, a folder or one file; where it is open elsewhere, a copy. `opened` follows."""
        here = self.session.folder

        def task(progress: OnProgress, cancel: CancelToken) -> OpenedSession:
            return open_for_work(path, home, here, progress, cancel)

        self.give_up()
        title = f"Opening {path.name}"
        job = self._jobs.prepare(title, task)
        self._opening = job
        job.progressed.connect(lambda progress: self.busy_changed.emit((title, progress)) if self._is(job) else None)
        job.done.connect(lambda found: self._use(found) if self._is(job) else found.session.discard())
        job.failed.connect(lambda error: self._notices.error.emit(error) if self._is(job) else None)
        job.ended.connect(lambda: self.give_up() if self._is(job) else None)
        self.busy_changed.emit((title, None))
        job.start()

    def _is(self, job: Job) -> bool:
        return self._opening is job

    def _use(self, found: OpenedSession) -> None:
        self._opening = None
        self.busy_changed.emit(None)
        self.begin(found.session)
        self._news = found.news
        if self._news:
            self._notices.info.emit(" ".join(self._news))
        self.opened.emit(found.session, found.recordings)

    def look_for_interrupted(self, home: Path) -> None:
        """Make recordings whole that a crash or a power cut interrupted; `recovered` offers them."""

        def task(_progress: OnProgress, cancel: CancelToken) -> list[Recording]:
            found = []
            sweep_home(home, cancel)
            for session in interrupted_sessions(home):
                cancel.check()
                if session.folder != self.session.folder:
                    found += session.recover()
            return found

        job = self._jobs.prepare("Looking for interrupted recordings", task)
        job.done.connect(lambda found: self.recovered.emit(found) if found else None)
        job.failed.connect(self._notices.error)
        job.start()

    def close(self) -> None:
        """With the window; `discard_copies` comes last."""
        self._told = False
        self.save()
        self.give_up()
        self._retry.stop()
        self._left.append(self.session)


@dataclass(frozen=True, eq=False)
class _Read:
    """What was kept of a recording when so many writes had been made."""

    session: Session
    recording: Recording
    writes: int
    results: Results
    lost: list[str]
