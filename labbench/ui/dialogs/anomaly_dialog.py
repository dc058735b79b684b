"""What is normal, and the list of what stands out from it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QProgressBar, QWidget

from labbench.core.progress import Progress
from labbench.core.timebase import clock_text
from labbench.ui.anomaly.learning import clock
from labbench.ui.anomaly.panel import found
from labbench.ui.anomaly.threshold import ThresholdSlider
from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.widgets import ElidedLabel, button, label, named
from labbench.ui.words.moment_table import RIGHT, PlainTable
from labbench.wakeword.anomaly_detector import Mark

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

COLUMNS = ("From", "Length", "Score", "Against the threshold")
FROM, LENGTH, SCORE = range(len(COLUMNS) - 1)
MINUTES = (1, 2, 5, 10)
NOTHING = "It has not heard yet what is normal. Half a minute is enough to begin with; some minutes are better."
EMPTY_NORMAL = "Nothing stands out in this sound."
EMPTY_SOUND = "Open, record or run a sound: what stands out in it is listed here."
EMPTY = "Let it hear what is normal first."
MOST_LISTED = 1000


class AnomalyDialog(BenchDialog):
    """Beside the window: what is marked there is listed here while it comes."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window, "anomalyDialog", "What stands out", (720, 640))
        self.desk = window.bench.anomaly
        self._marks: list[Mark] = []
        self.add_heading(
            "What stands out",
            "Let it hear what is normal – a machine, a room – and it marks what is unlike it.",
        )
        self._add_learning()
        self._add_threshold()
        self._add_list(window)
        save = button("Save…", "anomalySave", "Write what is normal to a file, for another session or computer")
        save.clicked.connect(window.asking.where_anomaly)
        load = button("Open…", "anomalyOpen", "What was saved, or learnt by the command line, is normal here as well")
        load.clicked.connect(window.asking.anomaly_file)
        forget = button("Forget", "anomalyForget", "Nothing is normal any more, and nothing is marked; can be undone")
        forget.clicked.connect(self.desk.forget)
        self._of_normal = (save, forget)
        self.end_with(load, save, forget, None)
        bench = window.bench
        self.desk.changed.connect(self._refresh)
        self.desk.learning.progressed.connect(self._show_learning)
        self.desk.scoring.marks_changed.connect(self._show_marks)
        self.desk.scoring.progressed.connect(self._searching)
        for signal in (bench.axis.selection_changed, bench.running_changed, bench.shown.shown, bench.sound_changed):
            signal.connect(self._enable)
        self.finished.connect(self._closed)
        self._refresh()

    # Parts ------------------------------------------------------------------------------------------------------------

    def _add_learning(self) -> None:
        self.body.addWidget(label("What is normal", "title"))
        self.state = named(label("", "muted", wrap=True), "anomalyState", "What is normal")
        self.body.addWidget(self.state)
        learning = self.desk.learning
        self.selection = button("The selection", "anomalyFromSelection", "What is selected in the views is normal")
        self.selection.clicked.connect(learning.from_selection)
        self.all = button("All that is shown", "anomalyFromAll", "The whole recording in the window is normal")
        self.all.clicked.connect(learning.from_all)
        self.live = button(
            "What comes now for", "anomalyFromLive", "Listens, to the microphone where nothing runs, and goes on then"
        )
        self.minutes = named(QComboBox(), "anomalyMinutes", "For how long")
        self.live.clicked.connect(self._learn_live)
        for minutes in MINUTES:
            self.minutes.addItem(f"{minutes} minute{'s' if minutes > 1 else ''}", minutes)
        row = _row(label("Learn it from", "muted"), self.selection, self.all, self.live, self.minutes, None)
        self._choices = row
        self.body.addWidget(row)
        self.bar = named(QProgressBar(), "anomalyProgress", "How far learning is")
        self.bar.setTextVisible(False)
        self.hears = named(ElidedLabel("", "title"), "anomalyHears", "What it is learning")
        cancel = button("Cancel", "anomalyCancel", "Learn nothing; what was normal before stays so")
        cancel.clicked.connect(learning.cancel)
        self._working = _row(self.hears, cancel, stretch=0)
        self.body.addWidget(self._working)
        self.body.addWidget(self.bar)

    def _add_threshold(self) -> None:
        caption = label("How much stands out", "title")
        self.slider = ThresholdSlider("anomalyHowMuch")
        caption.setBuddy(self.slider.slider)
        self.slider.moved.connect(self.desk.set_threshold)
        self.slider.released.connect(self.desk.end_drag)
        self.body.addSpacing(4)
        self.body.addWidget(caption)
        self.body.addWidget(self.slider)

    def _add_list(self, window: MainWindow) -> None:
        self.count = named(label("", "title"), "anomalyCount", "What stands out")
        self.table = PlainTable(window.theme, "anomalyTable", "What stands out", COLUMNS)
        header = self.table.header()
        header.setMinimumSectionSize(window.theme.size(110))
        for column in (LENGTH, SCORE):
            self.table.headerItem().setTextAlignment(column, RIGHT)
        window.bench.theme_changed.connect(self.table.set_theme)
        self.play = button("Play", "anomalyPlay", "Hear it (Return)")
        self.play.clicked.connect(partial(self._with_mark, self.desk.play))
        self.normal = button(
            "This is normal", "anomalyIsNormal", "It sounds like this here now and then: mark nothing like it any more"
        )
        self.normal.clicked.connect(partial(self._with_mark, self.desk.this_is_normal))
        self.table.currentItemChanged.connect(self._enable)
        self.table.itemClicked.connect(partial(self._with_mark, self.desk.select))
        self.table.itemActivated.connect(self._activated)
        self.body.addSpacing(4)
        self.body.addWidget(self.count)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(_row(self.play, self.normal, None))

    # What is shown ----------------------------------------------------------------------------------------------------

    @property
    def mark(self) -> Mark | None:
        """The current one."""
        item = self.table.currentItem()
        row = self.table.indexOfTopLevelItem(item) if item is not None else -1
        return self._marks[row] if 0 <= row < len(self._marks) else None

    def _learn_live(self) -> None:
        self.desk.learning.from_live(60.0 * int(self.minutes.currentData()))

    def _closed(self, *_: object) -> None:
        """Nobody would see any more that it is being learnt."""
        if self.desk.learning.running:
            self.desk.learning.cancel()

    def _with_mark(self, do: object, *_: object) -> None:
        mark = self.mark
        if mark is not None and callable(do):
            do(mark)

    def _activated(self, *_: object) -> None:
        """Return, or a double click."""
        self._with_mark(self.desk.select)
        self._with_mark(self.desk.play)

    def _refresh(self) -> None:
        learnt = self.desk.learnt
        self.slider.show_learnt(learnt)
        if learnt is None:
            self.state.setText(NOTHING)
        else:
            source = f": {learnt.source}" if learnt.source else ""
            more = " What you said is normal counts as well." if learnt.normal.added else ""
            self.state.setText(f"It has heard {clock(learnt.normal.seconds)} of what is normal{source}.{more}")
        self.state.setAccessibleName(self.state.text())
        self._show_learning()
        self._show_marks()

    def _show_learning(self, *_: object) -> None:
        learning = self.desk.learning
        progress = learning.progress
        self._choices.setVisible(progress is None)
        for widget in (self._working, self.bar):
            widget.setVisible(progress is not None)
        if progress is not None:
            known = progress.total is not None and progress.total > 0
            self.bar.setRange(0, 1000 if known else 0)
            self.bar.setValue(round(1000 * progress.done / progress.total) if known and progress.total else 0)
            left = f": {clock(progress.total - progress.done)} to go" if known and progress.total else ""
            self.hears.setText(f"{'Listening' if learning.hears else 'Learning'}{left}")
        self._enable()

    def _show_marks(self) -> None:
        """Of very many the last ones; the current row stays with its mark."""
        before, marks = self.mark, self.desk.scoring.marks[-MOST_LISTED:]
        learnt = self.desk.learnt
        self._marks = marks
        for shown, mark in zip(self.table.have(len(marks)), marks, strict=True):
            start, stop = self.desk.span(mark)
            times = mark.score / learnt.threshold if learnt is not None and learnt.threshold > 0 else 1.0
            for column, text in enumerate(
                (clock_text(start), f"{stop - start:.1f} s", f"{mark.score:.2f}", f"{times:.1f} times")
            ):
                shown.setText(column, text)
            for column in (LENGTH, SCORE):
                shown.setTextAlignment(column, RIGHT)
        same = [row for row, mark in enumerate(marks) if before is not None and mark.start == before.start]
        item = self.table.topLevelItem(same[0]) if same else None
        if item is not None:
            self.table.setCurrentItem(item)
        seen = self.bench.sound.running is not None or self.bench.shown.recording is not None
        self.table.empty = EMPTY if learnt is None else EMPTY_NORMAL if seen else EMPTY_SOUND
        self.table.viewport().update()
        self.count.setText(found(len(self.desk.scoring.marks)) if learnt is not None and seen else "What stands out")
        self._enable()

    def _searching(self, progress: Progress | None) -> None:
        if progress is None:
            self._show_marks()
        else:
            self.table.empty = "Listening through the sound…"
            self.table.viewport().update()

    def _enable(self, *_: object) -> None:
        bench, free = self.bench, not self.desk.learning.running
        self.selection.setEnabled(free and bench.axis.selection is not None)
        self.all.setEnabled(free and not bench.busy and bench.shown.recording is not None)
        self.live.setEnabled(free and not bench.sound.opening)
        self.minutes.setEnabled(self.live.isEnabled())
        for widget in self._of_normal:
            widget.setEnabled(self.desk.learnt is not None)
        self.play.setEnabled(self.mark is not None and not bench.busy)
        self.normal.setEnabled(self.mark is not None)


def _row(*widgets: QWidget | None, stretch: int | None = None) -> QWidget:
    """Beside each other; None takes the room that is left, as does the widget number `stretch`."""
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for number, widget in enumerate(widgets):
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget, 1 if number == stretch else 0, Qt.AlignmentFlag.AlignVCenter)
    return whole
