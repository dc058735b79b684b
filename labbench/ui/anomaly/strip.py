"""How unlike normal each moment is, over the common time axis: what rises above the dashed line stands out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QVBoxLayout, QWidget

from labbench.signal.extremes import Extremes
from labbench.ui.bands import BandsItem
from labbench.ui.marks import Mark
from labbench.ui.plots import TimePlot
from labbench.ui.theme import Theme
from labbench.ui.time_axis import TimeAxis
from labbench.ui.widgets import named

LEAST_HEIGHT = 36
"""Of the plot: two numbers fit beside it."""
PIXELS_PER_GROUP = 4
"""Where scores lie closer, the lowest and highest of as many as that are drawn in place of each."""
ROOM, MOST_ROOM = 1.8, 3.0
"""The scale reaches to so many times the threshold, and up to so many where scores are higher: they are cut off."""
LEAST = 0.05
"""Where the line can be dragged to: below it even what was learnt would stand out."""
STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
COLOUR = 4
"""Of the words' colours: the fifth, so that it is rarely that of a word."""
TIP = (
    "How far this second lies from everything that was learnt as normal. Nobody has to know what a knock is: whatever "
    "rises above the dashed line is unlike it, and is marked."
)


class AnomalyStrip(QWidget):
    """`threshold_dragged` gives where the line was dropped, `clicked` the number of the mark that was clicked."""

    threshold_dragged = Signal(float)
    clicked = Signal(int)

    def __init__(self, theme: Theme, axis: TimeAxis) -> None:
        super().__init__()
        named(self, "anomaly", "How unlike normal each moment is")
        self._theme = theme
        self._axis = axis
        self._held = Extremes(2)  # times and scores
        self._highest, self._fitted = 0.0, 0
        self._marks: tuple[Mark, ...] = ()
        self._drawn: tuple[object, ...] = ()
        self.plot = named(TimePlot(theme, axis), "anomalyPlot", "Unlike normal, over time; higher is more unlike")
        self.plot.getPlotItem().hideAxis("bottom")  # the strip above has it
        self.plot.left.setToolTip(TIP)
        self.plot.setAccessibleDescription(TIP)
        self.line = pg.PlotCurveItem()
        self.bands = BandsItem()
        self.threshold = pg.InfiniteLine(1.0, angle=0, movable=True, bounds=(LEAST, None), label="stands out above")
        self.threshold.label.setPosition(0.004)
        self.threshold.label.anchors = [(0, 1), (0, 1)]
        self.threshold.setToolTip("Drag it: what rises above this line stands out.")
        self.threshold.sigPositionChangeFinished.connect(self._dragged)
        self.plot.addItem(self.line)
        for item in (self.bands, self.threshold):
            self.plot.addItem(item, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        axis.range_changed.connect(lambda *_: self._draw())
        self.plot.box.sigResized.connect(lambda *_: self._resized())
        self.set_theme(theme)

    @property
    def colour(self) -> str:
        """Of what stands out."""
        return self._theme.word(COLOUR)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.set_theme(theme)
        self.plot.setMinimumHeight(theme.size(LEAST_HEIGHT))
        self.line.setPen(pg.mkPen(theme.accent, width=theme.stroke))
        self.threshold.setPen(pg.mkPen(self.colour, width=1, style=Qt.PenStyle.DashLine))
        self.threshold.setHoverPen(pg.mkPen(self.colour, width=3))
        self.threshold.label.setColor(self.colour)
        self.threshold.label.textItem.setFont(theme.font(12, bold=True))

    def show_threshold(self, threshold: float) -> None:
        self.threshold.setValue(threshold)
        self._fit()

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """What stands out, in order of time."""
        self._marks = tuple(marks)
        self.bands.show_marks(marks)

    def show_all(self, times: NDArray[np.float64], scores: NDArray[np.float64]) -> None:
        """Scores of a whole sound, shapes [n] (seconds), in place of those that there are."""
        self._held = Extremes(2)
        self._highest, self._fitted = 0.0, 0
        self.add(times, scores)
        self.refresh()

    def add(self, times: NDArray[np.float64], scores: NDArray[np.float64]) -> None:
        """More of them; drawn at the next `refresh`."""
        self._held.append(np.vstack([times, scores]))

    def refresh(self) -> None:
        """Draw what was added."""
        if self._held.count > self._fitted:
            self._highest = max(self._highest, float(self._held.values[1, self._fitted :].max()))
            self._fitted = self._held.count
            self._fit()
        self._draw()

    def held(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times and scores that the plot holds."""
        return self._held.values[0].copy(), self._held.values[1].copy()

    def _draw(self) -> None:
        """The scores in view, and one more on either side, so that the line goes on to the edges."""
        most = max(100, int(self.plot.box.width()) // PIXELS_PER_GROUP)
        state = (self._axis.view, self._held, self._held.count, most)
        if state == self._drawn:
            return
        self._drawn = state
        first, stop = np.searchsorted(self._held.values[0], self._axis.view)
        low, high = self._held.between(int(first) - 1, int(stop) + 1, most)
        thinned = low.shape[1] > 0 and not np.array_equal(low[0], high[0])
        points = np.stack([low, high], axis=2).reshape(2, -1) if thinned else low
        self.line.setData(points[0], points[1])

    def _fit(self) -> None:
        """Keep threshold and curve in view: normal stays readable however far a knock is from it."""
        threshold = float(self.threshold.value())
        top = max(ROOM * threshold, min(1.1 * self._highest, MOST_ROOM * threshold), 1e-3)
        if self.plot.box.viewRange()[1] != [0.0, top]:
            self.plot.box.setYRange(0.0, top, padding=0)
            self.bands.setTransform(QTransform.fromScale(1.0, top))  # they reach from -1 to 1
            self._tick(top)

    def _tick(self, top: float) -> None:
        height = max(1.0, self.plot.box.height())
        room = max(1.0, height / (1.6 * self._theme.size(14)))
        edge = top * self._theme.size(8) / height  # a number nearer to it would be cut
        seen = [one for one in STEPS if one <= top - edge] or [STEPS[0]]
        step = next((one for one in seen if top / one <= room), seen[-1])
        ticks = [number * step for number in range(1, int(top / step) + 1) if edge <= number * step <= top - edge]
        self.plot.left.setTicks([[(value, f"{value:g}") for value in ticks], []])

    def _resized(self) -> None:
        self._tick(float(self.plot.box.viewRange()[1][1]))
        self._draw()

    def _dragged(self, line: pg.InfiniteLine) -> None:
        self.threshold_dragged.emit(float(line.value()))

    def _clicked(self, event: Any) -> None:
        """The plot has placed the cursor by now; a mark at that place is selected."""
        if event.button() != Qt.MouseButton.LeftButton or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return
        at = self.plot.box.seconds_at(self.plot.box.mapFromScene(event.scenePos()))
        for number, mark in enumerate(self._marks):
            if mark.start <= at <= mark.end:
                self.clicked.emit(number)
                return
