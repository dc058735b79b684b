"""The picture under the microscope: two spectrograms, the cost matrix between them, the path and its cost."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)

from labbench.ui.theme import Theme
from labbench.ui.views.drawing import Drawing
from labbench.ui.views.microscope.parts import (
    GAP,
    Lanes,
    cost_image,
    draw_axes,
    draw_costs,
    draw_path,
    draw_spectrogram,
    draw_veils,
)
from labbench.ui.views.microscope.sides import Comparison

EDGE = 4.0
GUTTER, STRIP, CURVE = 46.0, 60.0, 44.0
"""Pixels, before the theme's scale: for times at the left, for a spectrogram, for the cost along the path."""
LEAST_STEP = 5
"""Steps that an arrow moves with Shift."""
HELP = (
    ("Left, Right", "A step back or on along the path; with Shift, five"),
    ("Home, End", "The path's first or last step"),
    ("Return", "Play the take, then what it was laid upon"),
    ("Space", "Freeze what is seen, or follow again"),
    ("T, O", "The next take; what it is compared with"),
)
"""For the page that lists keys."""


class MicroscopeCanvas(Drawing):
    """`pointed` gives a step of the path, or None; `moved` a column of the sound while a hand drags in it.

    `sound_asked` and `take_asked` give a stretch of frames that is to be heard, `both_asked` comes by Return,
    `freeze_asked` by the space bar, `take_next` and `other_next` by T and O.
    """

    pointed = Signal(object)
    moved = Signal(float)
    sound_asked = Signal(float, float)
    take_asked = Signal(float, float)
    both_asked = Signal()
    freeze_asked = Signal()
    take_next = Signal()
    other_next = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("microscopeCanvas", "A take laid into a sound, frame by frame", theme, (600, 280))
        self.found: Comparison | None = None
        self.step: int | None = None
        self.lanes: Lanes | None = None
        self._still: QPixmap | None = None
        self._pressed: tuple[bool, float] | None = None  # whether in the take's lane, and at which frame

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._lay_out()

    def show_comparison(self, found: Comparison | None) -> None:
        same = found is not None and self.found is not None and found.alignment is self.found.alignment
        self.found = found
        if not same:
            self.point_at(None)
        self._lay_out()

    def point_at(self, step: int | None) -> None:
        """A step of the path."""
        if step != self.step:
            self.step = step
            self.update()
            self.pointed.emit(step)

    def _lay_out(self) -> None:
        """All lanes share the matrix's rows and columns."""
        self._still = self.lanes = None
        self.update()
        if self.found is None:
            return
        scale = self._theme.scale
        line = QFontMetricsF(self._theme.font(12)).height()
        strip, curve = STRIP * scale, CURVE * scale
        high = min(strip, max(24.0, self.height() * 0.2))
        left = GUTTER * scale + strip + GAP
        top = high + GAP
        below = min(curve, max(20.0, self.height() * 0.15))
        width = max(40.0, self.width() - left - GAP - curve - EDGE)
        height = max(30.0, self.height() - top - GAP - below - line - EDGE)
        area = QRectF(left, top, width, height)
        self.lanes = Lanes(
            area,
            QRectF(left, 0.0, width, high),
            QRectF(GUTTER * scale, top, strip, height),
            QRectF(left, area.bottom() + GAP, width, below),
            QRectF(area.right() + GAP, top, curve, height),
            *self.found.alignment.cost.shape,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    # Mouse and keyboard -----------------------------------------------------------------------------------------------

    def place_of(self, row: float, column: float) -> QPointF:
        """Where a pair of frames is drawn. Raises LookupError while nothing is."""
        if self.lanes is None:
            raise LookupError("nothing is compared")
        return QPointF(self.lanes.x(column), self.lanes.y(row))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found, lanes = self.found, self.lanes
        if found is None or lanes is None:
            return
        at = event.position()
        if self._pressed is not None and not self._pressed[0]:
            self.moved.emit(min(float(lanes.columns), max(0.0, lanes.column(at.x()))))
        if self._inside(at) or self._pressed is not None:
            row = lanes.row(at.y()) if lanes.area.top() <= at.y() <= lanes.area.bottom() else None
            self.point_at(self._step_at(row, lanes.column(at.x()), take=lanes.left.contains(at)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        lanes, at = self.lanes, event.position()
        if event.button() != Qt.MouseButton.LeftButton or lanes is None or not self._inside(at):
            return
        take = lanes.left.contains(at) or lanes.right.contains(at)
        self._pressed = (take, lanes.row(at.y()) if take else lanes.column(at.x()))
        self.point_at(self._step_at(lanes.row(at.y()), lanes.column(at.x()), take=take))
        if not take:
            self.moved.emit(self._pressed[1])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        lanes = self.lanes
        if pressed is None or lanes is None or event.button() != Qt.MouseButton.LeftButton:
            return
        take, first = pressed
        most = lanes.rows if take else lanes.columns
        last = lanes.row(event.position().y()) if take else lanes.column(event.position().x())
        start, stop = sorted((first, min(float(most), max(0.0, last))))
        (self.take_asked if take else self.sound_asked).emit(start, stop)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self.hasFocus() and self._pressed is None:
            self.point_at(None)

    def _inside(self, at: QPointF) -> bool:
        lanes = self.lanes
        return lanes is not None and any(
            part.contains(at) for part in (lanes.area, lanes.top, lanes.left, lanes.below, lanes.right)
        )

    def _step_at(self, row: float | None, column: float, *, take: bool) -> int | None:
        """In the matrix the nearest step; beside it the one of that row or column."""
        found, lanes = self.found, self.lanes
        if found is None or lanes is None:
            return None
        path = found.alignment.path
        if take and row is not None:
            return int(abs(path[:, 0] + 0.5 - row).argmin())
        if row is None or not 0 <= row <= lanes.rows:
            return int(abs(path[:, 1] + 0.5 - column).argmin())
        return found.alignment.nearest_step(row, column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        last = len(self.found.alignment.path) - 1 if self.found is not None else -1
        many = LEAST_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        steps = {Qt.Key.Key_Left: -many, Qt.Key.Key_Up: -many, Qt.Key.Key_Right: many, Qt.Key.Key_Down: many}
        if key == Qt.Key.Key_Space:
            self.freeze_asked.emit()
        elif key == Qt.Key.Key_T:
            self.take_next.emit()
        elif key == Qt.Key.Key_O:
            self.other_next.emit()
        elif last < 0:
            super().keyPressEvent(event)
        elif key in steps:
            before = self.step if self.step is not None else (-1 if steps[key] > 0 else last + 1)
            self.point_at(min(last, max(0, before + steps[key])))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.point_at(0 if key == Qt.Key.Key_Home else last)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.both_asked.emit()
        else:
            super().keyPressEvent(event)

    # Painting ---------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._still is None:
            ratio = self.devicePixelRatioF()
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(QColor(self._theme.surface))
            still = QPainter(self._still)
            self.paint_file(still)
            still.end()
        painter.drawPixmap(QPoint(0, 0), self._still)
        if self.step is not None and self.found is not None and self.lanes is not None:
            self._paint_step(painter, self.found, self.lanes, self.step)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def paint_file(self, painter: QPainter) -> None:
        """All of it but what hand and keyboard are at."""
        found, lanes, theme = self.found, self.lanes, self._theme
        if found is None or lanes is None:
            return
        painter.drawImage(lanes.area, cost_image(found.alignment, theme))
        draw_spectrogram(painter, found.other, lanes, theme, down=False)
        draw_spectrogram(painter, found.take, lanes, theme, down=True)
        draw_veils(painter, found, lanes, theme)
        draw_costs(painter, found.alignment, lanes, theme)
        draw_path(painter, found.alignment, lanes, theme)
        draw_axes(painter, found, lanes, theme)

    def _paint_step(self, painter: QPainter, found: Comparison, lanes: Lanes, step: int) -> None:
        theme = self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row, column = (float(frame) for frame in found.alignment.path[step])
        at = QPointF(lanes.x(column + 0.5), lanes.y(row + 0.5))
        line = QColor(theme.text)
        line.setAlphaF(0.7)
        painter.setPen(QPen(line, 1))
        painter.drawLine(QLineF(at.x(), lanes.top.top(), at.x(), lanes.below.bottom()))
        painter.drawLine(QLineF(lanes.left.left(), at.y(), lanes.right.right(), at.y()))
        radius = 4.5 * theme.scale
        painter.setPen(QPen(QColor(theme.surface), 2.0 * theme.scale))
        painter.setBrush(QColor(theme.text))
        painter.drawEllipse(at, radius, radius)
