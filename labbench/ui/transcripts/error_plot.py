"""Word error rate against severity: one curve an engine, each with a colour and a shape of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from labbench.session.trials_file import SpoiltPoint
from labbench.ui.drawn import drawn_png, drawn_svg
from labbench.ui.theme import Theme
from labbench.ui.widgets import named

REACH = 14
"""A point is hit within so many pixels."""
AS_IT_IS = "as it is"


@dataclass(frozen=True)
class PlotContent:
    """What is drawn: levels from left to right with their texts, and the points of each engine at those levels."""

    title: str = ""
    axis: str = ""
    levels: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    curves: tuple[tuple[SpoiltPoint, ...], ...] = field(default=())


class ErrorPlot(QWidget):
    """Levels lie at even distances. `chosen` gives the point that was clicked, or reached with the arrow keys."""

    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "errorPlot", "Word error rate against severity")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.content = PlotContent()
        self.point: SpoiltPoint | None = None
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._colours = engine_colours(theme)
        self.setMinimumSize(theme.size(420), theme.size(220))
        self.update()

    def show_content(self, content: PlotContent) -> None:
        """Other points; the chosen one stays chosen where it is still there."""
        self.content = content
        if self.point is not None and not any(self.point in curve for curve in content.curves):
            self.point = None
        self.setAccessibleDescription(self._spoken())
        self.update()

    def choose(self, point: SpoiltPoint | None) -> None:
        """Mark a point; `chosen` follows."""
        self.point = point
        self.update()
        self.chosen.emit(point)

    def place_of(self, point: SpoiltPoint) -> QPointF | None:
        """Where a point is drawn in this widget, None where it has no error rate or no place."""
        return self._place(point, QRectF(self.rect()))

    def point_at(self, position: QPointF) -> SpoiltPoint | None:
        """The nearest one within reach."""
        found = []
        for curve in self.content.curves:
            for point in curve:
                place = self.place_of(point)
                if place is not None:
                    away = math.hypot(place.x() - position.x(), place.y() - position.y())
                    found.append((away, point))
        away, nearest = min(found, key=lambda one: one[0], default=(math.inf, None))
        return nearest if away <= REACH else None

    # Pictures ---------------------------------------------------------------------------------------------------------

    def png_bytes(self) -> bytes:
        """The plot at twice the screen's size. Main thread. Raises LabBenchError."""
        return drawn_png(
            self.size(), self._theme.surface, lambda painter: self._paint(painter, self.size(), marked=False)
        )

    def svg_bytes(self) -> bytes:
        """The same as vectors, with text as text."""
        size, ground = self.size(), self._theme.surface
        return drawn_svg(
            size,
            ground,
            lambda painter: self._paint(painter, size, marked=False),
            self.content.title,
            self.logicalDpiX(),
        )

    # Drawing ----------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.surface))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        self._paint(painter, self.size(), marked=True)
        painter.end()

    def _paint(self, painter: QPainter, size: QSize, *, marked: bool) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, area = self._theme, QRectF(0, 0, size.width(), size.height())
        plot, top = self._plot(area), self._top()
        painter.setFont(theme.font(12))
        height = painter.fontMetrics().height()
        if not self.content.levels:
            painter.setPen(QColor(theme.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "Choose a way above to spoil the sound.")
            return
        step = _step(top)
        for number in range(round(top / step) + 1):
            rate = number * step
            y = plot.bottom() - rate / top * plot.height()
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(theme.muted))
            box = QRectF(area.left(), y - height, plot.left() - area.left() - 12, 2 * height)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{rate:.0%}")
        width = plot.width() / max(1, len(self.content.levels))
        for number, text in enumerate(self.content.texts):
            painter.setPen(QColor(theme.text if text == AS_IT_IS else theme.muted))
            x = plot.left() + (number + 0.5) * width
            box = QRectF(x - width / 2, plot.bottom() + 8, width, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)
        painter.setPen(QColor(theme.muted))
        box = QRectF(plot.left(), plot.bottom() + 12 + height, plot.width(), height)
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, self.content.axis)
        self._paint_head(painter, plot, height)
        for number, curve in enumerate(self.content.curves):
            self._paint_curve(painter, number, curve, area)
        place = self.place_of(self.point) if marked and self.point is not None else None
        if place is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.text), theme.stroke))
            painter.drawEllipse(place, theme.size(11), theme.size(11))

    def _paint_head(self, painter: QPainter, plot: QRectF, height: int) -> None:
        """The title at the left, what belongs to whom at the right."""
        theme = self._theme
        y = 16.0 + height / 2
        right = plot.right()
        for number in reversed(range(len(self.content.engines))):
            text = self.content.engines[number]
            width = painter.fontMetrics().horizontalAdvance(text)
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(right - width - 1, y - height / 2, width + 2, height), 0, text)
            self._mark(painter, number, QPointF(right - width - theme.size(14), y))
            right -= width + theme.size(14) + 24
        painter.setPen(QColor(theme.muted))
        box = QRectF(16, y - height / 2, max(0.0, right - 24), height)
        title = painter.fontMetrics().elidedText("Words wrong", Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, title)

    def _paint_curve(self, painter: QPainter, number: int, curve: Sequence[SpoiltPoint], area: QRectF) -> None:
        places = [place for place in (self._place(point, area) for point in curve) if place is not None]
        style = Qt.PenStyle.SolidLine if number == 0 else Qt.PenStyle.DashLine
        painter.setPen(QPen(QColor(self._colours[number]), self._theme.stroke + 0.5, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(places))
        for place in places:
            self._mark(painter, number, place)

    def _mark(self, painter: QPainter, number: int, at: QPointF) -> None:
        """A filled disc, or a larger open diamond around where one would be: both are seen where they coincide."""
        colour = QColor(self._colours[number])
        if number == 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            radius = self._theme.size(4)
            painter.drawEllipse(at, radius, radius)
            return
        radius = self._theme.size(7)
        painter.setPen(QPen(colour, self._theme.stroke + 0.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        corners = ((0, -radius), (radius, 0), (0, radius), (-radius, 0))
        painter.drawPolygon(QPolygonF([QPointF(at.x() + x, at.y() + y) for x, y in corners]))

    def _plot(self, area: QRectF) -> QRectF:
        t = self._theme
        return area.adjusted(t.size(64), t.size(48), -t.size(20), -t.size(56))

    def _top(self) -> float:
        rates = [rate_of(point) or 0.0 for curve in self.content.curves for point in curve]
        highest = max(1.0, max(rates, default=0.0))
        return math.ceil(highest / _step(highest) - 1e-9) * _step(highest)

    def _place(self, point: SpoiltPoint, area: QRectF) -> QPointF | None:
        rate = rate_of(point)
        if rate is None or point.level not in self.content.levels:
            return None
        plot = self._plot(area)
        x = plot.left() + (self.content.levels.index(point.level) + 0.5) * plot.width() / len(self.content.levels)
        return QPointF(x, plot.bottom() - rate / self._top() * plot.height())

    # Mouse and keyboard -----------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self.point_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.point_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and found is not None:
            same = self.point is not None and found != self.point and self.place_of(found) == self.place_of(self.point)
            self.choose(self.point if same else found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right: the next level; up and down: the other engine."""
        steps = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, 1)}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        curves = [curve for curve in self.content.curves if curve]
        if not curves:
            return
        row = next((number for number, curve in enumerate(curves) if self.point in curve), None)
        if row is None or self.point is None:
            self.choose(curves[0][0])
            return
        if step[1]:
            level, row = self.point.level, (row + 1) % len(curves)
            self.choose(next((one for one in curves[row] if one.level == level), curves[row][0]))
            return
        column = min(max(0, curves[row].index(self.point) + step[0]), len(curves[row]) - 1)
        self.choose(curves[row][column])

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.point_at(QPointF(event.pos()))
            if found is not None:
                QToolTip.showText(event.globalPos(), self.about(found), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def about(self, point: SpoiltPoint) -> str:
        """A point in words."""
        rate = rate_of(point)
        place = self.content.levels.index(point.level) if point.level in self.content.levels else -1
        level = self.content.texts[place] if place >= 0 else f"{point.level:g}"
        wrong = "nothing to compare" if rate is None else f"{rate:.0%} of the words wrong"
        return (
            f"{self.content.title}, {level}, {point.trial.engine}: {wrong}\n{point.trial.transcript.text or 'No words'}"
        )

    def _spoken(self) -> str:
        return ". ".join(self.about(point).replace("\n", ". ") for curve in self.content.curves for point in curve)


def _step(top: float) -> float:
    """Between two lines of the grid: five at most above the lowest."""
    return next(step for step in (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 1e2, 1e3, 1e6) if top / step <= 5 or step == 1e6)


def rate_of(point: SpoiltPoint) -> float | None:
    """Its word error rate, None where there is nothing to compare with."""
    rates = point.trial.rates
    return rates.word_error_rate if rates is not None else None


def engine_colours(theme: Theme) -> tuple[str, str]:
    """Of A and of B: blue and orange, which people with any colour vision can tell apart."""
    return theme.accent, theme.words[0]
