"""What one does with sessions: open another, begin one, put it into a file, throw a recording away. No widgets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFile, QObject

from labbench.audio.pyramid import cache_path
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.session.archive import pack
from labbench.session.recordings import Recording, note_path
from labbench.session.store import Session
from labbench.ui.undo import Change
from labbench.ui.viewed_sound import ViewedSound

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
        bench.desk.opened.connect(self._opened)
        bench.desk.recovered.connect(self._recovered)

    def open(self, path: Path, recording_name: str | None = None) -> None:
        """A folder or a .labsession; a recording of it, else the newest, is shown."""
        self._wanted = recording_name
        bench = self._bench
        bench.when_quiet(lambda: bench.desk.open(path, bench.home))

    def new(self) -> None:
        """An empty one; its folder is made when something is kept in it."""
        bench = self._bench

        def then() -> None:
            bench.leave()
            bench.desk.begin(Session.new(bench.home))
            bench.sound.session = bench.desk.session
            bench.sound_changed.emit(ViewedSound())
            bench.status_changed.emit("A new session. It is kept as soon as something is recorded or opened.")

        bench.when_quiet(then)

    def pack(self, target: Path) -> None:
        """The whole session in one file."""
        bench = self._bench
        bench.desk.save()
        bench.teaching.save()
        folder = bench.desk.session.folder

        def task(progress: OnProgress, cancel: CancelToken) -> list[str]:
            return pack(folder, target, progress, cancel)

        def done(left_out: list[str]) -> None:
            bench.status_changed.emit(f"Saved {target}.")
            for sentence in left_out:
                bench.said.emit(sentence)

        job = bench.jobs.prepare(f"Saving {target.name}", task)
        job.done.connect(done)
        job.failed.connect(bench.trouble)
        job.start()

    def trash_shown(self) -> None:
        """Move the shown recording to the system's trash; undo brings it back."""
        recording = self._bench.shown.recording
        if recording is None:
            self._bench.trouble.emit(LabBenchError("No recording is shown.", "Open the one that you mean first."))
            return
        trashed: Trashed = {}

        def put(away: bool) -> None:
            if away:
                self._throw_away(recording, trashed)
            else:
                self._bring_back(recording, trashed)

        self._bench.undo.push(Change(f"Delete recording {recording.name}", put, False, True))

    def _throw_away(self, recording: Recording, trashed: Trashed) -> None:
        bench = self._bench
        bench.playback.stop()
        bench.leave()
        trashed.clear()
        cache_path(recording.path).unlink(missing_ok=True)
        for path in (recording.path, note_path(recording.path)):
            done, place = _to_trash(path)
            if path.exists() and not done:
                bench.trouble.emit(
                    LabBenchError(f"{path.name} could not be moved to the trash.", "It is still where it was.")
                )
                return
            trashed[path] = Path(place)
        bench.sound_changed.emit(ViewedSound())
        bench.said.emit(f"Recording {recording.name} is in the trash. Edit, Undo brings it back.")

    def _bring_back(self, recording: Recording, trashed: Trashed) -> None:
        missing = [place for place in trashed.values() if not place.exists()]
        if not trashed or missing:
            self._bench.trouble.emit(
                LabBenchError("The recording is not in the trash any more.", "Look for it in the system's trash.")
            )
            return
        for path, place in trashed.items():
            place.rename(path)
        self._bench.open_recording(recording)

    def _opened(self, session: Session, recordings: list[Recording]) -> None:
        bench = self._bench
        bench.leave()
        bench.sound.session = session
        bench.sound_changed.emit(ViewedSound())
        bench.keeping.load_words()
        wanted = [one for one in recordings if one.name == self._wanted] or recordings[-1:]
        if wanted:
            bench.shown.show(wanted[0])
        else:
            bench.said.emit("There are no recordings in this session.")

    def _recovered(self, found: list[Recording]) -> None:
        latest = found[-1]
        what = "A recording was" if len(found) == 1 else f"{len(found)} recordings were"
        where = latest.path.parent.parent
        self._bench.offered.emit(
            f"{what} interrupted and recovered. The latest has {latest.seconds:.1f} s: {latest.path}",
            "Open it",
            lambda: self.open(where, latest.name),
        )


def _to_trash(path: Path) -> tuple[bool, str]:
    moved = QFile.moveToTrash(str(path))
    return moved if isinstance(moved, tuple) else (bool(moved), "")
