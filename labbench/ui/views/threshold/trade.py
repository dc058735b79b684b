"""Misses against false accepts over all thresholds, as a ROC or a DET curve, and where the present threshold lies."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from labbench.ui.theme import Theme
from labbench.ui.views.threshold.ridges import FigurePlot
from labbench.ui.widgets import named
from labbench.wakeword.calibration import WINDOWS_PER_HOUR
from labbench.wakeword.trade_off import deviates

Points = tuple[NDArray[np.float64], NDArray[np.float64]]
"""False accepts an hour, and shares of misses."""
RATES = (0.1, 1.0, 10.0, 100.0, 1000.0)
FEWEST, MOST = 0.03, WINDOWS_PER_HOUR
EDGE = 0.12
"""Of the height above and below, so that no number is cut."""
SHARES = (0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)
ROC_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
LEAST_SHARE, LEAST_RATE = 0.0005, FEWEST / WINDOWS_PER_HOUR
TIP = (
    "Each point is a threshold: stricter ones to the left miss more, looser ones to the right let more in. The line is "
    "what to expect, from your takes and strangers' speech; the grey steps are what was counted. The dot is the "
    "present threshold, its arms are where it lies in 95 of 100 cases. "
)
ROC_TIP = "ROC: receiver operating characteristic; false accepts by factors of ten."
DET_TIP = (
    "DET: detection error trade-off; both axes in deviations of a normal, so that good detectors can be told apart."
)


class TradePlot(FigurePlot):
    """Shows curves and the present point. `det` is whether the axes are stretched as DET curves have them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "tradeOff", "Misses against false accepts")
        self._theme = theme
        self._colour = theme.accent
        self.det = False
        self._expected: Points = (np.zeros(0), np.zeros(0))
        self._counted: Points = (np.zeros(0), np.zeros(0))
        self._now: tuple[Points, Points | None] | None = None
        self.expected, self.counted = pg.PlotCurveItem(antialias=True), pg.PlotCurveItem()
        self.expected.setZValue(1)
        self.arms = pg.PlotCurveItem(connect="pairs")
        self.dot, self.hollow = pg.ScatterPlotItem(size=11), pg.ScatterPlotItem(size=9)
        for item in (self.counted, self.expected, self.arms, self.hollow, self.dot):
            self.addItem(item, ignoreBounds=True)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setBackground(theme.surface)
        self.bottom.dress(theme, "False accepts an hour")
        self.left.dress(theme, "Misses")
        self.left.setWidth(theme.size(68))
        self.counted.setPen(pg.mkPen(theme.muted, width=1))
        self.hollow.setPen(pg.mkPen(theme.muted, width=1.5))
        self.hollow.setBrush(pg.mkBrush(theme.surface))
        for axis in (self.bottom, self.left):
            axis.setTickPen(pg.mkPen(theme.line, width=1))
        self.showGrid(x=True, y=True, alpha=0.6)
        self.show_colour(self._colour)
        self._scale()

    def show_colour(self, colour: str) -> None:
        """The word's."""
        self._colour = colour
        self.expected.setPen(pg.mkPen(colour, width=self._theme.stroke))
        self.arms.setPen(pg.mkPen(colour, width=1))
        self.dot.setBrush(pg.mkBrush(colour))
        self.dot.setPen(pg.mkPen(self._theme.surface, width=1))

    def show_det(self, det: bool) -> None:
        """Stretched axes, or plain ones."""
        self.det = det
        self._scale()

    def show_curves(self, expected: Points, counted: Points) -> None:
        """Both over all thresholds, strictest first."""
        self._expected, self._counted = expected, counted
        self._draw()

    def show_now(self, expected: Points | None, counted: Points | None) -> None:
        """The present threshold: what is expected, then its lowest and highest values; and what was counted, if any."""
        self._now = None if expected is None else (expected, counted)
        self._draw_now()

    def _scale(self) -> None:
        """Ticks and range of both axes."""
        shares = np.array(SHARES if self.det else ROC_SHARES)
        rates = np.array(RATES)
        x = self._x(rates)
        self.bottom.setTicks([[(float(at), f"{rate:g}") for at, rate in zip(x, rates, strict=True)], []])
        y = self._y(shares)
        texts = [f"{100 * share:g} %" for share in shares]
        self.left.setTicks([list(zip(y.tolist(), texts, strict=True)), []])
        margin = 0.06
        low, high = self._x(np.array([FEWEST, MOST if not self.det else MOST / 2])).tolist()
        self.box.setXRange(low - margin, high + margin, padding=0)
        bottom, top = self._y(np.array([0.0, 1.0])).tolist()
        margin = EDGE * (top - bottom)
        self.box.setYRange(bottom - margin, top + margin, padding=0)
        self.setToolTip(TIP + (DET_TIP if self.det else ROC_TIP))
        self.setAccessibleDescription(self.toolTip())
        self._draw()

    def _x(self, rates: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.det:
            return deviates(rates / WINDOWS_PER_HOUR, LEAST_RATE)
        found: NDArray[np.float64] = np.log10(np.clip(rates, FEWEST, MOST))
        return found

    def _y(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        return deviates(shares, LEAST_SHARE) if self.det else shares

    def _draw(self) -> None:
        self.expected.setData(self._x(self._expected[0]), self._y(self._expected[1]))
        accepts, misses = self._counted
        x, y = self._x(accepts), self._y(misses)
        self.counted.setData(np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1])
        self._draw_now()

    def _draw_now(self) -> None:
        now = self._now
        for item in (self.dot, self.hollow, self.arms):
            item.setVisible(now is not None)
        if now is None:
            return
        (rates, shares), counted = now
        x, y = self._x(rates), self._y(shares)
        self.dot.setData(x[:1], y[:1])
        self.arms.setData(np.array([x[1], x[2], x[0], x[0]]), np.array([y[0], y[0], y[1], y[2]]))
        self.hollow.setVisible(counted is not None)
        if counted is not None:
            self.hollow.setData(self._x(counted[0]), self._y(counted[1]))
