"""Both engines over many files: a table that can be sorted, copied and exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QHeaderView, QProgressBar, QTableWidget, QTableWidgetItem

from labbench.core.errors import LabBenchError
from labbench.core.progress import Progress
from labbench.session.disk import write_bytes
from labbench.ui.asking import sounds_in
from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.file_places import FilePlaces
from labbench.ui.strings import SOUND_FILTER
from labbench.ui.transcripts.compare_columns import COLUMNS, FIXED, TIPS, UNKNOWN, figures_of, summary, value_of
from labbench.ui.transcripts.file_comparison import POOLED, ComparedFile, Figures, FileComparison
from labbench.ui.widgets import ElidedLabel, button, label, named, set_role

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

HINT = (
    "Choose sounds, or a folder of them. Where a text NAME.txt lies beside NAME.wav, errors are counted against it. "
    "Nothing is taken into the session."
)


class CompareDialog(BenchDialog):
    """Shows a `FileComparison`; beside the window. Click a column's title to sort; the last row is always all files."""

    def __init__(self, window: MainWindow, comparison: FileComparison) -> None:
        super().__init__(window, "compareDialog", "Compare over files", (1320, 560))
        self.comparison = comparison
        self._sorted: tuple[int, Qt.SortOrder] | None = None
        self.add_heading("Compare over files", HINT)
        self.table = named(QTableWidget(), "compareTable", "Both engines on each file")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionsClickable(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        header.sectionClicked.connect(self._sort)
        self.body.addWidget(self.table, 1)
        self.progress = named(QProgressBar(), "compareProgress", "How many files are done")
        self.progress.setTextVisible(False)
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.state = named(ElidedLabel("", "muted"), "compareState", "State")
        self.body.addWidget(self.progress)
        self.body.addWidget(self.state)
        self.names = named(label("", "muted", wrap=True), "compareEngines", "The engines")
        self.body.insertWidget(1, self.names)
        self._add_buttons()
        comparison.changed.connect(self._refresh)
        comparison.progressed.connect(self._progressed)
        comparison.trouble.connect(self._tell)
        self.bench.theme_changed.connect(self._refresh)
        self.finished.connect(lambda _: comparison.stop())
        QShortcut(QKeySequence.StandardKey.Copy, self.table, self.copy, context=Qt.ShortcutContext.WidgetShortcut)
        self._refresh()
        self.files.setFocus()

    def _add_buttons(self) -> None:
        self.files = button("Choose files…", "compareFiles", "Sounds or videos", "primary")
        self.folder = button("Choose a folder…", "compareFolder", "All sounds in it")
        self.cancel = button("Cancel", "compareCancel", "Stop; what is known so far stays")
        self.copied = button("Copy", "compareCopy", "The table as it is shown, for a spreadsheet (Ctrl+C)")
        self.csv = button("Export table…", "compareCsv", "As CSV, with the columns of “labbench compare”")
        for widget, do in (
            (self.files, self._ask_files),
            (self.folder, self._ask_folder),
            (self.cancel, self.comparison.stop),
            (self.copied, self.copy),
            (self.csv, self._ask_csv),
        ):
            widget.clicked.connect(do)
        self.end_with(self.files, self.folder, None, self.copied, self.csv, self.cancel)

    # What is shown ----------------------------------------------------------------------------------------------------

    def shown_rows(self) -> list[list[str]]:
        """The table as text, row by row, its titles first."""
        titles = ["File", "Seconds"]
        for slot in "AB":
            titles += [f"{slot}: {title}".replace("\n", " ") for _, title, _ in COLUMNS]
        rows = [titles]
        for number in range(self.table.rowCount()):
            items = [self.table.item(number, column) for column in range(self.table.columnCount())]
            rows.append([item.text() if item is not None else "" for item in items])
        return rows

    def _refresh(self, _: object = None) -> None:
        comparison = self.comparison
        chosen = self.table.currentRow()
        self.names.setText(
            "   ".join(f"{slot} is {engine}." for slot, engine in zip("AB", comparison.engines, strict=True))
        )
        self.table.setColumnCount(FIXED + 2 * len(COLUMNS))
        self._fill_titles()
        files = self._in_order()
        self.table.clearSpans()
        self.table.setRowCount(len(files) + (1 if files else 0))
        for row, file in enumerate(files):
            self._fill(row, file)
        if files:
            both = [comparison.pooled(slot) for slot in range(2)]
            self._put(len(files), POOLED, comparison.seconds, both, bold=True)
        self._fit_names()
        self.table.setCurrentCell(chosen, 0, QItemSelectionModel.SelectionFlag.NoUpdate)
        running = comparison.running
        self.progress.setVisible(running)
        self.cancel.setEnabled(running)
        self.files.setEnabled(not running)
        self.folder.setEnabled(not running)
        done = [file for file in comparison.files if file.done]
        for widget in (self.copied, self.csv):
            widget.setEnabled(any(any(file.trials) for file in comparison.files))
        if not running:
            self._say(summary(comparison.files, len(done)))

    def _fill_titles(self) -> None:
        titles = ["File", "Seconds", *(f"{slot}: {title}" for slot in "AB" for _, title, _ in COLUMNS)]
        for column, title in enumerate(titles):
            mark = ""
            if self._sorted is not None and self._sorted[0] == column:
                mark = " ▲" if self._sorted[1] is Qt.SortOrder.AscendingOrder else " ▼"
            slot, _, rest = title.partition(": ")
            item = QTableWidgetItem((f"{slot}\n{rest}" if rest else title) + mark)
            if column >= FIXED:
                item.setToolTip(TIPS[COLUMNS[(column - FIXED) % len(COLUMNS)][0]])
            if column == 0:
                item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            self.table.setHorizontalHeaderItem(column, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(self.owner.theme.size(56))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.table.columnCount():
            self._fit_names()

    def _fit_names(self) -> None:
        """The names of the files have the room that is left, and never less than they need to be read."""
        header = self.table.horizontalHeader()
        others = sum(header.sectionSizeHint(column) for column in range(1, header.count()))
        cells = sum(max(0, self.table.sizeHintForColumn(column)) for column in range(1, header.count()))
        left = self.table.viewport().width() - max(others, cells, header.length() - header.sectionSize(0))
        header.resizeSection(0, max(self.owner.theme.size(200), left))

    def _fill(self, row: int, file: ComparedFile) -> None:
        lost = bool(file.note) and not any(file.trials)
        name = f"{file.path.name}: {file.note}" if file.note and not lost else file.path.name
        self._put(row, name, file.seconds, [figures_of(trial) for trial in file.trials], bad=bool(file.note))
        note = self.table.item(row, 1)
        if lost and note is not None:  # a sentence in place of the figures
            for column in range(2, self.table.columnCount()):
                self.table.takeItem(row, column)
            note.setText(file.note)
            note.setForeground(QColor(self.owner.theme.warning))
            note.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            self.table.setSpan(row, 1, 1, self.table.columnCount() - 1)
        item = self.table.item(row, 0)
        if item is not None:
            item.setToolTip(f"{file.path}\n{file.note}".strip())

    def _put(
        self,
        row: int,
        name: str,
        seconds: float | None,
        both: list[Figures],
        *,
        bold: bool = False,
        bad: bool = False,
    ) -> None:
        theme = self.owner.theme
        texts = [name, UNKNOWN if seconds is None else f"{seconds:.1f}"]
        for figures in both:
            values = [(getattr(figures, key), text) for key, _, text in COLUMNS]
            texts += [UNKNOWN if value is None else text(value) for value, text in values]
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setFont(theme.font(12, bold=bold))
            side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            if text == UNKNOWN:
                item.setForeground(QColor(theme.muted))
            elif bad and column == 0:
                item.setForeground(QColor(theme.warning))
            self.table.setItem(row, column, item)

    def _in_order(self) -> list[ComparedFile]:
        files = list(self.comparison.files)
        if self._sorted is None:
            return files
        column, order = self._sorted
        known = [file for file in files if value_of(file, column) is not None]
        known.sort(key=lambda file: value_of(file, column) or 0, reverse=order is Qt.SortOrder.DescendingOrder)
        return known + [file for file in files if value_of(file, column) is None]

    def _sort(self, column: int) -> None:
        up, down = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
        self._sorted = (column, down if self._sorted == (column, up) else up)
        self._refresh()

    # What happens -----------------------------------------------------------------------------------------------------

    def _progressed(self, progress: Progress) -> None:
        self.progress.setRange(0, 1000)
        self.progress.setValue(round(1000 * progress.done / (progress.total or 1.0)))
        if progress.note:
            self._say(f"{progress.done:.0f} of {progress.total or 0:.0f} files   {progress.note}")

    def _say(self, text: str) -> None:
        set_role(self.state, "muted")
        self.state.setText(text)

    def _tell(self, error: LabBenchError) -> None:
        set_role(self.state, "warning")
        self.state.setText(f"{error.message} {error.hint}")

    def _ask_files(self) -> None:
        places = FilePlaces(self.bench)
        found, _ = QFileDialog.getOpenFileNames(self, "Compare over files", places.begin("sounds"), SOUND_FILTER)
        if found:
            places.used("sounds", Path(found[0]))
            self.comparison.start([Path(path) for path in found])

    def _ask_folder(self) -> None:
        places = FilePlaces(self.bench)
        found = QFileDialog.getExistingDirectory(self, "Compare over a folder", places.begin("sounds"))
        if found:
            self.use_folder(Path(found))

    def use_folder(self, folder: Path) -> None:
        """All sounds that lie in a folder."""
        sounds = sounds_in(folder)
        if sounds:
            self.comparison.start(sounds)
        else:
            self._tell(LabBenchError(f"There is no sound in {folder.name}.", "Choose another folder."))

    def copy(self) -> None:
        """The table as it is shown, in columns that a spreadsheet takes."""
        text = "\n".join("\t".join(cell.replace("\t", " ") for cell in row) for row in self.shown_rows())
        QGuiApplication.clipboard().setText(text + "\n")

    def _ask_csv(self) -> None:
        places = FilePlaces(self.bench)
        kinds = "Comma-separated values (*.csv)"
        path, _ = QFileDialog.getSaveFileName(
            self, "Export the table", places.begin("exports", "comparison.csv"), kinds
        )
        if path:
            chosen = Path(path) if Path(path).suffix else Path(f"{path}.csv")
            places.used("exports", chosen)
            self.export(chosen)

    def export(self, path: Path) -> None:
        """As `labbench compare --format csv` writes it."""
        try:
            write_bytes(path, self.comparison.csv().encode("utf-8", "replace"))
        except LabBenchError as error:
            self._tell(error)
        else:
            self._say(f"Saved {path}")
