"""Lanes of words under the waveform, one for each engine and one for wake words, on the window's time axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from labbench.ui.marks import Mark, Placed, one_in_each, place
from labbench.ui.plots import NOTCH, ZOOM_PER_NOTCH
from labbench.ui.sounds.lane_painter import LanePainter
from labbench.ui.theme import GUTTER, Theme
from labbench.ui.time_axis import TimeAxis
from labbench.ui.widgets import named

ROW = 22
DRAG_PIXELS = 4
PIXELS_APART = 16.0
"""Where more marks are in view than fit at that distance, one stands for all that begin so near each other."""
MOST_FOR_ONE = 4
"""Where one would stand for more than so many on average, none is written: it would be one word at random."""
_MOST_WIDTHS = 50_000


class Lanes(QWidget):
    """Rows of marks with their names in the gutter. Painted here, in one go, because words come and go quickly.

    A click on a word selects it, a double click emits `opened` with its lane and mark; dragging moves the view, with
    Shift it selects; the wheel zooms.
    """

    opened = Signal(int, object)

    def __init__(self, theme: Theme, names: Sequence[str], axis: TimeAxis) -> None:
        super().__init__()
        named(self, "lanes", "Words and detections over time")
        self.setMouseTracking(True)
        self._theme = theme
        self._painter = LanePainter(theme)
        self._axis = axis
        self._names = list(names)
        self._marks: list[tuple[Mark, ...]] = [() for _ in names]
        self._starts = [np.zeros(0) for _ in names]
        self._skipped: list[tuple[Mark, ...]] = [() for _ in names]
        self._widths: dict[str, float] = {}
        self._hidden: set[int] = set()
        self._range = (0.0, 10.0)
        self._left, self._width = float(GUTTER), 0.0
        self._focus = False
        self._pressed: tuple[QPointF, float] | None = None
        self._dragged = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for signal in (axis.cursor_changed, axis.hover_changed, axis.selection_changed):
            signal.connect(lambda _: self.update())

    def sizeHint(self) -> QSize:
        return QSize(200, len(self._rows) * self._theme.size(ROW))

    @property
    def _rows(self) -> list[int]:
        """The lanes that are shown, from top to bottom."""
        return [lane for lane in range(len(self._names)) if lane not in self._hidden]

    def show_lane(self, lane: int, visible: bool) -> None:
        """Show or hide a lane."""
        if visible == (lane in self._hidden):
            (self._hidden.discard if visible else self._hidden.add)(lane)
            self.updateGeometry()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._painter = LanePainter(theme)
        self._widths.clear()
        self.updateGeometry()
        self.update()

    def rename(self, lane: int, name: str) -> None:
        self._names[lane] = name
        self.update()

    def marks(self, lane: int) -> tuple[Mark, ...]:
        return self._marks[lane]

    def show_marks(self, lane: int, marks: Sequence[Mark]) -> None:
        """Replace a lane's marks, in order of time."""
        self._marks[lane] = tuple(marks)
        self._starts[lane] = np.array([mark.start for mark in marks], np.float64)
        self.setAccessibleDescription("; ".join(" ".join(mark.text for mark in row) for row in self._marks if row))
        self.update()

    def show_skipped(self, lane: int, marks: Sequence[Mark]) -> None:
        """Stretches that an engine was not given, in order of time: greyed, with the reason as tip."""
        self._skipped[lane] = tuple(marks)
        self.update()

    def skipped(self, lane: int) -> tuple[Mark, ...]:
        return self._skipped[lane]

    def follow(self, start: float, stop: float, left: float, width: float) -> None:
        """Show seconds `start` to `stop` between pixels `left` and `left + width`."""
        if (self._range, self._left, self._width) != ((start, stop), left, width):
            self._range, self._left, self._width = (start, stop), left, width
            self.update()

    def show_focus(self, focus: bool) -> None:
        """Whether the keyboard acts on the views."""
        self._focus = focus
        self.update()

    def edges(self) -> list[float]:
        """Where words begin and end, in order."""
        return sorted({end for row in self._marks for mark in row for end in (mark.start, mark.end)})

    def word_at(self, seconds: float, lane: int | None = None) -> Mark | None:
        """The word that is spoken then, in a lane or in the first that has one."""
        rows = self._marks if lane is None else [self._marks[lane]]
        return next((mark for row in rows for mark in row if mark.start <= seconds <= mark.end), None)

    def select_word(self, seconds: float, lane: int | None = None) -> bool:
        """Select the word that is spoken then; False where there is none."""
        word = self.word_at(seconds, lane)
        if word is None:
            return False
        self._axis.place_cursor(word.start)
        self._axis.select((word.start, word.end))
        return True

    # Mouse --------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = (event.position(), self._axis.view[0]), False
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            inside = self._left <= event.position().x() <= self._left + self._width
            self._axis.place_hover(self._seconds(event.position().x()) if inside else None)
            return
        began, view = self._pressed
        moved = event.position().x() - began.x()
        self._dragged = self._dragged or abs(moved) > DRAG_PIXELS
        if not self._dragged:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            at = self._seconds(event.position().x())
            self._axis.place_cursor(at)
            self._axis.select((self._seconds(began.x()), at))
        else:
            start, stop = self._range
            left = view - moved / max(1.0, self._width) * (stop - start)
            self._axis.show(left, left + stop - start)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._dragged:
            return
        found = self._mark_under(event.position())
        if found is not None:
            self._axis.place_cursor(found.start)
            self._axis.select((found.start, found.end))
        elif event.position().x() >= self._left:
            self._axis.select(None)
            self._axis.place_cursor(self._seconds(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Its first click has selected the word already."""
        found, lane = self._mark_under(event.position()), self._lane_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and found is not None and lane is not None:
            self.opened.emit(lane, found)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / NOTCH
        self._axis.zoom(ZOOM_PER_NOTCH**notches, self._seconds(event.position().x()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._axis.place_hover(None)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            tip = self._tip_under(QPointF(event.pos()))
            if tip:
                QToolTip.showText(event.globalPos(), tip, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _seconds(self, x: float) -> float:
        start, stop = self._range
        return start + (x - self._left) / max(1.0, self._width) * (stop - start)

    def _mark_under(self, position: QPointF) -> Mark | None:
        lane = self._lane_at(position.y())
        if lane is None:
            return None
        for placed in self._placed(lane)[0]:
            if placed.x <= position.x() - self._left <= placed.x + placed.width:
                return placed.mark
        return self.word_at(self._seconds(position.x()), lane)

    def _tip_under(self, position: QPointF) -> str:
        """Of a word, else of what was skipped."""
        found, lane = self._mark_under(position), self._lane_at(position.y())
        if found is not None or lane is None or position.x() < self._left:
            return found.told if found is not None else ""
        at = self._seconds(position.x())
        return next((mark.told for mark in self._skipped[lane] if mark.start <= at <= mark.end), "")

    def _lane_at(self, y: float) -> int | None:
        row, rows = int(y // self._theme.size(ROW)), self._rows
        return rows[row] if 0 <= row < len(rows) else None

    # Painting -----------------------------------------------------------------------------------------------------

    def _placed(self, lane: int) -> tuple[list[Placed], list[float]]:
        """Only of marks that begin in view: the others have no place."""
        start, stop = self._range
        starts, scale = self._starts[lane], self._width / max(stop - start, 1e-9)
        first, last = np.searchsorted(starts, (start - 1.0 / max(scale, 1e-9), np.nextafter(stop, np.inf)))
        chosen = one_in_each(starts[first:last], scale, PIXELS_APART, self._width)
        if (last - first) * PIXELS_APART > self._width * MOST_FOR_ONE:
            return [], np.maximum((starts[first + chosen] - start) * scale, 0.0).tolist()
        marks = [self._marks[lane][k] for k in (first + chosen).tolist()]
        return place(marks, self._text_widths(marks), start, stop, self._width)

    def _text_widths(self, marks: Sequence[Mark]) -> list[float]:
        missing = {mark.text for mark in marks if mark.text not in self._widths}
        if missing:
            if len(self._widths) > _MOST_WIDTHS:
                self._widths.clear()
                missing = {mark.text for mark in marks}
            metrics = QFontMetricsF(self._theme.font(14))
            self._widths |= {text: metrics.horizontalAdvance(text) for text in missing}
        return [self._widths[mark.text] + (12 if mark.colour else 0) for mark in marks]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_selection(painter)
        small = self._theme.font(12)
        row = self._theme.size(ROW)
        for row_number, lane in enumerate(self._rows):
            top, name = row_number * row, self._names[lane]
            painter.setPen(QPen(QColor(self._theme.line), 1))
            painter.drawLine(int(self._left), top, int(self._left + self._width), top)
            painter.setFont(small)
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(
                QRectF(0, top, self._left - 8, row), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, name
            )
            found, left_out = self._placed(lane)
            self._paint_skipped(painter, lane, found, top)
            painter.setPen(QPen(QColor(self._theme.muted), 1.5))
            # A short stroke: something is here, zoom in to read it.
            strokes = [QLineF(self._left + x, top + row - 5, self._left + x, top + row - 2) for x in left_out]
            painter.drawLines(strokes)
            self._painter.paint(painter, found, self._left, top, row)
        self._paint_lines(painter)

    def _paint_skipped(self, painter: QPainter, lane: int, words: Sequence[Placed], top: float) -> None:
        row, right = self._theme.size(ROW), self._left + self._width
        ends = [(max(self._x(one.start), self._left), min(self._x(one.end), right)) for one in self._skipped[lane]]
        spans = [(one.text, *end) for one, end in zip(self._skipped[lane], ends, strict=True) if end[0] < end[1]]
        self._painter.paint_skipped(painter, [(begin, end) for _, begin, end in spans], top, row)
        places = [(self._left + word.x, self._left + word.x + word.width) for word in words]
        self._painter.paint_reasons(painter, spans, places, top, row)

    def _paint_selection(self, painter: QPainter) -> None:
        if self._axis.selection is None:
            return
        left, right = (min(max(self._x(end), self._left), self._left + self._width) for end in self._axis.selection)
        accent = QColor(self._theme.accent)
        accent.setAlphaF(0.20)
        painter.fillRect(QRectF(left, 0, right - left, self.height()), accent)

    def _paint_lines(self, painter: QPainter) -> None:
        for seconds, colour, width in (
            (self._axis.hover, self._theme.muted, 1.0),
            (self._axis.cursor, self._theme.text, self._theme.stroke),
        ):
            if seconds is not None and self._left <= self._x(seconds) <= self._left + self._width:
                painter.setPen(QPen(QColor(colour), width))
                painter.drawLine(QPointF(self._x(seconds), 0), QPointF(self._x(seconds), self.height()))
        if self._focus:
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.drawLine(
                QPointF(self._left, self.height() - 1), QPointF(self._left + self._width, self.height() - 1)
            )

    def _x(self, seconds: float) -> float:
        start, stop = self._range
        return self._left + (seconds - start) / max(stop - start, 1e-9) * self._width
