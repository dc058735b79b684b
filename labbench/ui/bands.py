"""Stretches of time as bands behind a plot, all in one item: hundreds of them cost little more than one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QPainter

from labbench.ui.marks import Mark, one_in_each

OPACITY = 0.22
PIXELS_APART = 4.0
"""Where more bands are in view than fit at that distance, one is drawn for all that begin so near each other."""
_NARROW_PIXELS = 3.0
"""Narrower ones are a line: their two edges would be next to each other."""


@dataclass(frozen=True, eq=False)
class _Set:
    """Bands of one colour: starts and ends in seconds, shape [n, 2], in order of time."""

    colour: QColor
    spans: NDArray[np.float64]
    longest: float


class BandsItem(pg.GraphicsObject):  # type: ignore[misc]
    """Draws marks in their colours from -1 to 1. `drawn` counts the bands of the last paint."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(-5)
        self.drawn = 0
        self._box = QRectF()
        self._sets: list[_Set] = []

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Replace what is drawn."""
        self.prepareGeometryChange()
        self._sets = []
        for colour in dict.fromkeys(mark.colour for mark in marks):
            found = sorted((mark.start, mark.end) for mark in marks if mark.colour == colour)
            self._sets.append(_Set(QColor(colour), np.array(found), max(end - start for start, end in found)))
        ends = [end for mark in marks for end in (mark.start, mark.end)]
        self._box = QRectF(min(ends), -1.0, max(ends) - min(ends), 2.0) if ends else QRectF()
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
        for one in self._sets:
            first, last = np.searchsorted(one.spans[:, 0], (start - one.longest, stop))
            spans = one.spans[first:last]
            spans = spans[one_in_each(spans[:, 0], scale, PIXELS_APART, box.width())]
            wide = spans[(spans[:, 1] - spans[:, 0]) * scale >= _NARROW_PIXELS]
            fill = QColor(one.colour)
            fill.setAlphaF(OPACITY)
            for left, right in wide.tolist():
                painter.fillRect(QRectF(left, -1.0, right - left, 2.0), fill)
            painter.setPen(pg.mkPen(one.colour, width=1))
            edges = [*spans[:, 0].tolist(), *wide[:, 1].tolist()]
            painter.drawLines([QLineF(x, -1.0, x, 1.0) for x in edges])
            self.drawn += len(spans)
