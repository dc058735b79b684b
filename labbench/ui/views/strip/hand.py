"""Mouse and keyboard on the strip of distances: a card of the moment, scrubbing, thresholds by key, what is spoken."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QApplication, QPushButton

from labbench.ui.time_axis import TimeAxis
from labbench.ui.views.strip.card import MomentCard
from labbench.ui.views.strip.reading import HOP_SECONDS, WINDOW_SECONDS, pointed_at, reading_at
from labbench.ui.views.strip.scrubber import Scrubber
from labbench.ui.views.strip.strip import DistanceStrip
from labbench.wakeword.calibration import MAX_THRESHOLD, MIN_THRESHOLD

FINE_STEP = 0.01
"""By which a key moves a threshold."""
WITHIN = 14.0
"""Pixels from a curve or a threshold at which the pointer is at that word."""
SCRUB_TIP = (
    "Drag over the strip to hear the sound under the pointer, a quarter of a second at a time (or Alt and drag)."
)
HELP = (
    ("Left, Right", "Move the cursor by a hop (80 ms); with Shift, by a second"),
    ("Up, Down", "The threshold of the word, stricter or looser by 0.01"),
    ("W, Shift+W", "The next word, the one before"),
    ("Return", "Play the two seconds that were compared at the cursor"),
    ("Alt and drag", "Hear the sound under the pointer"),
)
"""For the page that lists keys."""


class StripHand(QObject):
    """What hand and ear can do with `strip`. `threshold_set` and `word_chosen` are asked for, `hindered` says why not.

    While the button `scrub` is checked a drag plays. Main thread.
    """

    threshold_set = Signal(str, float)
    word_chosen = Signal(str)
    hindered = Signal(str)

    def __init__(
        self, strip: DistanceStrip, axis: TimeAxis, card: MomentCard, scrubber: Scrubber, scrub: QPushButton
    ) -> None:
        super().__init__(strip)
        self._strip, self._axis, self._card, self._scrubber = strip, axis, card, scrubber
        self._dragging = False
        self._mouse: QPoint | None = None
        self._scrub = scrub
        plot = strip.plot
        strip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        strip.installEventFilter(self)
        plot.viewport().installEventFilter(self)
        plot.box.takes_drag = self._drag
        plot.scene().sigMouseMoved.connect(self._moved)
        strip.threshold_dragged.connect(lambda *_: card.hide())
        axis.cursor_changed.connect(self._cursor_moved)
        axis.range_changed.connect(lambda *_: self._follow())

    def refresh(self) -> None:
        """Other distances, words or thresholds, or whether anything can be played."""
        why = self._scrubber.why_not
        self._scrub.setEnabled(not why)
        self._scrub.setToolTip(why or SCRUB_TIP)
        self._scrub.setAccessibleDescription(why or SCRUB_TIP)
        self._follow()
        self._describe()

    # Mouse ------------------------------------------------------------------------------------------------------------

    def _moved(self, position: QPointF) -> None:
        strip, box = self._strip, self._strip.plot.box
        if any(line.moving for line in strip.thresholds.values()):
            return  # it is at the word whose threshold a hand holds
        if not box.sceneBoundingRect().contains(position) or self._dragging or _pressed():
            self._hide()
            return
        at = box.mapSceneToView(position)
        low, high = box.viewRange()[1]
        strip.point_at(pointed_at(strip, at.x(), at.y(), WITHIN * (high - low) / max(1.0, box.height())))
        viewport = strip.plot.viewport()
        self._mouse = viewport.mapTo(strip.window(), strip.plot.mapFromScene(position))
        self._show(at.x())

    def _show(self, seconds: float) -> None:
        """The card of a moment, above the plot: it hides no curve."""
        plot, reading = self._strip.plot, reading_at(self._strip, seconds)
        if reading is None:
            self._card.hide()
            return
        top = plot.box.mapViewToScene(QPointF(seconds, plot.box.viewRange()[1][0]))
        self._card.show_at(plot.viewport().mapTo(self._strip.window(), plot.mapFromScene(top)), reading)

    def _hide(self) -> None:
        self._mouse = None
        self._strip.point_at("")
        self._card.hide()

    def _follow(self) -> None:
        """The view moves under a pointer, or under the cursor, that stays."""
        if self._card.isHidden():
            return
        if self._mouse is not None:
            plot = self._strip.plot
            scene = plot.mapToScene(plot.viewport().mapFrom(self._strip.window(), self._mouse))
            self._moved(QPointF(scene))
        else:
            self._show_at_cursor()

    def _drag(self, event: Any) -> bool:
        """Scrubbing, where it is switched on or Alt is held; once begun it goes on to its end."""
        wanted = self._scrub.isChecked() or bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if event.isStart():
            self._dragging = wanted
            if wanted and self._scrubber.why_not:
                self.hindered.emit(self._scrubber.why_not)
        if not self._dragging:
            return False
        self._scrubber.at(self._strip.plot.box.seconds_at(event.pos()))
        if event.isFinish():
            self._dragging = False
            self._scrubber.end()
        return True

    # Keyboard ---------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is not self._strip:
            if kind == QEvent.Type.Leave:
                self._hide()
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(event)
        elif kind == QEvent.Type.FocusIn:
            self._describe()
            self._show_focus(True)
        elif kind in (QEvent.Type.FocusOut, QEvent.Type.Hide):
            self._hide()
            self._show_focus(False)
        return False

    def _show_focus(self, on: bool) -> None:
        accent = self._strip.palette().color(QPalette.ColorRole.Highlight)
        self._strip.plot.box.setBorder(pg.mkPen(accent, width=1) if on else None)

    def _press(self, event: QKeyEvent) -> bool:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            return False
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self._step((1.0 if shift else HOP_SECONDS) * (1 if event.key() == Qt.Key.Key_Right else -1))
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self._move_threshold(-FINE_STEP if event.key() == Qt.Key.Key_Up else FINE_STEP)
            case Qt.Key.Key_W:
                self._next_word(-1 if shift else 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._play()
            case _:
                return False
        return True

    @property
    def word(self) -> str:
        """The word that keys are meant for."""
        names = list(self._strip.thresholds)
        return self._strip.chosen if self._strip.chosen in names else next(iter(names), "")

    def _step(self, seconds: float) -> None:
        cursor, axis = self._axis.cursor, self._axis
        reading = reading_at(self._strip, cursor) if cursor is not None else None
        at = axis.view[0] if cursor is None else cursor if reading is None else reading.at_s
        axis.select(None)
        axis.place_cursor(at + seconds)
        axis.reveal(axis.cursor or 0.0)
        self._show_at_cursor()

    def _move_threshold(self, by: float) -> None:
        line = self._strip.thresholds.get(self.word)
        if line is not None:
            value = min(MAX_THRESHOLD, max(MIN_THRESHOLD, round(float(line.value()) + by, 4)))
            self.threshold_set.emit(self.word, value)
            self._show_at_cursor()
            self._describe()

    def _next_word(self, by: int) -> None:
        names = list(self._strip.thresholds)
        if names:
            self.word_chosen.emit(names[(names.index(self.word) + by) % len(names)])
            self._describe()

    def _play(self) -> None:
        if self._scrubber.why_not:
            self.hindered.emit(self._scrubber.why_not)
            return
        cursor = self._axis.cursor
        reading = reading_at(self._strip, cursor) if cursor is not None else None
        stop = reading.at_s if reading is not None else cursor
        if stop is not None:
            self._scrubber.play(max(0.0, stop - WINDOW_SECONDS), stop)

    def _show_at_cursor(self) -> None:
        """What the keyboard is at, for those who see it; the mouse's own place has priority."""
        cursor = self._axis.cursor
        if cursor is None or self._mouse is not None or not self._strip.hasFocus() or not self._strip.isVisible():
            return
        self._show(cursor)

    def _cursor_moved(self, seconds: float | None) -> None:
        if seconds is None and self._mouse is None:
            self._card.hide()
        if self._strip.hasFocus():
            self._describe()

    def _describe(self) -> None:
        """For those who listen: time and distances at the cursor, and which threshold the keys move."""
        if not self._strip.hasFocus():
            return
        cursor, line = self._axis.cursor, self._strip.thresholds.get(self.word)
        reading = reading_at(self._strip, cursor) if cursor is not None else None
        told = [reading.text] if reading is not None else []
        if line is not None:
            told.append(f"Threshold of {self.word}: {float(line.value()):.2f}")
        text = ". ".join(told) or "No distances yet"
        if text != self._strip.accessibleDescription():
            self._strip.setAccessibleDescription(text)


def _pressed() -> bool:
    return QApplication.mouseButtons() != Qt.MouseButton.NoButton
