"""The files that are read one after the other: which are done, which failed and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFileDialog, QHeaderView, QProgressBar, QTreeWidget, QTreeWidgetItem

from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.file_places import FilePlaces
from labbench.ui.file_queue import FileState
from labbench.ui.strings import SOUND_FILTER
from labbench.ui.widgets import button, label, named

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

HINT = "Each is taken into the session, read by both models and searched for the taught words."


class QueueDialog(BenchDialog):
    """Shows `bench.queue`. A double click, or Return, shows a finished file's recording once all are read."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window, "queueDialog", "Files in the queue", (760, 460))
        self.queue = self.bench.queue
        self.add_heading("Files in the queue", HINT)
        self.list = named(QTreeWidget(), "queueFiles", "Files in the queue")
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAllColumnsShowFocus(True)
        self.list.setHeaderLabels(["File", "State", "Result"])
        self.list.itemActivated.connect(self._activated)
        self.progress = named(QProgressBar(), "queueProgress", "How many files are read")
        self.progress.setTextVisible(False)
        self.summary = named(label("", "muted", wrap=True), "queueSummary", "Summary")
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self.progress)
        self.body.addWidget(self.summary)
        self.add = button("Add files…", "queueAdd", "Choose sounds or videos for the end of the queue", "primary")
        self.add.clicked.connect(self._ask)
        self.cancel = button("Cancel all", "queueCancel", "Stop; what was read so far stays in the session")
        self.cancel.clicked.connect(self.queue.cancel)
        self.end_with(self.add, self.cancel, None)
        header = self.list.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.queue.changed.connect(self._refresh)
        self.bench.theme_changed.connect(self._refresh)
        self._refresh()
        self.list.setFocus()

    def _ask(self) -> None:
        places = FilePlaces(self.bench)
        found, _ = QFileDialog.getOpenFileNames(self, "Add sounds or videos", places.begin("sounds"), SOUND_FILTER)
        if found:
            places.used("sounds", Path(found[0]))
            self.queue.add([Path(path) for path in found])

    def _refresh(self, _: object = None) -> None:
        files, theme = self.queue.files, self.owner.theme
        while self.list.topLevelItemCount() > len(files):
            self.list.takeTopLevelItem(self.list.topLevelItemCount() - 1)
        while self.list.topLevelItemCount() < len(files):
            self.list.addTopLevelItem(QTreeWidgetItem())
        colours = {
            FileState.WAITING: theme.muted,
            FileState.RUNNING: theme.accent,
            FileState.DONE: theme.good,
            FileState.FAILED: theme.record,
            FileState.CANCELLED: theme.muted,
        }
        for number, file in enumerate(files):
            row = self.list.topLevelItem(number)
            assert row is not None
            for column, text in enumerate((file.path.name, file.state.value, file.note)):
                row.setText(column, text)
                row.setToolTip(column, text)
            row.setToolTip(0, str(file.path))
            row.setForeground(1, QColor(colours[file.state]))
            row.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{file.path.name}: {file.state.value} {file.note}")
        done = len(files) - self.queue.left
        self.progress.setRange(0, max(1, len(files)))
        self.progress.setValue(done)
        self.cancel.setEnabled(self.queue.left > 0)
        self.summary.setText(self._summary(len(files), done))

    def _summary(self, count: int, done: int) -> str:
        if not count:
            return "No files are waiting. Add some, or drop several onto the window."
        failed = sum(file.state is FileState.FAILED for file in self.queue.files)
        text = f"{done} of {count} done" + (f", {failed} of them failed" if failed else "")
        return f"{text}. Double click a file to see its recording." if done == count else f"{text}."

    def _activated(self, row: QTreeWidgetItem, _: int) -> None:
        file = self.queue.files[self.list.indexOfTopLevelItem(row)]
        if self.queue.left:  # the window shows the file whose turn it is
            self.summary.setText("Recordings can be opened once all files are read.")
        elif file.recording is not None:
            self.bench.open_recording(file.recording)
            self.accept()
