"""Plots as this window wants them: no frame, a quiet grid, one time axis for all, units in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor

from labbench.ui.theme import GUTTER, Theme
from labbench.ui.time_axis import TimeAxis

ZOOM_PER_NOTCH = 0.8
TEXT_OFFSET = 6
LEAST_HEIGHT = 28
"""Of a plot on a small screen."""
NOTCH = 120.0
"""What a wheel reports for one click of it."""


FINE_STEPS = tuple(digit * 10.0**power for power in range(-5, 0) for digit in (1, 2, 5))
CLOCK_STEPS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 36_000.0, 72_000.0)
"""Seconds between ticks of the time axis: decimal ones below a second, full minutes and hours above."""


class PlainAxis(pg.AxisItem):  # type: ignore[misc]
    """Numbers as they are: no SI prefix, no exponent; seconds with their unit at the end of the axis."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.enableAutoSIPrefix(False)
        self.setStyle(tickLength=0, tickTextOffset=TEXT_OFFSET)

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        """On the time axis full minutes and hours rather than thousands of seconds."""
        span = maxVal - minVal
        steps = (*FINE_STEPS, *CLOCK_STEPS)
        if self.orientation != "bottom" or not steps[0] < span < steps[-1]:
            spacing: list[tuple[float, float]] = super().tickSpacing(minVal, maxVal, size)
            return spacing
        major = next(step for step in steps if span / step <= max(3.0, size / 120))
        minor = next(step for step in steps if span / step <= max(6.0, size / 56) and _divides(step, major))
        return [(major, 0.0)] if minor == major else [(major, 0.0), (minor, 0.0)]

    def generateDrawSpecs(self, painter: Any) -> tuple[Any, list[Any], list[Any]]:
        """The time axis moves sixty times a second while sound runs: what pyqtgraph would lay out in 3 ms is simple."""
        if self.orientation != "bottom":
            found: tuple[Any, list[Any], list[Any]] = super().generateDrawSpecs(painter)
            return found
        bounds = self.mapRectFromParent(self.geometry())
        view = self.linkedView()
        top = bounds.top() if view is None else view.mapRectToItem(self, view.boundingRect()).top()
        start, stop = self.range
        scale = bounds.width() / max(stop - start, 1e-12)
        metrics = painter.fontMetrics()
        pen = pg.mkPen(self.tickPen())
        colour = QColor(pen.color())
        colour.setAlpha(int(self.grid) if self.grid is not False else 0)
        pen.setColor(colour)
        lines, texts, free = [], [], -1.0
        spacing, _ = self.tickSpacing(start, stop, bounds.width())[-1]
        first = int(np.ceil(start / spacing - 1e-9))
        for number in range(first, int(np.floor(stop / spacing + 1e-9)) + 1):
            x = bounds.left() + (number * spacing - start) * scale
            lines.append((pen, QPointF(x, top), QPointF(x, bounds.top())))
            text = clock_tick(number * spacing, spacing)
            width = metrics.horizontalAdvance(text)
            left = x - width / 2
            if left > free and left >= bounds.left() - 1 and left + width <= bounds.right() + 1:
                box = QRectF(left, bounds.top() + TEXT_OFFSET, width, metrics.height())
                texts.append((box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text))
                free = left + width + TEXT_OFFSET
        edge = (pg.mkPen(None), bounds.topLeft(), bounds.topRight())
        return edge, lines, texts

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self.orientation == "bottom":
            return [clock_tick(value, spacing) for value in values]
        places = max(0, int(np.ceil(-np.log10(spacing) - 1e-6)))
        return [f"{value:.{places}f}" for value in values]


def _divides(step: float, major: float) -> bool:
    return abs(major / step - round(major / step)) < 1e-6


def clock_tick(seconds: float, spacing: float) -> str:
    """A tick of the time axis: seconds under a minute, then minutes, then hours; as fine as the ticks are apart."""
    if seconds < -1e-9:
        return ""
    places = max(0, int(np.ceil(-np.log10(spacing) - 1e-6)))
    if seconds < 60:
        return f"{seconds:.{places}f} s"
    minutes, rest = divmod(round(seconds, places), 60)
    tail = f"{rest:0{2 if not places else 3 + places}.{places}f}"
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


