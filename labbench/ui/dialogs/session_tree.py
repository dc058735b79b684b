"""A list of sessions whose rows open to show their recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from labbench.core.timebase import clock_text
from labbench.session.library import Entry
from labbench.session.recordings import Recording
from labbench.ui.theme import Theme
from labbench.ui.widgets import named

COLUMNS = ("Title", "Date", "Recordings", "Length", "Words")
TITLE, DATE, COUNT, LENGTH, WORDS = range(5)
ENTRY, RECORDING = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
HERE = "open now"


class SessionTree(QTreeWidget):
    """Rows are `Entry`s, in the order given. `renamed` gives an entry and the title that was typed for it."""

    renamed = Signal(object, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "librarySessions", "Sessions")
        self._theme = theme
        self._recordings: dict[Path, tuple[Entry, list[Recording]]] = {}
        self.setHeaderLabels(list(COLUMNS))
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setIndentation(20)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)  # `edit_title` begins it
        header = self.header()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for column in (TITLE, WORDS):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        for column in (DATE, COUNT, LENGTH):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        for column in (COUNT, LENGTH):
            self.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.itemChanged.connect(self._edited)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        with QSignalBlocker(self):
            for row in self._rows():
                self._colour(row)
        self.viewport().update()

    @property
    def chosen(self) -> tuple[Entry | None, str | None]:
        """The session of the current row, and the name of the recording where it is one."""
        row = self.currentItem()
        if row is None:
            return None, None
        return self.entry_of(row.parent() or row), row.data(0, RECORDING)

    def entry_of(self, row: QTreeWidgetItem) -> Entry | None:
        """The session of a row; None for a recording's."""
        found = row.data(0, ENTRY)
        return found if isinstance(found, Entry) else None

    def row_of(self, folder: Path) -> QTreeWidgetItem | None:
        """The row of a session."""
        for row in self._rows():
            entry = self.entry_of(row)
            if entry is not None and entry.folder == folder:
                return row
        return None

    def has_recordings(self, row: QTreeWidgetItem) -> bool:
        """Whether they are read already."""
        return row.childCount() > 0

    def show_entries(self, entries: Sequence[Entry], here: Path) -> None:
        """These sessions; the one in folder `here` is marked. What was selected and opened out stays so."""
        entry, recording = self.chosen
        open_ = {self.entry_of(row) for row in self._rows() if row.isExpanded()}
        open_folders = {one.folder for one in open_ if one is not None}
        with QSignalBlocker(self):
            self.clear()
            for one in entries:
                self._add(one, one.folder == here)
        for one in entries:
            known = self._recordings.get(one.folder)
            row = self.row_of(one.folder)
            if row is None or one.folder not in open_folders:
                continue
            if known is not None and known[0].recordings == one.recordings:
                self.show_recordings(one.folder, known[1])
            row.setExpanded(True)
        if entry is not None:
            self._choose(entry.folder, recording)
        elif entries:
            self.choose_first()

    def show_recordings(self, folder: Path, recordings: Sequence[Recording]) -> None:
        """Below their session's row."""
        row = self.row_of(folder)
        entry = self.entry_of(row) if row is not None else None
        if row is None or entry is None:
            return
        self._recordings[folder] = entry, list(recordings)
        with QSignalBlocker(self):
            row.takeChildren()
            for recording in recordings:
                child = QTreeWidgetItem()
                child.setText(TITLE, recording.title or f"Recording {recording.name}")
                child.setText(LENGTH, clock_text(recording.seconds))
                child.setText(WORDS, recording.source)
                child.setToolTip(WORDS, recording.source)
                child.setTextAlignment(LENGTH, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                child.setData(0, RECORDING, recording.name)
                row.addChild(child)
        self.viewport().update()

    def choose_first(self) -> None:
        """Select the first session."""
        for row in self._rows()[:1]:
            self.setCurrentItem(row)

    def edit_title(self) -> None:
        """Type another title for the current session."""
        row = self.currentItem()
        if row is not None and self.entry_of(row) is not None:
            self.setFocus()
            self.editItem(row, TITLE)

    def _rows(self) -> list[QTreeWidgetItem]:
        rows = map(self.topLevelItem, range(self.topLevelItemCount()))
        return [row for row in rows if row is not None]

    def _add(self, entry: Entry, here: bool) -> None:
        row = QTreeWidgetItem()
        when = entry.created or entry.changed
        words = entry.wrong or ", ".join(entry.words)
        date = when.astimezone().strftime("%Y-%m-%d %H:%M")
        texts = (entry.title, date, str(entry.recordings), clock_text(entry.seconds), words)
        for column, text in enumerate(texts):
            row.setText(column, text)
            row.setToolTip(column, text)
        for column in (COUNT, LENGTH):
            row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if here:
            row.setText(DATE, f"{date}, {HERE}")
        row.setToolTip(TITLE, str(entry.folder))
        row.setData(0, ENTRY, entry)
        row.setFlags(row.flags() | Qt.ItemFlag.ItemIsEditable)
        if entry.recordings:
            row.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
        self.addTopLevelItem(row)
        self._colour(row)

    def _colour(self, row: QTreeWidgetItem) -> None:
        entry = self.entry_of(row)
        for column in (DATE, COUNT, LENGTH):
            row.setForeground(column, QColor(self._theme.muted))
        wrong = entry is not None and bool(entry.wrong)
        row.setForeground(WORDS, QColor(self._theme.warning if wrong else self._theme.text))

    def _choose(self, folder: Path, recording: str | None) -> None:
        row = self.row_of(folder)
        if row is None:
            return
        children = [row.child(number) for number in range(row.childCount())]
        mine = [child for child in children if child is not None and child.data(0, RECORDING) == recording]
        self.setCurrentItem(mine[0] if recording is not None and mine else row)

    def _edited(self, row: QTreeWidgetItem, column: int) -> None:
        entry = self.entry_of(row)
        if entry is None or row.text(column) == entry.title:
            return
        if column == TITLE:
            self.renamed.emit(entry, row.text(TITLE))
