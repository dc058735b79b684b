"""What one does with sessions in the library: rename, move to the trash; both can be undone. No widgets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labbench.core.errors import LabBenchError
from labbench.session.library import Entry
from labbench.session.locking import in_use
from labbench.session.note import checked_title, write_note
from labbench.session.recordings import Recording
from labbench.session.store import Session
from labbench.ui.sessions.trash import from_trash, to_trash
from labbench.ui.undo import Change

if TYPE_CHECKING:
    from labbench.ui.bench import Bench


class LibraryDesk:
    """Between the library dialog and the disk. Outlived by its changes: they only know the bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def recordings(self, folder: Path) -> list[Recording]:
        """Of a session, oldest first; any thread. Raises LabBenchError."""
        return Session(folder).recordings()

    def rename(self, entry: Entry, title: str) -> None:
        """Another title. Raises LabBenchError where it can't be one, or the session may not be written."""
        title = checked_title(title) or entry.folder.name
        if title == entry.title:
            return
        write_note(entry.folder, title)  # so that trouble is told before there is anything to undo
        folder, bench = entry.folder, self._bench

        def put(value: str) -> None:
            try:
                write_note(folder, value)
            except LabBenchError as error:
                bench.notices.error.emit(error)
            if folder == bench.desk.session.folder:
                bench.desk.titled.emit(bench.desk.title)

        self._bench.undo.push(Change("Rename session", put, entry.title, title))

    def trash(self, entry: Entry) -> None:
        """Move a session to the trash. Raises LabBenchError where it is open somewhere, or there is no trash."""
        folder = entry.folder
        self._refuse_open(folder)
        kept = [to_trash(folder)]
        trouble = self._bench.notices.error
        refuse_open = self._refuse_open

        def put(away: bool) -> None:
            try:
                if away and folder.exists():
                    refuse_open(folder)
                    kept[0] = to_trash(folder)
                elif not away:
                    from_trash(kept[0], folder)
            except LabBenchError as error:
                trouble.emit(error)

        self._bench.undo.push(Change(f"Move “{entry.title}” to the trash", put, False, True))
        self._bench.notices.status.emit(f"“{entry.title}” is in the trash. Edit, Undo puts it back.")

    def _refuse_open(self, folder: Path) -> None:
        if folder == self._bench.desk.session.folder:
            raise LabBenchError("This session is open here.", "Open another one first, or begin a new one.")
        if in_use(folder):
            raise LabBenchError("This session is open in another window.", "Close it there first.")
