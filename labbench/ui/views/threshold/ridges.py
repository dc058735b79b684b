"""Histograms in rows over one axis of distances, so that they can be compared, with a threshold that can be dragged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter

from labbench.ui.plots import TEXT_OFFSET
from labbench.ui.theme import Theme
from labbench.ui.widgets import named
from labbench.wakeword.calibration import MAX_THRESHOLD, MIN_THRESHOLD

NEAREST, FARTHEST, BIN = 0.1, 1.5, 0.02
"""In normalised distance; what is farther is counted in the last bin."""
TICKS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4)
HEIGHT = 0.82
"""Of the tallest bin, in rows."""
LIGHT, STRONG = 0.35, 0.9
LINE = 16
LABEL_OVERHANG = 5
"""Pixels by which pyqtgraph lets an axis's name hang out of the axis."""
LEAST_HEIGHT = 124
"""Of the plot: names of four or five rows fit below each other."""
TIP = (
    "Each row shows how many sounds lie how far from the word; its tallest bar fills it. The takes are measured each "
    "against the others alone, the lighter ones with babble mixed in. What lies left of the dashed line is taken for "
    "the word."
)
EDGES = np.linspace(NEAREST, FARTHEST, round((FARTHEST - NEAREST) / BIN) + 1)


@dataclass(frozen=True, eq=False)
class Row:
    """A `title` with how many there are, `values` [n], and `lighter` [m] ones behind them. `colour` as #rrggbb."""

    title: str
    values: NDArray[np.float64]
    colour: str
    lighter: NDArray[np.float64] | None = None


class FigureAxis(pg.AxisItem):  # type: ignore[misc]
    """Numbers and names as they are set, without ticks of its own making."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.enableAutoSIPrefix(False)
        self.setStyle(tickLength=0, tickTextOffset=TEXT_OFFSET, hideOverlappingLabels=False, autoExpandTextSpace=False)
        self.setTicks([[], []])

    def generateDrawSpecs(self, painter: Any) -> Any:
        """Without a grid a tick of no length would still be a dot."""
        found = super().generateDrawSpecs(painter)
        return found if found is None or self.grid else (found[0], [], found[2])

    def dress(self, theme: Theme, about: str = "") -> None:
        self.setPen(pg.mkPen(None))
        self.setTextPen(pg.mkPen(theme.muted))
        self.setTickFont(theme.font(12))
        if about:
            self.setLabel(about, **{"color": theme.muted, "font-size": f"{theme.size(12)}px"})
        if self.orientation == "bottom":
            self.setHeight(theme.size(42 if about else 22))


class FigurePlot(pg.PlotWidget):  # type: ignore[misc]
    """A plot that neither zooms nor pans, without a frame."""

    def __init__(self) -> None:
        self.bottom, self.left = FigureAxis("bottom"), FigureAxis("left")
        self.box = pg.ViewBox(enableMenu=False)
        super().__init__(axisItems={"bottom": self.bottom, "left": self.left}, viewBox=self.box, background=None)
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.layout.setContentsMargins(0, 4, 8, LABEL_OVERHANG)
        self.box.setMouseEnabled(x=False, y=False)
        self.box.setDefaultPadding(0.0)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def wheelEvent(self, event: object) -> None:
        """It belongs to whatever scrolls around it."""
        event.ignore()  # type: ignore[attr-defined]


class _Bars(pg.GraphicsObject):  # type: ignore[misc]
    """Bars of all rows, as rectangles: nothing is laid out while the threshold moves over them."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: list[tuple[QColor, list[QRectF]]] = []
        self._rows = 1

    def show_bars(self, bars: list[tuple[QColor, list[QRectF]]], rows: int) -> None:
        self.prepareGeometryChange()
        self._bars, self._rows = bars, rows
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(NEAREST, 0.0, FARTHEST - NEAREST, self._rows)

    def paint(self, painter: QPainter, *_: object) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, rectangles in self._bars:
            painter.setBrush(colour)
            painter.drawRects(rectangles)


