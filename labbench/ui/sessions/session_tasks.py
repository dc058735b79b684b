"""What one does with sessions: open another, begin one, put it into a file, throw a recording away. No widgets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from labbench.audio.pyramid import cache_path
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.session.archive import pack
from labbench.session.recordings import Recording, note_path
from labbench.session.scrubbing import scrub_session
from labbench.session.store import Session
from labbench.ui.sessions.trash import from_trash, to_trash
from labbench.ui.undo import Change

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

Trashed = dict[Path, Path]
"""Where files were, and where in the trash they are now."""


class SessionTasks(QObject):
    """Between the menus and the desk."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._wanted: str | None = None
        bench.desk.leaving.connect(bench.teaching.save)
        bench.desk.opened.connect(self._opened)
        bench.desk.recovered.connect(self._recovered)
        bench.sound.closed.connect(lambda event: bench.desk.hush() if event.reason else None)

    def open(self, path: Path, recording_name: str | None = None) -> None:
        """A folder or a .labsession; a recording of it, else the newest, is shown."""
        bench = self._bench

        def then() -> None:
            self._wanted = recording_name
            if path.absolute() == bench.desk.session.folder.absolute() and path.is_dir():
                self._show(self._recordings())
            else:
                bench.desk.open(path, bench.home)

        bench.when_quiet(then, path.name)

    def new(self) -> None:
        """An empty one; its folder is made when something is kept in it."""
        bench = self._bench

        def then() -> None:
            bench.desk.begin(Session.new(bench.home))
            self._clear()
            bench.desk.discard_copies()
            bench.keeping.load_words()
            bench.notices.status.emit("A new session. It is kept as soon as something is recorded or opened.")

        bench.when_quiet(then, "A new session")

    def pack(self, target: Path) -> None:
        """The whole session in one file."""
        bench = self._bench
        bench.desk.save()
        bench.teaching.save()
        folder, blocked = bench.desk.session.folder, bench.preferences.blocking.blocked

        def task(progress: OnProgress, cancel: CancelToken) -> list[str]:
            scrub_session(folder, blocked, cancel)
            return pack(folder, target, progress, cancel)

        def done(left_out: list[str]) -> None:
            bench.notices.status.emit(f"Saved {target}.")
            for sentence in left_out:
                bench.notices.info.emit(sentence)

        job = bench.jobs.prepare(f"Saving {target.name}", task)
        job.done.connect(done)
        job.failed.connect(bench.notices.error)
        job.start()

    def trash_shown(self) -> None:
        """Move the shown recording to the system's trash; undo brings it back."""
        recording = self._bench.shown.recording
        if recording is None:
            self._bench.notices.error.emit(LabBenchError("No recording is shown.", "Open the one that you mean first."))
            return
        trashed: Trashed = {}

        def put(away: bool) -> bool:
            return self._throw_away(recording, trashed) if away else self._bring_back(recording, trashed)

        self._bench.undo.push(Change(f"Delete recording {recording.name}", put, False, True))

    def _throw_away(self, recording: Recording, trashed: Trashed) -> bool:
        bench = self._bench
        bench.playback.stop()
        was_shown = bench.shown.recording == recording
        if was_shown:
            bench.leave()
        trashed.clear()
        cache_path(recording.path).unlink(missing_ok=True)
        try:
            for path in (note_path(recording.path), recording.path):
                if path.exists():
                    trashed[path] = to_trash(path)
        except LabBenchError as error:
            self._restore(trashed)
            bench.notices.error.emit(error)
            if was_shown and not bench.busy:
                bench.open_recording(recording)
            return False
        if not bench.busy and bench.shown.recording is None:
            self._clear()
        bench.notices.info.emit(f"Recording {recording.name} is in the trash. Edit, Undo brings it back.")
        return True

    def _bring_back(self, recording: Recording, trashed: Trashed) -> bool:
        restored = self._restore(trashed)
        if restored and not self._bench.busy:
            self._bench.open_recording(recording)
        return restored

    def _restore(self, trashed: Trashed) -> bool:
        try:
            for path, place in trashed.items():
                from_trash(place, path)
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
            return False
        return True

    def _opened(self, _session: Session, recordings: list[Recording]) -> None:
        bench = self._bench
        self._clear()
        bench.desk.discard_copies()
        bench.keeping.load_words()
        self._show(recordings)

    def _clear(self) -> None:
        """No sound is shown any more, as at the start."""
        bench = self._bench
        bench.leave()
        bench.sound.forget()
        bench.axis.begin()
        bench.axis.end(0.0)
        bench.sound_changed.emit(bench.sound.view)
        bench.keeping.forget()
        bench.scores.show([], (), ())
        bench.running_changed.emit(None, False)

    def _show(self, recordings: list[Recording]) -> None:
        """The one that is wanted, else the newest."""
        wanted = [one for one in recordings if one.name == self._wanted] or recordings[-1:]
        if wanted:
            self._bench.shown.show(wanted[0], self._bench.desk.reading(wanted[0]))
        else:
            self._bench.notices.status.emit("There are no recordings in this session.")

    def _recordings(self) -> list[Recording]:
        """Of the session that is open."""
        try:
            return self._bench.desk.session.recordings()
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
            return []

    def _recovered(self, found: list[Recording]) -> None:
        latest = found[-1]
        what = "A recording was" if len(found) == 1 else f"{len(found)} recordings were"
        where = latest.path.parent.parent
        self._bench.notices.offer.emit(
            f"{what} interrupted and recovered. The latest has {latest.seconds:.1f} s: {latest.path}",
            "Open it",
            lambda: self.open(where, latest.name),
        )
