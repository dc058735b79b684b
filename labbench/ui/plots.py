"""Plots as this window wants them: no frame, a quiet grid, one time axis for all, units in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QBrush, QColor, QPainter, QPolygonF

from labbench.ui.theme import GUTTER, Theme


class PlainAxis(pg.AxisItem):  # type: ignore[misc]
    """Numbers as they are: no SI prefix, no exponent; seconds with their unit at the end of the axis."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.enableAutoSIPrefix(False)
        self.setStyle(tickLength=0, tickTextOffset=6)

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self.orientation == "bottom":
            return [_clock(value, spacing) for value in values]
        places = max(0, int(np.ceil(-np.log10(spacing) - 1e-6)))
        return [f"{value:.{places}f}" for value in values]


def _clock(seconds: float, spacing: float) -> str:
    if seconds < -1e-9:
        return ""
    places = 0 if spacing >= 1 else (1 if spacing >= 0.1 else 2)
    if seconds < 60:
        return f"{seconds:.{places}f} s"
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:0{2 if not places else 3 + places}.{places}f}"


class TimePlot(pg.PlotWidget):  # type: ignore[misc]
    """A plot over time. Only the time axis can be moved by mouse; the menu of pyqtgraph is off."""

    def __init__(self, theme: Theme) -> None:
        self.bottom = PlainAxis("bottom")
        self.left = PlainAxis("left")
        super().__init__(axisItems={"bottom": self.bottom, "left": self.left}, background=None)
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.layout.setContentsMargins(0, 4, 8, 0)
        self.box: Any = item.getViewBox()
        self.box.setMouseEnabled(x=True, y=False)
        self.box.setDefaultPadding(0.0)
        self.left.setWidth(GUTTER)
        self.cursor = pg.InfiniteLine(angle=90, movable=False)
        self.cursor.setZValue(20)
        self.cursor.hide()
        self.addItem(self.cursor, ignoreBounds=True)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        for axis in (self.bottom, self.left):
            axis.setPen(pg.mkPen(None))
            axis.setTextPen(pg.mkPen(theme.muted))
            axis.setTickFont(theme.font(12))
        self.bottom.setHeight(theme.size(22))
        self.left.setWidth(round(GUTTER * max(1.0, theme.scale)))
        self.cursor.setPen(pg.mkPen(theme.text, width=1))
        self.setBackground(theme.surface)
        self.showGrid(x=True, y=True, alpha=0.08)

    def show_cursor(self, seconds: float | None) -> None:
        """The common cursor, or none."""
        if seconds is None:
            self.cursor.hide()
        else:
            self.cursor.setValue(seconds)
            self.cursor.show()


class EnvelopeItem(pg.GraphicsObject):  # type: ignore[misc]
    """A waveform as one filled shape between the lowest and highest sample of each column."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._polygon = QPolygonF()
        self.times: NDArray[np.float64] = np.zeros(0)
        self.low: NDArray[np.float32] = np.zeros(0, np.float32)
        self.high: NDArray[np.float32] = np.zeros(0, np.float32)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        fill = QColor(theme.wave)
        fill.setAlphaF(0.55)
        self._brush = QBrush(fill)
        self._pen = pg.mkPen(theme.wave, width=1)
        self.update()

    def setData(self, times: NDArray[np.float64], low: NDArray[np.float32], high: NDArray[np.float32]) -> None:
        """Columns at `times` in seconds."""
        self.prepareGeometryChange()
        self.times, self.low, self.high = times, low, high
        x = np.concatenate([times, times[::-1]])
        y = np.concatenate([high, low[::-1]])
        self._polygon = pg.functions.arrayToQPolygonF(x, y) if len(x) else QPolygonF()
        self.update()

    def boundingRect(self) -> QRectF:
        if not len(self.times):
            return QRectF()
        return QRectF(QPointF(self.times[0], -1.0), QPointF(self.times[-1], 1.0))

    def paint(self, painter: QPainter, *_: object) -> None:
        painter.setPen(self._pen)
        painter.setBrush(self._brush)
        painter.drawPolygon(self._polygon)
