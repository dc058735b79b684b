"""How far each moment lies from each taught word, live: near is up, a threshold for each word can be dragged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from labbench.core.timebase import MODEL_RATE
from labbench.ui.plots import TimePlot
from labbench.ui.theme import Theme
from labbench.ui.time_axis import TimeAxis
from labbench.ui.widgets import named
from labbench.wakeword.spotter import Detection, SpotFrame

NEAREST, FARTHEST = 0.3, 1.2
FARTHEST_SHOWN = 3.0
MOST_POINTS = 4000
"""Points of one curve that are drawn; longer stretches are thinned for drawing only."""


@dataclass
class _Curve:
    name: str
    line: pg.PlotDataItem
    threshold: pg.InfiniteLine
    values: list[float] = field(default_factory=list)


class DistanceStrip(QWidget):
    """One curve a word over the window's common time axis. `threshold_dragged` gives a word and its new threshold."""

    threshold_dragged = Signal(str, float)

    def __init__(self, theme: Theme, axis: TimeAxis) -> None:
        super().__init__()
        named(self, "distances", "Distance to each taught word over time")
        self._theme = theme
        self._times: list[float] = []
        self._low, self._high = NEAREST, FARTHEST
        self._curves: list[_Curve] = []
        self._detections: list[Detection] = []
        self.plot = named(TimePlot(theme, axis), "distancePlot", "Distances over time; nearer is higher")
        self.plot.box.setYRange(NEAREST, FARTHEST, padding=0)
        self.plot.box.invertY(True)
        self.plot.left.setTicks([[(value, f"{value:.1f}") for value in (0.4, 0.6, 0.8, 1.0)], []])
        self.plot.left.setToolTip("Distance: 0 is identical to the takes, 1 is as far as ordinary speech of strangers.")
        self._ordinary = pg.InfiniteLine(1.0, angle=0, movable=False)
        self.plot.addItem(self._ordinary, ignoreBounds=True)
        self.marks = pg.ScatterPlotItem(symbol="t", size=12)
        self.marks.setZValue(10)
        self.plot.addItem(self.marks)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self.set_theme(theme)

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
        self._times.clear()
        self._detections.clear()
        self._low, self._high = NEAREST, FARTHEST
        self.plot.box.setYRange(NEAREST, FARTHEST, padding=0)
        for curve in self._curves:
            curve.values.clear()
        self.refresh()
        self._draw_marks()

    def add(self, frame: SpotFrame, detections: Sequence[Detection] = ()) -> None:
        """One hop; drawn at the next `refresh`."""
        if len(frame.distances) != len(self._curves):  # from before the words were changed
            return
        self._times.append(frame.index / MODEL_RATE)
        for curve, distance in zip(self._curves, frame.distances, strict=True):
            curve.values.append(distance)
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
        step = max(1, len(self._times) // MOST_POINTS)
        times = np.asarray(self._times[::step])
        for curve in self._curves:
            curve.line.setData(times, np.asarray(curve.values[::step]))
        self._fit()

    def _fit(self) -> None:
        """Keep every curve in view: the range only grows, until the next sound."""
        values = [value for curve in self._curves for value in curve.values[-200:] if np.isfinite(value)]
        low, high = min([*values, self._low]), max([*values, self._high])
        if (low, high) != (self._low, self._high):
            self._low, self._high = max(0.0, low - 0.04), min(FARTHEST_SHOWN, high + 0.04)
            self.plot.box.setYRange(self._low, self._high, padding=0)

    def held(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times in seconds and distances that the plot holds for a word."""
        curve = next(curve for curve in self._curves if curve.name == name)
        return np.asarray(self._times), np.asarray(curve.values)

    @property
    def thresholds(self) -> dict[str, pg.InfiniteLine]:
        """Each word's line."""
        return {curve.name: curve.threshold for curve in self._curves}

    def _rebuild(self, names: Sequence[str]) -> None:
        for curve in self._curves:
            self.plot.removeItem(curve.line)
            self.plot.removeItem(curve.threshold)
        self._times.clear()
        self._detections.clear()
        self._curves = []
        for number, name in enumerate(names):
            line = pg.PlotDataItem(connect="finite")
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
            self.plot.addItem(threshold, ignoreBounds=True)
            curve = _Curve(name, line, threshold)
            self._dress(number, curve)
            self._curves.append(curve)
        self._draw_marks()

    def _dress(self, number: int, curve: _Curve) -> None:
        colour = self._theme.word(number)
        curve.line.setPen(pg.mkPen(colour, width=self._theme.stroke))
        curve.threshold.setPen(pg.mkPen(colour, width=1, style=pg.QtCore.Qt.PenStyle.DashLine))
        curve.threshold.setHoverPen(pg.mkPen(colour, width=3))
        curve.threshold.label.setColor(colour)
        curve.threshold.label.textItem.setFont(self._theme.font(12, bold=True))

    def _dragged(self, line: pg.InfiniteLine) -> None:
        for curve in self._curves:
            if curve.threshold is line:
                self.threshold_dragged.emit(curve.name, float(line.value()))

    def _draw_marks(self) -> None:
        colours = {curve.name: self._theme.word(number) for number, curve in enumerate(self._curves)}
        known = [detection for detection in self._detections if detection.word in colours]
        self.marks.setData(
            x=[detection.at for detection in known],
            y=[detection.distance for detection in known],
            brush=[pg.mkBrush(colours[detection.word]) for detection in known],
            pen=pg.mkPen(self._theme.surface, width=1),
        )
