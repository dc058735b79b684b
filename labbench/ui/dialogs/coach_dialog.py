"""Five takes with a coach: a large number counts down, a dot a take, and a sentence that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.theme import Theme
from labbench.ui.widgets import button, label, named, set_role
from labbench.ui.words.coach import Coach, Stage
from labbench.wakeword.takes import Verdict

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

DOT, GAP = 14.0, 12.0


class Cue(QWidget):
    """A ring with the count, a filled one while to speak, a mark for the verdict; below it a dot for each take."""

    def __init__(self, theme: Theme, coach: Coach) -> None:
        super().__init__()
        named(self, "coachCue", "Cue")
        self._theme = theme
        self._coach = coach
        self._level = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.size(320), self._theme.size(220))

    @property
    def sign(self) -> str:
        """What stands in the ring."""
        take = self._coach.take
        match self._coach.stage:
            case Stage.COUNTING:
                return str(self._coach.count)
            case Stage.LISTENING:
                return "now"
            case Stage.JUDGED if take is not None:
                return "✓" if take.verdict is Verdict.GOOD else "✕" if self._coach.rejected else "!"
            case Stage.SILENT:
                return "?"
            case Stage.DONE:
                return "✓"
            case _:
                return ""

    def show_level(self, amplitude: float) -> None:
        """The newest peak; the ring swells with it."""
        self._level = max(amplitude, 0.85 * self._level)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, coach = self._theme, self._coach
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dots = DOT + 2 * GAP
        radius = max(20.0, min(self.width(), self.height() - dots) / 2 - 14)
        middle = QRectF(self.rect()).center()
        ring = QRectF(middle.x() - radius, (self.height() - dots) / 2 - radius, 2 * radius, 2 * radius)
        listening = coach.stage is Stage.LISTENING
        swell = 12.0 * min(1.0, self._level) if listening else 0.0
        painter.setPen(QPen(self._colour(), 4.0 + swell))
        painter.setBrush(QColor(theme.raised))
        painter.drawEllipse(ring)
        font = theme.font(40)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(self._colour() if coach.stage is not Stage.COUNTING else QColor(theme.text))
        painter.drawText(ring, Qt.AlignmentFlag.AlignCenter, self.sign)
        count = max(coach.wanted, coach.good)
        left = middle.x() - (count * DOT + (count - 1) * GAP) / 2
        for number in range(count):
            spot = QRectF(left + number * (DOT + GAP), self.height() - DOT - GAP, DOT, DOT)
            painter.setPen(QPen(QColor(theme.good if number < coach.good else theme.muted), 2))
            painter.setBrush(QColor(theme.good) if number < coach.good else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(spot)
        painter.end()

    def _colour(self) -> QColor:
        take, theme = self._coach.take, self._theme
        match self._coach.stage:
            case Stage.LISTENING:
                return QColor(theme.record)
            case Stage.JUDGED if take is not None and take.verdict is not Verdict.GOOD:
                return QColor(theme.warning)
            case Stage.JUDGED | Stage.DONE:
                return QColor(theme.good)
            case Stage.SILENT:
                return QColor(theme.warning)
            case _:
                return QColor(theme.accent)


class CoachDialog(BenchDialog):
    """Closing it ends the coach; the takes that were made stay."""

    def __init__(self, window: MainWindow, coach: Coach) -> None:
        super().__init__(window, "coachDialog", "Coach", (window.theme.size(520), window.theme.size(560)))
        self.coach = coach
        self.add_heading(
            f"Teach “{coach.word}”",
            "Only the takes are kept of what the microphone hears.",
        )
        self.cue = Cue(window.theme, coach)
        self.says = named(label("", "title", wrap=True), "coachSays", "What the coach says")
        self.says.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.says.setMinimumHeight(window.theme.size(44))
        self.body.addWidget(self.cue, 1)
        self.body.addWidget(self.says)
        self.go = button("Start", "coachGo", "Count down and listen", "primary")
        self.go.clicked.connect(self._pressed)
        self.again = button("Once more", "coachAgain", "Remove this take and say it again")
        self.again.clicked.connect(coach.again)
        self.play = button("Play it", "coachPlay", "Hear the take that was just made")
        self.play.clicked.connect(self._play)
        self.end_with(self.go, self.again, self.play, None, close="Done")
        self.press_by_return(self.go)
        coach.changed.connect(self._refresh)
        window.bench.sound.advanced.connect(self.cue.show_level)
        window.bench.theme_changed.connect(self.cue.set_theme)
        self.finished.connect(lambda _: coach.stop())
        self.finished.connect(lambda _: coach.deleteLater())
        self._refresh()
        self.go.setFocus()

    def _pressed(self) -> None:
        if self.coach.stage is Stage.READY:
            self.coach.begin()
        elif self.coach.rejected:
            self.coach.again()
        else:
            self.coach.wanted = max(self.coach.wanted, self.coach.good + (self.coach.stage is Stage.DONE))
            self.coach.next()

    def _play(self) -> None:
        if self.coach.take is not None:
            self.bench.words.play_take(self.coach.take)

    def _refresh(self) -> None:
        coach = self.coach
        take = coach.take
        self.says.setText(coach.says)
        self.says.setAccessibleName(coach.says)
        bad = coach.stage is Stage.SILENT or (take is not None and take.verdict is not Verdict.GOOD)
        set_role(self.says, "title-warning" if bad else "title")
        waits = coach.stage in (Stage.READY, Stage.JUDGED, Stage.SILENT, Stage.DONE)
        self.go.setEnabled(waits)
        names = {Stage.READY: "Start", Stage.SILENT: "Try again", Stage.DONE: "One more take"}
        keep = "Say it again" if coach.rejected else "Keep it, go on"
        self.go.setText(names.get(coach.stage, keep if bad else "Next take"))
        self.go.setAccessibleName(self.go.text())
        judged = coach.stage is Stage.JUDGED and take is not None
        self.again.setEnabled(judged and not coach.rejected)
        self.play.setEnabled(judged or (coach.stage is Stage.DONE and take is not None))
        self.cue.setAccessibleDescription(f"{self.cue.sign}. {coach.good} of {coach.wanted} takes")
        self.cue.update()
