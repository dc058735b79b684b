"""What the strip of distances draws for one word: its curve, what decides, and its threshold, which can be dragged."""

from __future__ import annotations

from collections.abc import Callable

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from labbench.ui.plots import TimePlot
from labbench.ui.theme import Theme
from labbench.wakeword.calibration import MAX_THRESHOLD, MIN_THRESHOLD

BEHIND = 0.5
"""How strong the curve of single hops is behind the smoothed one."""


class StripCurve:
    """Of the word in place `number`. `moved` is called with the threshold while it is dragged, `dropped` at the end."""

    def __init__(
        self, plot: TimePlot, name: str, number: int, moved: Callable[[float], None], dropped: Callable[[], None]
    ) -> None:
        self.name = name
        self._plot, self._number, self._dropped = plot, number, dropped
        self.line, self.decisive = (pg.PlotCurveItem(connect="finite") for _ in range(2))
        self.decisive.setZValue(1)
        self.threshold = pg.InfiniteLine(
            1.0,
            angle=0,
            movable=True,
            bounds=(MIN_THRESHOLD, MAX_THRESHOLD),
            label=name,
            labelOpts={"position": 0.004 + 0.1 * number, "anchors": [(0, 1), (0, 1)]},
        )
        self.threshold.setZValue(2)
        self.threshold.setToolTip(f"Threshold of {name}: drag it. Above the line is close enough to be recognised.")
        self.threshold.sigDragged.connect(lambda line: moved(float(line.value())))
        self.threshold.sigPositionChangeFinished.connect(lambda _: dropped())
        plot.addItem(self.line)
        plot.addItem(self.decisive)
        plot.addItem(self.threshold, ignoreBounds=True)

    def remove(self) -> None:
        """The word is gone; whoever drags its threshold holds nothing any more."""
        if self.threshold.moving:
            self._dropped()
        for item in (self.line, self.decisive, self.threshold):
            self._plot.removeItem(item)

    def dress(self, theme: Theme) -> None:
        """The threshold; the pens of the curves follow from what is drawn."""
        colour = theme.word(self._number)
        self.threshold.setPen(pg.mkPen(colour, width=1, style=Qt.PenStyle.DashLine))
        self.threshold.setHoverPen(pg.mkPen(colour, width=3))
        self.threshold.label.setColor(colour)
        self.threshold.label.textItem.setFont(theme.font(12, bold=True))

    def pen(self, theme: Theme, *, smoothing: bool, thinned: bool) -> None:
        """Thin lines where many lie beside each other: wider ones would look the same, and take ten times as long."""
        width = 1 if thinned else theme.stroke
        colour = QColor(theme.word(self._number))
        self.decisive.setPen(pg.mkPen(colour, width=width))
        colour.setAlphaF(BEHIND if smoothing else 1.0)
        self.line.setPen(pg.mkPen(colour, width=1 if smoothing else width))
