"""The threshold explorer: how far each kind of sound lies from a word, and what a threshold makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from labbench.core.errors import LabBenchError
from labbench.ui.theme import Theme
from labbench.ui.views.strip.hand import FINE_STEP
from labbench.ui.views.tabs import THRESHOLD
from labbench.ui.views.threshold.desk import Count, ThresholdDesk
from labbench.ui.views.threshold.ridges import RidgePlot, Row
from labbench.ui.views.threshold.trade import DET_TIP, ROC_TIP, TradePlot
from labbench.ui.views.view import Cell, View
from labbench.ui.widgets import ElidedLabel, label, named
from labbench.ui.words.expectation import expectation_text
from labbench.wakeword.calibration import MAX_THRESHOLD, MIN_THRESHOLD, WINDOWS_PER_HOUR
from labbench.wakeword.recount import firing_counts
from labbench.wakeword.trade_off import expected, judged, thresholds

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

GROWN_EVERY_MS = 250
"""While sound runs its histogram is drawn so often."""
NOT_TOLD = -1
SAID_TIP = (
    "How often the word is really said in the shown recording, if you know: then misses and false accepts in it are "
    "counted. Firings count as the word as far as there are words to be heard."
)
EMPTY = "Teach a word, then its threshold can be explored here."
UNMEASURED = "This sound has not been searched for the word."


class ThresholdView(View):
    """Shows what `desk` knows. `threshold_dragged` while a hand holds the line, `threshold_dropped` at the end,
    `threshold_set` by key, `word_chosen` by hand."""

    threshold_dragged = Signal(float)
    threshold_dropped = Signal()
    threshold_set = Signal(float)
    word_chosen = Signal(str)
    tab = THRESHOLD

    def __init__(self, desk: ThresholdDesk, theme: Theme) -> None:
        super().__init__()
        self.desk = desk
        self._theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.choice = named(QComboBox(), "thresholdWord", "Word")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.choice.textActivated.connect(self.word_chosen)
        self.said_often = named(QSpinBox(), "saidOften", "How often the word is said in this recording")
        self.said_often.setRange(NOT_TOLD, 9999)
        self.said_often.setPrefix("said ")
        self.said_often.setSuffix(" times")
        self.said_often.setSpecialValueText("said … times")
        self.said_often.setToolTip(SAID_TIP)
        self.said_often.setAccessibleDescription(SAID_TIP)
        self.said_often.setKeyboardTracking(False)
        self.said_often.valueChanged.connect(lambda value: desk.say(None if value == NOT_TOLD else value))
        self.det = named(QCheckBox("DET"), "detCurve", "DET curve in place of the ROC curve")
        self.det.setToolTip(f"{DET_TIP}\n\n{ROC_TIP}")
        self.options = [self.choice, self.said_often, self.det]
        self.ridges = RidgePlot(theme)
        self.trade = TradePlot(theme)
        self.det.toggled.connect(self.trade.show_det)
        self.counts = named(ElidedLabel(""), "thresholdCounts", "What this threshold does")
        self.expectation = named(ElidedLabel("", "muted"), "thresholdExpectation", "What to expect of it")
        self.empty = named(label(EMPTY, "lead"), "thresholdEmpty", EMPTY)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body = QWidget()
        across = QHBoxLayout()
        across.setSpacing(16)
        across.addWidget(self.ridges, 5)
        across.addWidget(self.trade, 3)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(across, 1)
        column.addWidget(self.counts)
        column.addWidget(self.expectation)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.body, 1)
        layout.addWidget(self.empty, 1)
        self._grown = QTimer(self)
        self._grown.setSingleShot(True)
        self._grown.setInterval(GROWN_EVERY_MS)
        self._grown.timeout.connect(self._show_rows)
        self.ridges.threshold_moved.connect(self.threshold_dragged)
        self.ridges.threshold_dropped.connect(self.threshold_dropped)
        desk.changed.connect(self._refresh)
        desk.moved.connect(self._show_threshold)
        desk.stepped.connect(self._show_rows)
        desk.grew.connect(self._grow)
        self.opened.connect(lambda: desk.want(self.objectName()))
        self.closed.connect(lambda: desk.leave(self.objectName()))
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.ridges.set_theme(theme)
        self.trade.set_theme(theme)
        self.counts.setFont(theme.font(12))
        self._refresh()

    def show_word(self, name: str, names: Sequence[str]) -> None:
        """The word that is looked at, of those that there are."""
        if [self.choice.itemText(place) for place in range(self.choice.count())] != list(names):
            self.choice.clear()
            self.choice.addItems(list(names))
        self.choice.setCurrentText(name)
        self.desk.use(name)

    # What is shown ----------------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Everything: other material, another word, another sound."""
        if not self.isVisible():
            return
        there = self.desk.threshold is not None
        self.body.setVisible(there)
        self.empty.setVisible(not there)
        if not there:
            self.setAccessibleDescription(EMPTY)
            return
        colour = self._theme.word(self.desk.number)
        self.ridges.show_colour(colour)
        self.trade.show_colour(colour)
        self.said_often.blockSignals(True)
        self.said_often.setEnabled(self.desk.can_be_told)
        self.said_often.setValue(NOT_TOLD if self.desk.said is None else self.desk.said)
        self.said_often.blockSignals(False)
        self._show_rows()
        calibration, material = self.desk.calibration, self.desk.material
        none = (np.zeros(0), np.zeros(0))
        self.trade.show_curves(
            expected(calibration) if calibration is not None else none, material.counted() if material else none
        )
        self._show_threshold()

    def _show_rows(self) -> None:
        desk, theme = self.desk, self._theme
        if not self.isVisible() or desk.threshold is None:
            return
        material, stream, none = desk.material, desk.stream, np.zeros(0)
        takes, noisy, others, speech = (
            (material.takes, material.noisy, material.others, material.speech) if material else (none,) * 4
        )
        rows = [
            Row(f"Takes: {len(takes)}", takes, theme.word(desk.number), noisy),
            Row(f"Other sounds: {len(others)}", others, theme.text),
            Row(f"Ordinary speech: {len(speech)}", speech, theme.muted),
        ]
        if stream is not None:
            rows.append(Row(f"This sound: {len(stream.smoothed)} hops", stream.smoothed, theme.accent))
        steps = None
        if desk.said is not None and desk.steps is not None:
            steps = (thresholds(), desk.steps, desk.said)
        self.ridges.show_rows(rows, steps)

    def _grow(self) -> None:
        if self.isVisible() and not self._grown.isActive():
            self._grown.start()
            self._show_numbers()

    def _show_threshold(self) -> None:
        """The line, the dot and the numbers: within a frame while a hand drags."""
        desk = self.desk
        if not self.isVisible() or desk.threshold is None:
            return
        self.ridges.show_threshold(desk.threshold)
        calibration, material = desk.calibration, desk.material
        now = counted = None
        if calibration is not None and calibration.misses is not None and calibration.misses_interval is not None:
            rates = np.array([calibration.false_accepts_per_hour, *calibration.false_accepts_interval])
            now = (rates, np.array([calibration.misses, *calibration.misses_interval]))
        if now is not None and material is not None and len(material.takes) and len(material.speech):
            share = np.count_nonzero(material.speech < desk.threshold) / len(material.speech)
            missed = material.missed(desk.threshold) / len(material.takes)
            counted = (np.array([share * WINDOWS_PER_HOUR]), np.array([missed]))
        self.trade.show_now(now, counted)
        self.expectation.setText(expectation_text(calibration) if calibration is not None else "")
        self._show_numbers()

    def _show_numbers(self) -> None:
        count = self.desk.count()
        if count is not None:
            text = count_text(count, working=self.desk.working, alone=self.desk.material is not None)
            self.counts.setText(text)
            self.setAccessibleDescription(f"Threshold of {self.desk.name}: {count.threshold:.2f}. {text}")

    # Keyboard ---------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        threshold = self.desk.threshold
        steps = {Qt.Key.Key_Left: -FINE_STEP, Qt.Key.Key_Right: FINE_STEP}
        key = Qt.Key(event.key())
        if key in steps and threshold is not None:
            self.threshold_set.emit(min(MAX_THRESHOLD, max(MIN_THRESHOLD, round(threshold + steps[key], 4))))
        elif key == Qt.Key.Key_W and self.choice.count():
            self.word_chosen.emit(self.choice.itemText((self.choice.currentIndex() + 1) % self.choice.count()))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            accent = self.palette().color(QPalette.ColorRole.Highlight)
            self.ridges.box.setBorder(accent if event.type() == QEvent.Type.FocusIn else None)
        return super().event(event)

    # Files ------------------------------------------------------------------------------------------------------------

    def pictured(self) -> list[QWidget]:
        return [self.ridges, self.trade, self.counts, self.expectation] if self.body.isVisibleTo(self) else []

    def table(self) -> tuple[Sequence[str], list[Sequence[Cell]]]:
        """A row for each threshold."""
        desk = self.desk
        calibration, material, stream = desk.calibration, desk.material, desk.stream
        if calibration is None or material is None:
            raise LabBenchError("There is no threshold to write down yet.", EMPTY)
        values = thresholds().tolist()
        fires = firing_counts(stream, values).tolist() if stream is not None else [None] * len(values)
        rows: list[Sequence[Cell]] = []
        for value, fired in zip(values, fires, strict=True):
            at = calibration.at(value)
            counted = (material.missed(value), len(material.takes), material.taken(value), len(material.others))
            rows.append((value, *counted, fired, at.misses, at.false_accepts_per_hour))
        columns = ("threshold", "missed takes", "takes", "other sounds taken", "other sounds", "fires in this sound")
        return (*columns, "misses, expected", "false accepts an hour, expected"), rows


