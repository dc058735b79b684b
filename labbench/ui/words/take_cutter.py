"""The sound of one take with the two edges of the word, which can be moved by mouse and keyboard."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from labbench.core.timebase import MODEL_RATE
from labbench.ui.theme import Theme
from labbench.ui.widgets import named
from labbench.wakeword.words import Take

STEP = MODEL_RATE // 100
"""Of the arrow keys: 10 ms."""
REACH = 10.0
"""Pixels around an edge in which the mouse takes hold of it."""
SHORTEST = MODEL_RATE // 10


class TakeCutter(QWidget):
    """Left and Right move the beginning of the word, with Shift its end. `cut_changed` gives both in samples."""

    cut_changed = Signal(int, int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "takeCutter", "Sound of the take, with the edges of the word")
        self.setToolTip(
            "The bright part is the word. Drag its edges, or move them with the arrow keys: Left and Right the "
            "beginning, with Shift the end."
        )
        self._theme = theme
        self._take: Take | None = None
        self.span = (0, 0)
        self._held: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.size(400), self._theme.size(96))

    def show_take(self, take: Take | None) -> None:
        """This take, cut as it is; None shows nothing."""
        self._take, self._held = take, None
        self.span = (take.start, take.stop) if take is not None else (0, 0)
        self.setEnabled(take is not None and len(take.samples) > SHORTEST)
        self._tell()

    @property
    def changed(self) -> bool:
        """Whether the edges are elsewhere than the take's."""
        return self._take is not None and self.span != (self._take.start, self._take.stop)

    def place_of(self, sample: int) -> float:
        """Where a sample lies, in pixels."""
        length = len(self._take.samples) if self._take is not None else 1
        return sample / max(1, length) * self.width()

    def _sample_at(self, x: float) -> int:
        length = len(self._take.samples) if self._take is not None else 0
        return round(min(max(x / max(1, self.width()), 0.0), 1.0) * length)

    def _move(self, edge: int, to: int) -> None:
        if self._take is None:
            return
        start, stop = self.span
        if edge == 0:
            start = min(max(0, to), stop - SHORTEST)
        else:
            stop = max(min(len(self._take.samples), to), start + SHORTEST)
        if (start, stop) != self.span and start >= 0 and stop <= len(self._take.samples):
            self.span = (start, stop)
            self._tell()
            self.cut_changed.emit(start, stop)

    def _tell(self) -> None:
        start, stop = (sample / MODEL_RATE for sample in self.span)
        self.setAccessibleDescription(f"From {start:.2f} to {stop:.2f} seconds" if self._take is not None else "")
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        away = [abs(x - self.place_of(edge)) for edge in self.span]
        nearest = 0 if away[0] <= away[1] else 1
        self._held = nearest if away[nearest] <= REACH else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._move(self._held, self._sample_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -STEP, Qt.Key.Key_Right: STEP}
        if event.key() not in steps or self._take is None:
            super().keyPressEvent(event)
            return
        edge = 1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0
        self._move(edge, self.span[edge] + steps[Qt.Key(event.key())])

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.ground))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        if self._take is None:
            return
        left, right = (self.place_of(edge) for edge in self.span)
        shade = QColor(theme.accent)
        shade.setAlphaF(0.16)
        painter.fillRect(QRectF(left, 0, right - left, self.height()), shade)
        self._paint_wave(painter, left, right)
        painter.setPen(QPen(QColor(theme.accent), 2))
        for edge in (left, right):
            painter.drawLine(QPointF(edge, 0), QPointF(edge, self.height()))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()

    def _paint_wave(self, painter: QPainter, left: float, right: float) -> None:
        assert self._take is not None
        columns = max(1, self.width())
        edges = np.linspace(0, len(self._take.samples), columns + 1).astype(int)
        loudest = max(float(np.abs(self._take.samples).max(initial=0.0)), 1e-4)
        middle, half = self.height() / 2, self.height() / 2 - 6
        for column in range(columns):
            part = self._take.samples[edges[column] : max(edges[column] + 1, edges[column + 1])]
            if not len(part):
                continue
            high = float(np.abs(part).max()) / loudest * half
            inside = left <= column <= right
            painter.setPen(QColor(self._theme.accent if inside else self._theme.muted))
            painter.drawLine(QPointF(column, middle - high), QPointF(column, middle + high))
