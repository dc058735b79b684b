"""Export: what, which part of the sound, in which format, and where to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QProgressBar,
    QRadioButton,
    QSizePolicy,
)

from labbench.core.errors import LabBenchError
from labbench.core.progress import Progress
from labbench.core.timebase import clock_text
from labbench.jobs.runner import Job
from labbench.ui.dialogs.base import BenchDialog, Form
from labbench.ui.dialogs.export_choices import Choice, Format, Group, Wanted, groups
from labbench.ui.dialogs.subtitle_fields import SubtitleFields
from labbench.ui.exporting import Span
from labbench.ui.file_places import FilePlaces, file_name
from labbench.ui.sounds.selection_bar import stretch_text
from labbench.ui.widgets import button, label, named

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

ALL, SELECTION, VIEW = "all", "selection", "view"


class ExportDialog(BenchDialog):
    """Closes once the file is written. While that takes time it shows how far it is, and Esc cancels it."""

    def __init__(self, window: MainWindow, *, selection: bool = False) -> None:
        super().__init__(window, "exportDialog", "Export", (600, 0))
        self._groups = groups(window)
        self._job: Job | None = None
        self._path = Path()
        self.add_heading("Export")
        self.kinds = QButtonGroup(self)
        self.body.addLayout(self._radios())
        self.which = _box("exportWhich", "Which")
        self.format = _box("exportFormat", "Format")
        self.range = _box("exportRange", "Range")
        form = Form()
        for box in (self.which, self.format, self.range):
            form.add_row(box.accessibleName(), box)
        self.lines = SubtitleFields(form, self.bench.preferences.settings.cue_lines, self)
        self.body.addLayout(form)
        self.hint = named(label("", "muted", wrap=True), "exportHint", "Note")
        self.progress = named(QProgressBar(), "exportProgress", "How much is written")
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.body.addWidget(self.hint)
        self.body.addWidget(self.progress)
        self.body.addStretch(1)
        self.save = button("Save as…", "exportSave", "Choose where to, and write the file", "primary")
        self.save.clicked.connect(self._ask)
        self.end_with(None, self.save, close="Cancel")
        self.press_by_return(self.save)
        self.kinds.idToggled.connect(lambda _, on: self._kind_chosen() if on else None)
        self.which.currentIndexChanged.connect(lambda _: self._which_chosen())
        self.format.currentIndexChanged.connect(lambda _: self._format_chosen())
        self.range.currentIndexChanged.connect(lambda _: self._hint())
        self.finished.connect(self._leave)
        self._prefer = SELECTION if selection else ALL
        possible = [number for number, group in enumerate(self._groups) if not group.reason]
        if possible:
            self.kinds.button(possible[0]).setChecked(True)
            self.kinds.button(possible[0]).setFocus()
        else:
            self.save.setEnabled(False)

    def _radios(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for number, group in enumerate(self._groups):
            radio = named(QRadioButton(group.title), f"export-{group.key}", group.title)
            radio.setEnabled(not group.reason)
            about = group.reason or group.about
            radio.setAccessibleDescription(about)
            radio.setToolTip(about)
            self.kinds.addButton(radio, number)
            grid.addWidget(radio, number, 0)
            grid.addWidget(named(label(about, "muted"), f"exportAbout-{group.key}", about), number, 1)
        return grid

    # What is chosen -------------------------------------------------------------------------------------------------

    @property
    def group(self) -> Group:
        return self._groups[max(0, self.kinds.checkedId())]

    @property
    def choice(self) -> Choice:
        return self.group.choices[max(0, self.which.currentIndex())]

    @property
    def span(self) -> Span | None:
        """The stretch in seconds; None for all of it, and for a picture for what is in view."""
        axis = self.bench.axis
        wanted = self.range.currentData()
        if wanted == SELECTION:
            return axis.selection
        return (0.0, axis.limit) if wanted == ALL and self.group.in_view else None

    def _kind_chosen(self) -> None:
        group = self.group
        with QSignalBlocker(self.which), QSignalBlocker(self.range):
            self.which.clear()
            for choice in group.choices:
                self.which.addItem(f"{choice.title}: {choice.reason}" if choice.reason else choice.title)
                _enable_last(self.which, not choice.reason)
            possible = [number for number, choice in enumerate(group.choices) if not choice.reason]
            self.which.setCurrentIndex(possible[0] if possible else 0)
            self.which.setEnabled(len(group.choices) > 1)
            self._fill_range(group)
        self._which_chosen()

    def _fill_range(self, group: Group) -> None:
        axis = self.bench.axis
        before = self.range.currentData() or self._prefer
        self.range.clear()
        if group.in_view:
            self.range.addItem(f"What is in view, {stretch_text(axis.view)}", VIEW)
        self.range.addItem(f"All of it, {clock_text(axis.duration)}", ALL)
        if axis.selection is None:
            self.range.addItem("The selection: nothing is selected.", SELECTION)
        else:
            self.range.addItem(f"The selection, {stretch_text(axis.selection)}", SELECTION)
        _enable_last(self.range, axis.selection is not None)
        wanted = self.range.findData(before)
        usable = before != SELECTION or axis.selection is not None
        self.range.setCurrentIndex(wanted if wanted >= 0 and usable and not (group.in_view and before == ALL) else 0)

    def _which_chosen(self) -> None:
        before = self.format.currentData()
        with QSignalBlocker(self.format):
            self.format.clear()
            for form in self.choice.formats:
                self.format.addItem(form.title, form)
            self.format.setCurrentIndex(max(0, self.format.findData(before)))
            self.format.setEnabled(len(self.choice.formats) > 1)
        self._format_chosen()
        self._hint()

    def _format_chosen(self) -> None:
        form: Format = self.format.currentData()
        if self.lines.isVisible() != form.is_subtitles:
            self.lines.setVisible(form.is_subtitles)
            self._fit()

    def _fit(self) -> None:
        """As high as what is shown needs."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), self.sizeHint().height())

    def _hint(self) -> None:
        self.hint.setText(self.group.hint if self.range.currentData() == SELECTION else "")

    # Writing --------------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        form: Format = self.format.currentData()
        places = FilePlaces(self.bench)
        suggested = places.begin("exports", file_name(self._suggested(), form.suffix))
        chosen, _ = QFileDialog.getSaveFileName(
            self, f"Save {self.group.title.lower()}", suggested, f"{form.title} (*{form.suffix})"
        )
        if not chosen:
            return
        path = Path(chosen)
        places.used("exports", path)
        if path.suffix.lower() != form.suffix.lower():
            path = path.with_name(path.name + form.suffix)
            if path.exists():  # nobody was asked about this name
                self._tell(LabBenchError(f"There is a {path.name} already.", "Choose its full name to replace it."))
                return
        self._write(path)

    def _write(self, path: Path) -> None:
        form: Format = self.format.currentData()
        lines = self.lines.value if form.is_subtitles else None
        if lines is not None:
            self.bench.keep_settings(cue_lines=lines)
        try:
            task = self.choice.make(Wanted(path, self.span, lines))
        except LabBenchError as error:
            self._tell(error)
            return
        self._path = path
        self.save.setEnabled(False)
        self.hint.setText(f"Writing {path.name} …")
        self.progress.setRange(0, 0)
        self.progress.show()
        job = self._job = self.bench.jobs.prepare(f"Exporting {path.name}", task)
        job.progressed.connect(self._progressed)
        job.done.connect(self._done)
        job.failed.connect(self._tell)
        job.ended.connect(self._ended)
        job.start()

    def _progressed(self, progress: Progress) -> None:
        if progress.total:
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(1000 * progress.done / progress.total))

    def _done(self, _: object) -> None:
        self.bench.notices.status.emit(f"Saved {self._path}")
        self.accept()

    def _ended(self) -> None:
        self._job = None
        self.progress.hide()
        self.save.setEnabled(True)

    def _tell(self, error: LabBenchError) -> None:
        self.hint.setText(f"{error.message} {error.hint}")
        self.bench.notices.error.emit(error)

    def _leave(self, _: int) -> None:
        if self._job is not None:
            self._job.cancel()

    def _suggested(self) -> str:
        """After the recording's own title; where it has none, after the session and its number in it."""
        recording = self.bench.shown.recording
        title = self.bench.desk.title
        if recording is not None:
            title = recording.title or f"{title} {recording.name}"
        part = " selection" if self.range.currentData() == SELECTION else ""
        which = f" {self.choice.title.lower()}" if len(self.group.choices) > 1 else ""
        return f"{title}{which}{part}"


def _box(name: str, title: str) -> QComboBox:
    box = named(QComboBox(), name, title)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(28)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box


def _enable_last(box: QComboBox, enabled: bool) -> None:
    model = box.model()
    assert isinstance(model, QStandardItemModel)
    model.item(box.count() - 1).setEnabled(enabled)
