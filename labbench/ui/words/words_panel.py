"""Wake words: type a name, give takes, read the verdict on each, set the threshold and see what to expect of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSlider, QWidget

from labbench.ui.theme import Theme
from labbench.ui.widgets import ElidedLabel, Panel, button, label, named, set_role
from labbench.ui.words.expectation import expectation_in_short, expectation_text
from labbench.ui.words.take_list import TakeArea, TakeList
from labbench.ui.words.teaching import Teaching
from labbench.wakeword.calibration import MAX_THRESHOLD, MIN_THRESHOLD
from labbench.wakeword.words import TaughtWord

STEPS = 1000
THRESHOLDS = MAX_THRESHOLD - MIN_THRESHOLD
"""What the slider's steps cover, in normalised distance."""


class Swatch(QWidget):
    """A dot in a word's colour."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(12, 12)
        self._colour = QColor()

    def show_colour(self, colour: str) -> None:
        self._colour = QColor(colour)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawEllipse(1, 1, 10, 10)


class WordsPanel(Panel):
    """Shows what `Teaching` holds; all changes go through it."""

    record_take = Signal(str)
    coach_asked = Signal(str)
    takes_asked = Signal(str)
    files_asked = Signal(str)
    demo_asked = Signal()
    room_asked = Signal()
    method_asked = Signal(str)
    play_take = Signal(object)

    def __init__(self, teaching: Teaching, theme: Theme) -> None:
        super().__init__("Wake words", "wakeWords")
        self._teaching = teaching
        self._theme = theme
        self.title.setToolTip("A wake word is one the program listens for. Five takes by different speakers work best.")
        self.title.setMinimumHeight(theme.size(28))  # that of the boxes beside it, which come with the first word
        self.swatch = Swatch()
        self.words = named(QComboBox(), "wordChoice", "Word")
        self.words.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.words.currentTextChanged.connect(lambda _: self.refresh_word())
        self.remove = button("Forget", "forgetWord", "Remove this word and its takes", "quiet")
        self.remove.clicked.connect(lambda: self._teaching.remove_word(self.current))
        self.name = named(QLineEdit(), "wordName", "Name of a new wake word")
        self.name.setPlaceholderText("New word")
        self.name.setMaxLength(40)
        self.name.textChanged.connect(lambda _: self._update_buttons())
        self.name.returnPressed.connect(lambda: self.record_take.emit(self.target))
        self.edit = button("Takes…", "editTakes", "Leave takes out, name, order, cut and replace them", "quiet")
        self.edit.clicked.connect(lambda: self.takes_asked.emit(self.current))
        for widget in (self.swatch, self.words, self.edit, self.remove):
            self.head.addWidget(widget)
        self.head.addStretch(1)
        tip = "Half a minute of how it sounds here: it sets the thresholds and joins the noise in the takes"
        self.room = button("Room…", "hearRoom", tip, "quiet")
        self.room.clicked.connect(self.room_asked)
        self.head.addWidget(self.room)
        tip = "What words are heard by: the embedder, and how its frames are compared"
        self.method = button("Method…", "chooseMethod", tip, "quiet")
        self.method.clicked.connect(lambda: self.method_asked.emit(self.current))
        self.head.addWidget(self.method)
        self.take = button("Record a take", "recordTake", "Say the word once; the take ends by itself", "primary")
        self.take.clicked.connect(lambda: self.record_take.emit(self.target))
        self.coach = button("Coach…", "coach", "Five takes, one after the other: it counts down, listens and judges")
        self.coach.clicked.connect(lambda: self.coach_asked.emit(self.target))
        self.files = button("From files…", "takesFromFiles", "Use sound files as takes, one word in each")
        self.files.clicked.connect(lambda: self.files_asked.emit(self.target))
        entry = QHBoxLayout()
        entry.setSpacing(8)
        entry.addWidget(self.name, 1)
        entry.addWidget(self.take)
        entry.addWidget(self.coach)
        entry.addWidget(self.files)
        self.body.addLayout(entry)
        self.takes = TakeList()
        self.takes.removed.connect(lambda index: self._teaching.remove_take(self.current, index))
        self.takes.played.connect(self._play)
        self.area = area = TakeArea(self.takes)
        area.setMinimumHeight(theme.size(64))
        self._to_newest = False
        area.verticalScrollBar().rangeChanged.connect(lambda *_: self._show_newest())
        self.hint = label("Give the word a name, then say it five times, or take it from files.", "muted", wrap=True)
        self.demo = button(
            "Teach “computer” from bundled takes",
            "teachDemo",
            "Six takes by synthetic voices; the demo clip says it three times",
        )
        self.demo.clicked.connect(self.demo_asked)
        self.body.addWidget(self.hint)
        self.body.addWidget(self.demo, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(area, 1)
        self.threshold = named(QSlider(Qt.Orientation.Horizontal), "threshold", "Threshold")
        self.threshold.setRange(0, STEPS)
        self.threshold.setToolTip(
            "How near a sound must come to count as the word; left is stricter. False accepts are moments of other "
            "speech taken for the word. What to expect is estimated from your takes, from speech of 57 "
            "strangers and, once it was heard, from the room. In brackets is where it lies in 95 of 100 cases."
        )
        self.threshold.sliderMoved.connect(lambda position: self._slid(position, held=True))
        self.threshold.sliderReleased.connect(teaching.ear.let_go)
        self.threshold.actionTriggered.connect(self._acted)
        self.threshold_value = named(label("", "muted"), "thresholdValue", "Threshold value")
        self.threshold_value.setToolTip(self.threshold.toolTip())
        self.expectation = named(ElidedLabel("", "muted"), "expectation", "What to expect at this threshold")
        self.expectation.explain(self.threshold.toolTip())
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(self.threshold_value)
        line.addWidget(self.threshold, 1)
        self.body.addLayout(line)
        self.body.addWidget(self.expectation)
        teaching.words_changed.connect(self.refresh)
        teaching.waiting_changed.connect(lambda _: self._update_buttons())
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.refresh_word()

    def set_compact(self, compact: bool) -> None:
        """On a small screen fewer takes are in view at once."""
        self.area.setMinimumHeight(self._theme.size(28 if compact else 64))

    @property
    def current(self) -> str:
        """The word whose takes are shown."""
        return self.words.currentText()

    @property
    def target(self) -> str:
        """The word that a new take belongs to: a typed one, else the one shown."""
        return self.name.text().strip() or self.current

    def show_word(self, name: str) -> None:
        """The word that a take was added to; the newest take comes into view, at once or once it has its place."""
        self.words.setCurrentText(name)
        self._to_newest = True
        self._show_newest()
        if self.name.text().strip() == name:
            self.name.clear()

    def refresh(self) -> None:
        """Show the words that there are."""
        names = [word.name for word in self._teaching.words]
        if names != [self.words.itemText(i) for i in range(self.words.count())]:
            current = self.current
            added = [name for name in names if self.words.findText(name) < 0]
            self.words.blockSignals(True)
            self.words.clear()
            self.words.addItems(names)
            self.words.setCurrentText(added[-1] if added else current)
            self.words.blockSignals(False)
        for widget in (self.swatch, self.words, self.edit, self.remove, self.room, self.method):
            widget.setVisible(bool(names))
        self.refresh_word()

    def refresh_word(self) -> None:
        """Show the takes and the threshold of the chosen word."""
        word = self._teaching.word(self.current)
        self._to_newest = False
        self.takes.show_takes(word.takes if word is not None else ())
        self.hint.setVisible(word is None or not word.takes)
        self.demo.setVisible(word is None)
        if word is not None:
            names = [name for name, _ in self._teaching.live_words]
            number = names.index(word.name) if word.name in names else len(names)
            self.swatch.show_colour(self._theme.word(number))
        self._show_threshold(word)
        self._update_buttons()

    def _show_threshold(self, word: TaughtWord | None) -> None:
        calibration = self._teaching.calibration(word.name) if word is not None else None
        for widget in (self.threshold, self.threshold_value, self.expectation):
            widget.setVisible(calibration is not None)
        if calibration is None:
            return
        if not self.threshold.isSliderDown():
            self.threshold.blockSignals(True)  # Qt tells of this move as if the user had made it
            self.threshold.setValue(round(STEPS * (calibration.threshold - MIN_THRESHOLD) / THRESHOLDS))
            self.threshold.blockSignals(False)
        self.threshold_value.setText(f"Threshold {calibration.threshold:.2f}")
        set_role(self.expectation, "warning" if calibration.overlap else "muted")
        self.expectation.setText(expectation_text(calibration), expectation_in_short(calibration))

    def _show_newest(self) -> None:
        if self._to_newest:
            bar = self.area.verticalScrollBar()
            bar.setValue(bar.maximum())

    def _play(self, index: int) -> None:
        word = self._teaching.word(self.current)
        if word is not None:
            self.play_take.emit(word.takes[index])

    def _acted(self, action: int) -> None:
        """By key, wheel or click; where a hand holds it, its moves come by themselves."""
        if not (action == QSlider.SliderAction.SliderMove.value and self.threshold.isSliderDown()):
            self._slid(self.threshold.sliderPosition())

    def _slid(self, position: int, *, held: bool = False) -> None:
        value = round(MIN_THRESHOLD + position / STEPS * THRESHOLDS, 4)
        (self._teaching.drag_threshold if held else self._teaching.set_threshold)(self.current, value)

    def _update_buttons(self) -> None:
        ready = bool(self.target)
        hearing = self._teaching.listening
        self.take.setEnabled(ready and not self._teaching.waiting)
        judging = self._teaching.edits.busy
        self.take.setText("Say it now…" if hearing else "Judging…" if judging else "Record a take")
        self.files.setEnabled(ready)
        self.coach.setEnabled(ready and not self._teaching.waiting)
