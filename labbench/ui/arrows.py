"""Where something was detected, as a small arrow above a plot's curve; thousands are held, those in view are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from labbench.ui.marks import one_in_each

PIXELS_APART = 3.0
"""Where more arrows are in view than fit at that distance, one stands for all that are so near each other."""
_HALF_WIDTH, _HEIGHT = 6.0, 10.0


class ArrowsItem(pg.GraphicsObject):  # type: ignore[misc]
    """Arrows of a fixed size in pixels that point down, each with its tip at a point of the plot; perhaps `hollow`."""

    def __init__(self, *, hollow: bool = False) -> None:
        super().__init__()
        self._hollow = hollow
        self._points = np.zeros((0, 2))
        self._brushes: list[QBrush] = []
        self._pens: list[QPen] = []
        self._box = QRectF()

    def show_at(self, points: Sequence[tuple[float, float]], colours: Sequence[str], outline: str) -> None:
        """Replace what is drawn: (seconds, value) of each, in order of time, and its colour."""
        self.prepareGeometryChange()
        self._points = np.array(points, np.float64).reshape(-1, 2)
        dressed = {
            colour: (QBrush(QColor(outline if self._hollow else colour)), _pen(colour if self._hollow else outline))
            for colour in set(colours)
        }
        self._brushes = [dressed[colour][0] for colour in colours]
        self._pens = [dressed[colour][1] for colour in colours]
        if len(points):
            low, high = self._points.min(axis=0), self._points.max(axis=0)
            self._box = QRectF(low[0], low[1], high[0] - low[0], high[1] - low[1])
        else:
            self._box = QRectF()
        self.update()

    def boundingRect(self) -> QRectF:
        """With room for an arrow on every side."""
        width, height = (abs(length or 0.0) for length in self.pixelSize())  # None in a plot without any height
        return self._box.adjusted(-_HALF_WIDTH * width, -_HEIGHT * height, _HALF_WIDTH * width, _HEIGHT * height)

    def viewTransformChanged(self) -> None:
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, *_: Any) -> None:
        box = self.getViewBox()
        if box is None or not len(self._points):
            return
        start, stop = box.viewRange()[0]
        scale = box.width() / max(stop - start, 1e-9)
        margin = _HALF_WIDTH / scale
        first, last = np.searchsorted(self._points[:, 0], (start - margin, stop + margin))
        chosen = first + one_in_each(self._points[first:last, 0], scale, PIXELS_APART, box.width())
        to_pixels = painter.transform()
        painter.save()
        painter.resetTransform()
        for at in chosen.tolist():
            tip = to_pixels.map(QPointF(*self._points[at]))
            painter.setBrush(self._brushes[at])
            painter.setPen(self._pens[at])
            x, y = tip.x(), tip.y()
            painter.drawPolygon(
                QPolygonF([tip, QPointF(x - _HALF_WIDTH, y - _HEIGHT), QPointF(x + _HALF_WIDTH, y - _HEIGHT)])
            )
        painter.restore()


def _pen(colour: str) -> QPen:
    return QPen(QColor(colour), 1)
