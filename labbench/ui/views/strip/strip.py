"""How far each moment lies from each taught word, live: near is up, a threshold for each word can be dragged."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from labbench.core.timebase import MODEL_RATE
from labbench.signal.extremes import Extremes
from labbench.ui.plots import TimePlot
from labbench.ui.theme import Theme
from labbench.ui.time_axis import TimeAxis
from labbench.ui.views.strip.curve import StripCurve
from labbench.ui.views.strip.labels import place_names, show_ticks
from labbench.ui.views.strip.marks import StripMarks
from labbench.ui.widgets import named
from labbench.wakeword.detector import SMOOTHING_HOPS
from labbench.wakeword.near_misses import SHOWN, NearMiss
from labbench.wakeword.smoothing import smoothed_hops
from labbench.wakeword.spotter import Detection, SpotFrame

NEAREST, FARTHEST = 0.3, 1.2
FARTHEST_SHOWN = 3.0
LEAST_HEIGHT, LEAST_WITH_AXIS = 44, 76
"""Of the plot: so high that curves can be told from each other, and that a time axis fits below them."""
PIXELS_PER_GROUP = 4
"""Where hops lie closer, the lowest and highest of as many as that are drawn in place of each."""
BAND = 0.14
"""How strong the near-miss band is."""
SMOOTHED_TIP = (
    f"The strong line is what decides: the middle one of the newest {SMOOTHING_HOPS} distances. The thin line has each "
    "distance as it was measured. One odd hop (80 ms) that crosses the dashed line does nothing; two of three decide."
)


class DistanceStrip(QWidget):
    """One curve a word over the window's common time axis.

    `threshold_dragged` gives a word and its threshold while a hand holds it, `threshold_dropped` follows at the end. Of
    the `chosen` word, or of `pointed` where the mouse is at another one, what is nearly a detection is shaded.

    While the box `smoothing` is checked, what the detector decides by is drawn over the distances as they were
    measured. The box stands wherever there is room for it.
    """

    threshold_dragged = Signal(str, float)
    threshold_dropped = Signal()

    def __init__(self, theme: Theme, axis: TimeAxis) -> None:
        super().__init__()
        named(self, "distances", "Distance to each taught word over time")
        self._theme = theme
        self._axis = axis
        self._held = Extremes(1)  # a row of times, one of distances for each word, and one of smoothed ones
        self._newest: deque[tuple[float, ...]] = deque(maxlen=SMOOTHING_HOPS)  # what the next decision looks back at
        self._fitted = 0
        self._drawn: tuple[object, ...] = ()
        self._thinned = False
        self._low, self._high = NEAREST, FARTHEST
        self._curves: list[StripCurve] = []
        self.chosen = self.pointed = ""
        self.plot = named(TimePlot(theme, axis), "distancePlot", "Distances over time; nearer is higher")
        self.plot.box.setYRange(NEAREST, FARTHEST, padding=0)
        self.plot.box.invertY(True)
        self.plot.box.sigResized.connect(lambda *_: self._place_names())
        self.plot.left.setToolTip("Distance: 0 is identical to the takes, 1 is as far as ordinary speech of strangers.")
        self._ordinary = pg.InfiniteLine(1.0, angle=0, movable=False)
        self.plot.addItem(self._ordinary, ignoreBounds=True)
        self.band = pg.LinearRegionItem(orientation="horizontal", movable=False, pen=pg.mkPen(None))
        self.band.setZValue(-9)
        self.plot.addItem(self.band, ignoreBounds=True)
        self.marks = StripMarks(self.plot)
        self.smoothing = named(QCheckBox("Smoothed"), "smoothed", "Smoothed: show what decides")
        self.smoothing.setChecked(True)
        self.smoothing.setToolTip(SMOOTHED_TIP)
        self.smoothing.setAccessibleDescription(SMOOTHED_TIP)
        self.smoothing.toggled.connect(lambda _: self._smooth())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        axis.range_changed.connect(lambda *_: self._draw())
        self.threshold_dragged.connect(lambda name, _: self.point_at(name))
        self.plot.box.sigResized.connect(lambda *_: self._draw())
        self.set_theme(theme)

    @property
    def bytes(self) -> int:
        """Memory that distances take."""
        return self._held.bytes

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.set_theme(theme)
        self.plot.setMinimumHeight(theme.size(LEAST_HEIGHT))
        self._ordinary.setPen(pg.mkPen(theme.line, width=1))
        for curve in self._curves:
            curve.dress(theme)
        self._pen_curves()
        self._draw_marks()
        self._shade()

    def set_words(self, words: Sequence[tuple[str, float]]) -> None:
        """Words (name, threshold) that distances will come for. Other words than before begin with an empty strip."""
        if [name for name, _ in words] != [curve.name for curve in self._curves]:
            self._rebuild([name for name, _ in words])
        for curve, (_, threshold) in zip(self._curves, words, strict=True):
            curve.threshold.setValue(threshold)
        self._place_names()
        self._shade()

    def choose(self, name: str) -> None:
        """The word that somebody works with."""
        self.chosen = name
        self._shade()

    def point_at(self, name: str) -> None:
        """The word that the mouse is at; none where the name is empty."""
        if name != self.pointed:
            self.pointed = name
            self._shade()

    def _shade(self) -> None:
        """The near-miss band of one word: those of several would hide each other."""
        names = [curve.name for curve in self._curves]
        name = next((name for name in (self.pointed, self.chosen, *names[:1]) if name in names), None)
        self.band.setVisible(name is not None)
        if name is not None:
            number = names.index(name)
            colour = QColor(self._theme.word(number))
            colour.setAlphaF(BAND)
            self.band.setBrush(colour)
            threshold = float(self._curves[number].threshold.value())
            self.band.setRegion((threshold, threshold + SHOWN))

    def clear(self) -> None:
        """A new sound."""
        self._empty()
        self.marks.clear()
        self._low, self._high = NEAREST, FARTHEST
        self.plot.box.setYRange(NEAREST, FARTHEST, padding=0)
        self.refresh()
        self._draw_marks()

    def show_all(
        self,
        index: NDArray[np.int64],
        distances: NDArray[np.float64],
        detections: Sequence[Detection],
        muted: NDArray[np.bool_] | None = None,
    ) -> None:
        """Hops (16 kHz index [n], distances [n, words]) and detections of a whole sound in place of what there is.

        In `muted` hops [n] the speakers were heard: the detector began anew behind them.
        """
        self.clear()
        if distances.shape[1] == len(self._curves):  # else they are of other words
            quiet = np.zeros(len(index), np.bool_) if muted is None else muted
            self._held.append(np.vstack([index / MODEL_RATE, distances.T, smoothed_hops(distances, quiet).T]))
        self.mark(detections)
        self.refresh()

    def add(self, frame: SpotFrame, detections: Sequence[Detection] = ()) -> None:
        """One hop; drawn at the next `refresh`."""
        if len(frame.distances) != len(self._curves):  # from before the words were changed
            return
        self._newest.append(frame.distances)
        if frame.muted:
            self._newest.clear()
            smoothed = np.full(len(self._curves), np.nan)
        else:
            smoothed = smoothed_hops(np.array(self._newest), np.zeros(len(self._newest), np.bool_))[-1]
        self._held.append(np.array([[frame.index / MODEL_RATE, *frame.distances, *smoothed]]).T)
        if detections:
            self.mark(detections)

    def mark_only(self, detections: Sequence[Detection]) -> None:
        """Mark these detections and no others."""
        self.marks.detections = []
        self.mark(detections)

    def mark(self, detections: Sequence[Detection]) -> None:
        """Mark detections where they were decided."""
        self.marks.detections += detections
        self._draw_marks()

    def mark_near(self, misses: Sequence[NearMiss]) -> None:
        """Mark these near misses and no others, hollow, where they were nearest."""
        self.marks.near_misses = list(misses)
        self._draw_marks()

    def refresh(self) -> None:
        """Draw what was added."""
        self._fit()
        self._draw()

    def _draw(self) -> None:
        """The hops in view, and one more on either side, so that lines go on to the edges."""
        most = max(100, int(self.plot.box.width()) // PIXELS_PER_GROUP)
        state = (self._axis.view, self._held, self._held.count, most, self.smoothing.isChecked())
        if state == self._drawn:
            return
        self._drawn = state
        times = self._held.values[0]
        first, stop = np.searchsorted(times, self._axis.view)
        low, high = self._held.between(int(first) - 1, int(stop) + 1, most)
        thinned = not np.array_equal(low[0], high[0])
        points = np.stack([low, high], axis=2).reshape(len(low), -1) if thinned else low
        if thinned != self._thinned:
            self._thinned = thinned
            self._pen_curves()
        for row, curve in enumerate(self._curves, start=1):
            curve.line.setData(points[0], points[row])
            if self.smoothing.isChecked():
                curve.decisive.setData(points[0], points[row + len(self._curves)])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the curves have it: the views of the sound have the same time axis."""
        super().resizeEvent(event)
        self.plot.getPlotItem().showAxis("bottom", event.size().height() >= self._theme.size(LEAST_WITH_AXIS))

    def _place_names(self) -> None:
        show_ticks(self.plot, self._theme)
        place_names(self.plot, self.thresholds.values())

    def _fit(self) -> None:
        """Keep every curve in view: the range only grows, until the next sound."""
        new = self._held.values[1 : 1 + len(self._curves), self._fitted :]
        self._fitted = self._held.count
        known = new[np.isfinite(new)]
        low, high = known.min(initial=self._low), known.max(initial=self._high)
        if (low, high) != (self._low, self._high):
            self._low, self._high = max(0.0, float(low) - 0.04), min(FARTHEST_SHOWN, float(high) + 0.04)
            self.plot.box.setYRange(self._low, self._high, padding=0)
            self._place_names()

    @property
    def hops(self) -> NDArray[np.float64]:
        """Times, then distances of each word, then what its detector decides by: [1 + 2 words, hops]. Only to look."""
        return self._held.values

    def held(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times in seconds and distances that the plot holds for a word."""
        row = self._row(name)
        return self._held.values[0].copy(), self._held.values[row].copy()

    def held_smoothed(self, name: str) -> NDArray[np.float64]:
        """What the detector decides by for a word at the same times; NaN where it has too few hops yet."""
        smoothed: NDArray[np.float64] = self._held.values[self._row(name) + len(self._curves)].copy()
        return smoothed

    def _row(self, name: str) -> int:
        return 1 + next(number for number, curve in enumerate(self._curves) if curve.name == name)

    def _empty(self) -> None:
        self._held = Extremes(1 + 2 * len(self._curves))
        self._newest.clear()
        self._fitted = 0

    def _smooth(self) -> None:
        """Show or hide what decides."""
        for curve in self._curves:
            curve.decisive.setVisible(self.smoothing.isChecked())
        self._pen_curves()
        self._draw()

    @property
    def thresholds(self) -> dict[str, pg.InfiniteLine]:
        """Each word's line."""
        return {curve.name: curve.threshold for curve in self._curves}

    def _rebuild(self, names: Sequence[str]) -> None:
        for curve in self._curves:
            curve.remove()
        self.marks.clear()
        self._curves = [
            StripCurve(self.plot, name, number, partial(self.threshold_dragged.emit, name), self.threshold_dropped.emit)
            for number, name in enumerate(names)
        ]
        for curve in self._curves:
            curve.decisive.setVisible(self.smoothing.isChecked())
            curve.dress(self._theme)
        self._pen_curves()
        self._empty()
        self._draw_marks()

    def _pen_curves(self) -> None:
        for curve in self._curves:
            curve.pen(self._theme, smoothing=self.smoothing.isChecked(), thinned=self._thinned)

    def _draw_marks(self) -> None:
        colours = {curve.name: self._theme.word(number) for number, curve in enumerate(self._curves)}
        self.marks.draw(colours, self._theme.surface)