def count_text(count: Count, *, working: bool, alone: bool) -> str:
    """What a threshold does, in sentences."""
    told = []
    if count.takes:
        told.append(f"Of your {count.takes} takes {count.missed} would be missed.")
    elif working:
        told.append("Measuring the takes…")
    elif alone:
        told.append("With two takes or more, misses can be counted.")
    if count.others:
        told.append(f"Of {count.others} other sounds {count.taken} would be taken for it.")
    if count.fires is None:
        told.append(UNMEASURED if count.seconds else "")
    else:
        often = "once" if count.fires == 1 else f"{count.fires} times"
        told.append(f"In this sound ({_clock(count.seconds)}) it fires {often}.")
        if count.said is not None:
            misses, accepts = judged(count.fires, count.said)
            missed = f"{misses} of {count.said} missed"
            told.append(f"That is {missed}, {accepts} false {'accept' if accepts == 1 else 'accepts'}.")
    return " ".join(part for part in told if part)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def connect_threshold_view(window: MainWindow, view: ThresholdView) -> QObject:
    """The word is that of the panel of wake words, and the threshold that of the whole window."""
    teaching, panel = window.bench.teaching, window.words

    def show_word(*_: object) -> None:
        view.show_word(panel.current, [name for name, _ in teaching.live_words])

    view.threshold_dragged.connect(lambda value: teaching.drag_threshold(view.desk.name, value))
    view.threshold_dropped.connect(teaching.ear.let_go)
    view.threshold_set.connect(lambda value: teaching.set_threshold(view.desk.name, value))
    view.word_chosen.connect(panel.words.setCurrentText)
    panel.words.currentTextChanged.connect(show_word)
    teaching.words_changed.connect(show_word)
    show_word()
    return view
