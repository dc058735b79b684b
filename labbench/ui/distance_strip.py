"""How far each moment lies from each taught word, live: near is up, a threshold for each word can be dragged."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from labbench.core.timebase import MODEL_RATE
from labbench.signal.extremes import Extremes
from labbench.ui.arrows import ArrowsItem
from labbench.ui.plots import TimePlot
from labbench.ui.theme import Theme
from labbench.ui.time_axis import TimeAxis
from labbench.ui.widgets import named
from labbench.wakeword.detector import SMOOTHING_HOPS
from labbench.wakeword.smoothing import smoothed_hops
from labbench.wakeword.spotter import Detection, SpotFrame

NEAREST, FARTHEST = 0.3, 1.2
FARTHEST_SHOWN = 3.0
TICKS = ((0.4, 0.6, 0.8, 1.0), (0.4, 0.7, 1.0), (0.5, 1.0), (1.0,))
PIXELS_PER_GROUP = 4
"""Where hops lie closer, the lowest and highest of as many as that are drawn in place of each."""
BEHIND = 0.5
"""How strong the curve of single hops is behind the smoothed one."""
SMOOTHED_TIP = (
    f"The strong line is what decides: the middle one of the newest {SMOOTHING_HOPS} distances. The thin line has each "
    "distance as it was measured. One odd hop (80 ms) that crosses the dashed line does nothing; two of three decide."
)


@dataclass
class _Curve:
    name: str
    line: pg.PlotCurveItem
    decisive: pg.PlotCurveItem
    threshold: pg.InfiniteLine


class DistanceStrip(QWidget):
    """One curve a word over the window's common time axis. `threshold_dragged` gives a word and its new threshold.

    While the box `smoothing` is checked, what the detector decides by is drawn over the distances as they were
    measured. The box stands wherever there is room for it.
    """

    threshold_dragged = Signal(str, float)

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
        self._curves: list[_Curve] = []
        self._detections: list[Detection] = []
        self.plot = named(TimePlot(theme, axis), "distancePlot", "Distances over time; nearer is higher")
        self.plot.box.setYRange(NEAREST, FARTHEST, padding=0)
        self.plot.box.invertY(True)
        self.plot.box.sigResized.connect(lambda *_: self._tick())
        self.plot.left.setToolTip("Distance: 0 is identical to the takes, 1 is as far as ordinary speech of strangers.")
        self._ordinary = pg.InfiniteLine(1.0, angle=0, movable=False)
        self.plot.addItem(self._ordinary, ignoreBounds=True)
        self.marks = ArrowsItem()
        self.marks.setZValue(10)
        self.plot.addItem(self.marks)
        self.smoothing = named(QCheckBox("Smoothed"), "smoothed", "Smoothed: show what decides")
        self.smoothing.setChecked(True)
        self.smoothing.setToolTip(SMOOTHED_TIP)
        self.smoothing.setAccessibleDescription(SMOOTHED_TIP)
        self.smoothing.toggled.connect(lambda _: self._smooth())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        axis.range_changed.connect(lambda *_: self._draw())
        self.plot.box.sigResized.connect(lambda *_: self._draw())
        self.set_theme(theme)

    @property
    def bytes(self) -> int:
        """Memory that distances take."""
        return self._held.bytes

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.set_theme(theme)
        self._ordinary.setPen(pg.mkPen(theme.line, width=1))
        for number, curve in enumerate(self._curves):
            self._dress(number, curve)
        self._draw_marks()

    def set_words(self, words: Sequence[tuple[str, float]]) -> None:
        """Words (name, threshold) that distances will come for. Other words than before begin with an empty strip."""
        if [name for name, _ in words] != [curve.name for curve in self._curves]:
            self._rebuild([name for name, _ in words])
        for curve, (_, threshold) in zip(self._curves, words, strict=True):
            curve.threshold.setValue(threshold)

    def clear(self) -> None:
        """A new sound."""
        self._empty()
        self._detections.clear()
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
        self._detections.clear()
        self.mark(detections)

    def mark(self, detections: Sequence[Detection]) -> None:
        """Mark detections where they were decided."""
        self._detections += detections
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

    def _tick(self) -> None:
        """As many numbers as there is room for."""
        room = max(1, int(self.plot.box.height() / (1.4 * self._theme.size(14))))
        shown = next((values for values in TICKS if len(values) <= room), TICKS[-1])
        self.plot.left.setTicks([[(value, f"{value:.1f}") for value in shown], []])

    def _fit(self) -> None:
        """Keep every curve in view: the range only grows, until the next sound."""
        new = self._held.values[1 : 1 + len(self._curves), self._fitted :]
        self._fitted = self._held.count
        known = new[np.isfinite(new)]
        low, high = known.min(initial=self._low), known.max(initial=self._high)
        if (low, high) != (self._low, self._high):
            self._low, self._high = max(0.0, float(low) - 0.04), min(FARTHEST_SHOWN, float(high) + 0.04)
            self.plot.box.setYRange(self._low, self._high, padding=0)

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
            self.plot.removeItem(curve.line)
            self.plot.removeItem(curve.decisive)
            self.plot.removeItem(curve.threshold)
        self._detections.clear()
        self._curves = []
        for number, name in enumerate(names):
            line, decisive = (pg.PlotCurveItem(connect="finite") for _ in range(2))
            decisive.setZValue(1)
            decisive.setVisible(self.smoothing.isChecked())
            threshold = pg.InfiniteLine(
                1.0,
                angle=0,
                movable=True,
                bounds=(0.2, 1.1),
                label=name,
                labelOpts={"position": 0.004 + 0.1 * number, "anchors": [(0, 1), (0, 1)]},
            )
            threshold.setToolTip(f"Threshold of {name}: drag it. Above the line is close enough to be recognised.")
            threshold.sigPositionChangeFinished.connect(self._dragged)
            self.plot.addItem(line)
            self.plot.addItem(decisive)
            self.plot.addItem(threshold, ignoreBounds=True)
            curve = _Curve(name, line, decisive, threshold)
            self._curves.append(curve)
            self._dress(number, curve)
        self._empty()
        self._draw_marks()

    def _dress(self, number: int, curve: _Curve) -> None:
        colour = self._theme.word(number)
        self._pen_curves()
        curve.threshold.setPen(pg.mkPen(colour, width=1, style=pg.QtCore.Qt.PenStyle.DashLine))
        curve.threshold.setHoverPen(pg.mkPen(colour, width=3))
        curve.threshold.label.setColor(colour)
        curve.threshold.label.textItem.setFont(self._theme.font(12, bold=True))

    def _pen_curves(self) -> None:
        """Thin lines where many lie beside each other: wider ones would look the same, and take ten times as long."""
        smoothing = self.smoothing.isChecked()
        for number, curve in enumerate(self._curves):
            width = 1 if self._thinned else self._theme.stroke
            colour = QColor(self._theme.word(number))
            curve.decisive.setPen(pg.mkPen(colour, width=width))
            colour.setAlphaF(BEHIND if smoothing else 1.0)
            curve.line.setPen(pg.mkPen(colour, width=1 if smoothing else width))

    def _dragged(self, line: pg.InfiniteLine) -> None:
        for curve in self._curves:
            if curve.threshold is line:
                self.threshold_dragged.emit(curve.name, float(line.value()))

    def _draw_marks(self) -> None:
        colours = {curve.name: self._theme.word(number) for number, curve in enumerate(self._curves)}
        known = sorted((one for one in self._detections if one.word in colours), key=lambda one: one.at)
        points = [(one.at, one.distance) for one in known]
        self.marks.show_at(points, [colours[one.word] for one in known], self._theme.surface)