class RidgePlot(FigurePlot):
    """`threshold_moved` comes while a hand drags the line, `threshold_dropped` at the end."""

    threshold_moved = Signal(float)
    threshold_dropped = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "thresholdHistograms", "Histograms of distances")
        self._theme = theme
        self.rows: tuple[Row, ...] = ()
        self.counts: list[NDArray[np.int64]] = []
        """How many of each row's values are in each bin."""
        self._steps: tuple[NDArray[np.float64], NDArray[np.int64], int] | None = None
        self.setToolTip(TIP)
        self.setAccessibleDescription(TIP)
        self._bars = _Bars()
        self.addItem(self._bars, ignoreBounds=True)
        self.ground = pg.LinearRegionItem(movable=False, pen=pg.mkPen(None))
        self.ground.setZValue(-10)
        self.steps = pg.PlotCurveItem(connect="finite")
        self.said = pg.InfiniteLine(0.0, angle=0, movable=False)
        self.threshold = pg.InfiniteLine(
            1.0,
            angle=90,
            movable=True,
            bounds=(MIN_THRESHOLD, MAX_THRESHOLD),
            label="{value:0.2f}",
            labelOpts={"position": 0.98, "anchors": [(0, 0), (0, 0)], "movable": False},
        )
        self.threshold.setZValue(5)
        self.threshold.setToolTip("Threshold: drag it. What lies to the left of it is taken for the word.")
        self.threshold.sigDragged.connect(lambda line: self.threshold_moved.emit(float(line.value())))
        self.threshold.sigPositionChangeFinished.connect(lambda _: self.threshold_dropped.emit())
        self.separators: list[pg.InfiniteLine] = []
        for item in (self.ground, self.steps, self.said, self.threshold):
            self.addItem(item, ignoreBounds=True)
        self.box.setXRange(NEAREST, FARTHEST, padding=0)
        self.box.sigResized.connect(lambda *_: self._name_rows())
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setBackground(theme.surface)
        self.setMinimumHeight(theme.size(LEAST_HEIGHT))
        self.bottom.dress(theme, "Distance: 0 is identical, 1 is as far as ordinary speech")
        self.left.dress(theme)
        self.bottom.setTicks([[(value, f"{value:.1f}") for value in TICKS], []])
        self.threshold.label.textItem.setFont(theme.font(14, bold=True))
        self.said.setPen(pg.mkPen(theme.muted, width=1, style=Qt.PenStyle.DotLine))
        self.steps.setPen(pg.mkPen(theme.text, width=theme.stroke))
        self._draw()

    def show_colour(self, colour: str) -> None:
        """The word's."""
        self.threshold.setPen(pg.mkPen(colour, width=2, style=Qt.PenStyle.DashLine))
        self.threshold.setHoverPen(pg.mkPen(colour, width=4))
        self.threshold.label.setColor(self._theme.text)
        ground = QColor(colour)
        ground.setAlphaF(0.10)
        self.ground.setBrush(ground)

    def show_threshold(self, threshold: float) -> None:
        if self.threshold.value() != threshold:
            self.threshold.setValue(threshold)
        self.ground.setRegion((NEAREST - 1.0, float(self.threshold.value())))

    def show_rows(self, rows: Sequence[Row], steps: tuple[NDArray[np.float64], NDArray[np.int64], int] | None) -> None:
        """From top to bottom. `steps`: thresholds, how often each fires, and how often the word is said; a last row."""
        self.rows, self._steps = tuple(rows), steps
        self._draw()

    def _draw(self) -> None:
        count = len(self.rows) + (self._steps is not None)
        bars: list[tuple[QColor, list[QRectF]]] = []
        self.counts = []
        for number, row in enumerate(self.rows):
            base = count - 1 - number
            colour = QColor(row.colour)
            parts = [(row.values, STRONG)] if row.lighter is None else [(row.lighter, LIGHT), (row.values, STRONG)]
            tallies = [np.histogram(np.clip(part, NEAREST, FARTHEST - 1e-9), EDGES)[0] for part, _ in parts]
            self.counts.append(tallies[-1])
            tallest = max(1, *(int(tally.max(initial=0)) for tally in tallies))
            for tally, (_, strength) in zip(tallies, parts, strict=True):
                shade = QColor(colour)
                shade.setAlphaF(strength)
                bars.append(
                    (
                        shade,
                        [
                            QRectF(EDGES[place], base, BIN, HEIGHT * float(tally[place]) / tallest)
                            for place in np.flatnonzero(tally).tolist()
                        ],
                    )
                )
        self._bars.show_bars(bars, max(1, count))
        self.box.setYRange(0.0, max(1, count), padding=0)
        for line in self.separators:
            self.removeItem(line)
        self.separators = [pg.InfiniteLine(at, angle=0, pen=pg.mkPen(self._theme.line, width=1)) for at in range(count)]
        for line in self.separators:
            line.setZValue(-5)
            self.addItem(line, ignoreBounds=True)
        self._draw_steps()
        self._name_rows()

    def _draw_steps(self) -> None:
        self.steps.setVisible(self._steps is not None)
        self.said.setVisible(self._steps is not None)
        if self._steps is None:
            return
        thresholds, fires, said = self._steps
        top = max(1.0, 1.25 * said, min(float(fires.max(initial=0)), 3.0 * said + 3.0))
        heights = HEIGHT * np.minimum(fires, top) / top
        self.steps.setData(np.repeat(thresholds, 2)[1:], np.repeat(heights, 2)[:-1])
        self.said.setValue(HEIGHT * said / top)

    def _name_rows(self) -> None:
        """Names beside their rows, in two lines where there is room for them, never cut."""
        titles = [row.title for row in self.rows]
        if self._steps is not None:
            titles.append(f"Fires, said: {self._steps[2]}")
        count = max(1, len(titles))
        room = self.box.height() / count
        two = room >= 2.2 * self._theme.size(LINE)
        names = [title.replace(": ", "\n") if two else title for title in titles]
        self.left.setTicks([[(count - 1 - n + 0.42, name) for n, name in enumerate(names)], []])
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(part) for name in names for part in name.split("\n")), default=40)
        self.left.setWidth(widest + 2 * TEXT_OFFSET + 4)
