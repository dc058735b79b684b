"""The waveform as it is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPaintEngine, QPainter, QPolygonF

from labbench.ui.theme import Theme

OPACITY = 0.85


class EnvelopeItem(pg.GraphicsObject):  # type: ignore[misc]
    """A bar between the lowest and highest sample of each column; single samples as a line.

    Bars, because the time that a polygon takes depends on how jagged it is: on the sound and on the zoom.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.times: NDArray[np.float64] = np.zeros(0)
        self.low: NDArray[np.float32] = np.zeros(0, np.float32)
        self.high: NDArray[np.float32] = np.zeros(0, np.float32)
        self._made: list[QRectF] = []
        self._pixel = 0.0
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        fill = QColor(theme.wave)
        fill.setAlphaF(OPACITY)
        self._brush = QBrush(fill)
        self._pen = pg.mkPen(theme.wave, width=1)
        self.update()

    def setData(self, times: NDArray[np.float64], low: NDArray[np.float32], high: NDArray[np.float32]) -> None:
        """Columns around `times` in seconds."""
        self.prepareGeometryChange()
        self.times, self.low, self.high = times, low, high
        self._made, self._pixel = [], 0.0
        self.update()

    def boundingRect(self) -> QRectF:
        if not len(self.times):
            return QRectF()
        return QRectF(QPointF(self.times[0], -1.0), QPointF(self.times[-1], 1.0))

    def paint(self, painter: QPainter, *_: Any) -> None:
        if not len(self.times):
            return
        painter.setPen(self._pen)
        if len(self.times) == 1 or np.array_equal(self.low, self.high):
            painter.drawPolyline(_polygon(self.times, self.high))
        elif _on_screen(painter):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._brush)
            pixel = 1.0 / max(1e-9, abs(painter.transform().m22()))
            if not self._made or pixel != self._pixel:  # one picture may be painted several times
                self._made, self._pixel = self._bars(pixel), pixel
            painter.drawRects(self._made)
        else:  # where edges are smoothed, bars would have seams between them
            painter.setBrush(self._brush)
            around = np.concatenate([self.times, self.times[::-1]])
            painter.drawPolygon(_polygon(around, np.concatenate([self.high, self.low[::-1]])))

    def _bars(self, pixel: float) -> list[QRectF]:
        """One for each column, at least a pixel high, and reaching to its neighbour: the waveform has no holes."""
        low, high = self.low.astype(np.float64), self.high.astype(np.float64)
        low[1:], high[1:] = np.minimum(low[1:], self.high[:-1]), np.maximum(high[1:], self.low[:-1])
        height = np.maximum(high - low, pixel)
        width = float(self.times[1] - self.times[0])
        left, below = self.times - width / 2, (low + high - height) / 2
        rows = zip(left.tolist(), below.tolist(), height.tolist(), strict=True)
        return [QRectF(x, y, width, h) for x, y, h in rows]


def _on_screen(painter: QPainter) -> bool:
    raster = painter.paintEngine().type() == QPaintEngine.Type.Raster
    return raster and not painter.testRenderHint(QPainter.RenderHint.Antialiasing)


def _polygon(x: NDArray[np.float64], y: NDArray[np.float32]) -> QPolygonF:
    found: QPolygonF = pg.functions.arrayToQPolygonF(x, y)
    return found