class TimeBox(pg.ViewBox):  # type: ignore[misc]
    """Wheel: zoom around the pointer. Drag: pan; with Shift, select. Click: cursor. All by way of the time axis."""

    def __init__(self, axis: TimeAxis) -> None:
        super().__init__(enableMenu=False)
        self._axis = axis
        self._from = 0.0
        self.takes_drag: Callable[[Any], bool] = lambda _: False
        """Whether a drag means something else in this plot; it is told of every event of it."""
        self.setMouseEnabled(x=False, y=False)
        self.setDefaultPadding(0.0)

    def seconds_at(self, position: QPointF) -> float:
        """The moment under a point of this box's own coordinates."""
        return float(self.mapToView(position).x())

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:
        notches = event.delta() / NOTCH
        start, stop = self._axis.view
        sideways = event.orientation() == Qt.Orientation.Horizontal
        if sideways or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._axis.pan(-notches * (stop - start) / 8)
        else:
            self._axis.zoom(ZOOM_PER_NOTCH**notches, self.seconds_at(event.pos()))
        event.accept()

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        event.accept()
        if self.takes_drag(event):
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            begin, end = self.seconds_at(event.buttonDownPos()), self.seconds_at(event.pos())
            self._axis.place_cursor(end)
            self._axis.select((begin, end))
            return
        if event.isStart():
            self._from = self._axis.view[0]
        width = self._axis.view[1] - self._axis.view[0]
        moved = (event.pos().x() - event.buttonDownPos().x()) / max(1.0, self.width()) * width
        self._axis.show(self._from - moved, self._from - moved + width)

    def mouseClickEvent(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        event.accept()
        at = self.seconds_at(event.pos())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._axis.extend(at)
        else:
            self._axis.select(None)
            self._axis.place_cursor(at)


class TimePlot(pg.PlotWidget):  # type: ignore[misc]
    """A plot over the window's time axis, with its cursor and selection."""

    def __init__(self, theme: Theme, axis: TimeAxis) -> None:
        self.bottom = PlainAxis("bottom")
        self.left = PlainAxis("left")
        self.box = TimeBox(axis)
        super().__init__(axisItems={"bottom": self.bottom, "left": self.left}, viewBox=self.box, background=None)
        self._axis = axis
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.layout.setContentsMargins(0, 4, 8, 0)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.left.setWidth(GUTTER)
        self.selection = pg.LinearRegionItem(movable=False)
        self.selection.setZValue(-8)
        self.selection.hide()
        self.cursor = pg.InfiniteLine(angle=90, movable=False)
        self.hover = pg.InfiniteLine(angle=90, movable=False)
        for line in (self.cursor, self.hover):
            line.setZValue(20)
            line.hide()
        for mark in (self.selection, self.cursor, self.hover):
            self.addItem(mark, ignoreBounds=True)
        axis.range_changed.connect(self._show_range)
        axis.cursor_changed.connect(lambda seconds: _put(self.cursor, seconds))
        axis.hover_changed.connect(lambda seconds: _put(self.hover, seconds))
        axis.selection_changed.connect(self._show_selection)
        self.scene().sigMouseMoved.connect(self._mouse_moved)
        self._show_range(*axis.view)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        for axis in (self.bottom, self.left):
            axis.setPen(pg.mkPen(None))
            axis.setTextPen(pg.mkPen(theme.muted))
            axis.setTickFont(theme.font(12))
        self.bottom.setHeight(theme.size(22))
        self.left.setWidth(round(GUTTER * max(1.0, theme.scale)))
        self.cursor.setPen(pg.mkPen(theme.text, width=theme.stroke))
        self.hover.setPen(pg.mkPen(theme.muted, width=1))
        accent = QColor(theme.accent)
        accent.setAlphaF(0.20)
        self.selection.setBrush(accent)
        for line in self.selection.lines:
            line.setPen(pg.mkPen(theme.accent, width=1))
        self.setBackground(theme.surface)
        self.showGrid(x=True, y=True, alpha=0.08)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._axis.place_hover(None)

    def _mouse_moved(self, position: QPointF) -> None:
        inside = self.box.sceneBoundingRect().contains(position)
        self._axis.place_hover(float(self.box.mapSceneToView(position).x()) if inside else None)

    def _show_range(self, start: float, stop: float) -> None:
        self.box.setXRange(start, stop, padding=0)
        self.box.updateMatrix()  # else the next paint does it, and by that asks for one more

    def _show_selection(self, span: tuple[float, float] | None) -> None:
        self.selection.setVisible(span is not None)
        if span is not None:
            self.selection.setRegion(span)


def _put(line: Any, seconds: float | None) -> None:
    line.setVisible(seconds is not None)
    if seconds is not None:
        line.setValue(seconds)
