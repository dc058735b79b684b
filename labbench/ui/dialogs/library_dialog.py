"""All sessions on this computer: search, open, rename, move to the trash, import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QLineEdit, QStackedWidget, QTreeWidgetItem

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import Job
from labbench.session.library import Entry, Library
from labbench.session.recordings import Recording
from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.dialogs.session_tree import SessionTree
from labbench.ui.file_places import FilePlaces
from labbench.ui.sessions.library_desk import LibraryDesk
from labbench.ui.widgets import button, label, named

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

SEARCH_AFTER_MS = 200
EMPTY = "No sessions yet.\nRecord or open a sound: it is kept here by itself."


class LibraryDialog(BenchDialog):
    """The sessions in the bench's home folder, those that changed last first. A row opens to show its recordings."""

    def __init__(self, window: MainWindow, reveal: Callable[[Path], None]) -> None:
        super().__init__(window, "libraryDialog", "Sessions", (900, 560))
        self._reveal = reveal
        self._desk = LibraryDesk(self.bench)
        self._library = Library(self.bench.home)
        self._job: Job | None = None
        self._again = False
        self._left = False
        self.add_heading("Sessions", "Everything that was recorded or opened on this computer.")
        self.search = named(QLineEdit(), "librarySearch", "Search sessions")
        self.search.setPlaceholderText("Search titles, taught words and what was said")
        self.search.setClearButtonEnabled(True)
        self.search.returnPressed.connect(self._to_list)
        self.tree = SessionTree(window.theme)
        self.nothing = named(label("", "lead", wrap=True), "libraryNothing", "Nothing is listed")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.tree)
        self.stack.addWidget(self.nothing)
        self.about = named(label("", "muted", wrap=True), "libraryAbout", "About the selected session")
        self.body.addWidget(self.search)
        self.body.addWidget(self.stack, 1)
        self.body.addWidget(self.about)
        self._add_buttons()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SEARCH_AFTER_MS)
        self._soon.timeout.connect(self.look)
        self.search.textChanged.connect(lambda _: self._soon.start())
        self.tree.itemActivated.connect(lambda *_: self._open())
        self.tree.itemExpanded.connect(self._expanded)
        self.tree.renamed.connect(self._rename)
        self.tree.currentItemChanged.connect(lambda *_: self._selected())
        undo, standard = self.bench.undo, QKeySequence.StandardKey
        for key, do, place in (
            (standard.Delete, self._trash, self.tree),
            ("F2", self._edit_title, self.tree),
            (standard.Find, self._search, self),
            (standard.Undo, undo.undo, self),
            (standard.Redo, undo.redo, self),
        ):
            QShortcut(QKeySequence(key), place, do, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.bench.undo.indexChanged.connect(self._changed)
        self.bench.theme_changed.connect(self._theme_changed)
        self.finished.connect(self._leave)
        self._selected()
        self.look()
        self.search.setFocus()

    def _add_buttons(self) -> None:
        self.open_button = button("Open", "libraryOpen", "Open the session or recording (Return)", "primary")
        self.rename_button = button("Rename", "libraryRename", "Give the session another title (F2)")
        self.reveal_button = button("Show folder", "libraryReveal", "Show its files in the file manager")
        self.trash_button = button("Move to trash", "libraryTrash", "Move the session to the trash (Delete)")
        self.import_button = button("Import…", "libraryImport", "Open a session that is one file (.labsession)")
        for widget, do in (
            (self.open_button, self._open),
            (self.rename_button, self._edit_title),
            (self.reveal_button, self._show_folder),
            (self.trash_button, self._trash),
            (self.import_button, self._import),
        ):
            widget.clicked.connect(do)
        self.end_with(
            self.open_button, self.rename_button, self.reveal_button, self.trash_button, None, self.import_button
        )

    # Reading ------------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """List the sessions that the search asks for; one job at a time, for the library is one thread's at a time."""
        if self._left or not self.owner.isVisible():  # on its way out: nothing is to begin any more
            return
        if self._job is not None:
            self._again = True
            self._job.cancel()
            return
        text, library = self.search.text(), self._library

        def task(_: OnProgress, cancel: CancelToken) -> list[Entry]:
            return library.search(text, cancel)

        self._job = self.bench.jobs.prepare("Looking through the sessions", task)
        self._job.done.connect(self._found)
        self._job.failed.connect(self._failed)
        self._job.ended.connect(self._ended)
        self._job.start()

    @property
    def looking(self) -> bool:
        """Whether sessions are being read."""
        return self._job is not None or self._soon.isActive()

    def _found(self, entries: list[Entry]) -> None:
        self.tree.show_entries(entries, self.bench.desk.session.folder)
        self.stack.setCurrentWidget(self.tree if entries else self.nothing)
        text = self.search.text().strip()
        said = f"No session matches “{text}”.\nTitles, taught words and transcripts are searched." if text else EMPTY
        self.nothing.setText(said)
        self.nothing.setAccessibleName(said)
        self._selected()

    def _failed(self, error: LabBenchError) -> None:
        self._tell(error)
        self.nothing.setText(f"{error.message} {error.hint}")
        self.stack.setCurrentWidget(self.nothing)

    def _ended(self) -> None:
        self._job = None
        if self._again:
            self._again = False
            self.look()

    def _expanded(self, row: QTreeWidgetItem) -> None:
        """Its recordings, read when they are asked for."""
        entry = self.tree.entry_of(row)
        if entry is None or self.tree.has_recordings(row):
            return
        folder = entry.folder
        job = self.bench.jobs.prepare(f"Reading {entry.title}", lambda _p, _c: (folder, self._desk.recordings(folder)))
        job.done.connect(self._recordings_read)
        job.failed.connect(self._tell)
        job.start()

    def _recordings_read(self, found: tuple[Path, list[Recording]]) -> None:
        self.tree.show_recordings(*found)

    # Doing --------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        entry, recording = self.tree.chosen
        if entry is not None:
            self.bench.open_session(entry.folder, recording)
            self.accept()

    def _edit_title(self) -> None:
        self.tree.edit_title()

    def _rename(self, entry: Entry, title: str) -> None:
        try:
            self._desk.rename(entry, title)
        except LabBenchError as error:
            self._tell(error)
            self.look()

    def _show_folder(self) -> None:
        entry, _ = self.tree.chosen
        if entry is not None:
            self._reveal(entry.folder)

    def _trash(self) -> None:
        entry, _ = self.tree.chosen
        if entry is None:
            return
        try:
            self._desk.trash(entry)
        except LabBenchError as error:
            self._tell(error)

    def _import(self) -> None:
        places = FilePlaces(self.bench)
        begin = places.begin("sessions")
        path, _ = QFileDialog.getOpenFileName(self, "Import a session", begin, "Sessions (*.labsession)")
        if path:
            places.used("sessions", Path(path))
            self.bench.open_session(Path(path))
            self.accept()

    def _search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _to_list(self) -> None:
        """Return in the search field goes on to what was found."""
        if self.tree.topLevelItemCount():
            self.tree.setFocus()
            if self.tree.currentItem() is None:
                self.tree.choose_first()

    def _selected(self) -> None:
        entry, recording = self.tree.chosen
        for widget in (self.open_button, self.reveal_button):
            widget.setEnabled(entry is not None)
        for widget in (self.rename_button, self.trash_button):
            widget.setEnabled(entry is not None and recording is None)
        self.about.setText("" if entry is None else f"{entry.wrong} {entry.folder}".strip())

    def _tell(self, error: LabBenchError) -> None:
        self.about.setText(f"{error.message} {error.hint}")

    def _changed(self, _: int) -> None:
        self.look()

    def _theme_changed(self, theme: object) -> None:
        self.tree.set_theme(self.owner.theme)

    def _leave(self, _: int) -> None:
        self._soon.stop()
        self._again, self._left = False, True
        if self._job is not None:
            self._job.cancel()
