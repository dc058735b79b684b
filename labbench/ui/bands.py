"""Stretches of time as bands behind a plot, all in one item: hundreds of them cost little more than one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from labbench.ui.marks import Mark, one_in_each

OPACITY = 0.22
PIXELS_APART = 4.0
"""Where more bands are in view than fit at that distance, one is drawn for all that begin so near each other."""
_NARROW_PIXELS = 3.0
"""Narrower ones are a line: their two edges would be next to each other."""


class BandsItem(pg.GraphicsObject):  # type: ignore[misc]
    """Draws marks in their colours from -1 to 1. `drawn` counts the bands of the last paint."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(-5)
        self.drawn = 0
        self._box = QRectF()
        self._fills: list[QColor] = []
        self._pens: list[QPen] = []
        self._spans = np.zeros((0, 2))  # starts and ends in seconds, in order of time
        self._colours = np.zeros(0, np.intp)
        self._longest = 0.0

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Replace what is drawn."""
        self.prepareGeometryChange()
        marks = sorted(marks, key=lambda mark: (mark.start, mark.end))
        colours = list(dict.fromkeys(mark.colour for mark in marks))
        self._fills = [QColor(colour) for colour in colours]
        for fill in self._fills:
            fill.setAlphaF(OPACITY)
        self._pens = [pg.mkPen(colour, width=1) for colour in colours]
        self._spans = np.array([(mark.start, mark.end) for mark in marks]).reshape(-1, 2)
        self._colours = np.array([colours.index(mark.colour) for mark in marks], np.intp)
        self._longest = float(np.max(self._spans[:, 1] - self._spans[:, 0], initial=0.0))
        if marks:
            first, last = float(self._spans[0, 0]), float(self._spans[:, 1].max())
            self._box = QRectF(first, -1.0, last - first, 2.0)
        else:
            self._box = QRectF()
        self.update()

    def boundingRect(self) -> QRectF:
        return self._box

    def paint(self, painter: QPainter, *_: Any) -> None:
        self.drawn = 0
        box = self.getViewBox()
        if box is None:
            return
        start, stop = box.viewRange()[0]
        scale = box.width() / max(stop - start, 1e-9)
        first, last = np.searchsorted(self._spans[:, 0], (start - self._longest, stop))
        spans, colours = self._spans[first:last], self._colours[first:last]
        for number in np.unique(colours).tolist():
            mine = spans[colours == number]
            mine = mine[one_in_each(mine[:, 0], scale, PIXELS_APART, box.width())]
            lines = []
            for left, right in mine.tolist():
                lines.append(QLineF(left, -1.0, left, 1.0))
                if (right - left) * scale >= _NARROW_PIXELS:
                    painter.fillRect(QRectF(left, -1.0, right - left, 2.0), self._fills[number])
                    lines.append(QLineF(right, -1.0, right, 1.0))
            painter.setPen(self._pens[number])
            painter.drawLines(lines)
            self.drawn += len(mine)
