"""A small map of takes: colours by word, shapes by speaker, ordinary speech and a sound as clouds behind them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent

from labbench.ui.theme import Theme
from labbench.ui.views.map.signs import RADIUS, shape_of, shape_path
from labbench.ui.views.threshold.ridges import FigurePlot
from labbench.ui.widgets import named
from labbench.wakeword.landmark_map import LandmarkMap

REACH = 14.0
"""Pixels from a take within which the mouse points at it."""
HELP = (("Arrows", "Another take"), ("Return", "Play it"))
"""For the page that lists keys."""
SPREAD = (2.0, 98.0)
"""Percentiles of ordinary speech that are in view for certain."""


class MapPlot(FigurePlot):
    """Shows a map as it is. `pointed` gives a take by mouse or keys, or None; `picked` one to be heard."""

    pointed = Signal(object)
    picked = Signal(int)

    def __init__(self, name: str, spoken: str, theme: Theme) -> None:
        super().__init__()
        named(self, name, spoken)
        self._theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.getPlotItem().hideAxis("left")
        self.getPlotItem().hideAxis("bottom")
        self.getPlotItem().layout.setContentsMargins(4, 4, 4, 4)
        self.box.setAspectLocked(True)
        self.speech, self.sound, self.takes, self.ring = (pg.ScatterPlotItem(pxMode=True) for _ in range(4))
        for layer, item in enumerate((self.speech, self.sound, self.takes, self.ring)):
            item.setZValue(layer)
            self.addItem(item, ignoreBounds=True)
        self.chart: LandmarkMap | None = None
        self.at: int | None = None
        self._words: Sequence[str] = ()
        self._points: NDArray[np.float64] = np.zeros((0, 2))
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setBackground(theme.surface)
        self.show_map(self.chart, self._words, self._points)

    def show_map(self, chart: LandmarkMap | None, words: Sequence[str], points: NDArray[np.float64]) -> None:
        """`words` in the order of their colours; `points` [m, 2] of a sound."""
        self.chart, self._words, self._points = chart, words, points
        theme = self._theme
        for item in (self.speech, self.sound, self.takes):
            item.clear()
        self.point_at(None)
        if chart is None or not chart.landmarks:
            return
        grey, accent = QColor(theme.muted), QColor(theme.accent)
        grey.setAlphaF(0.35)
        accent.setAlphaF(0.5)
        none = pg.mkPen(None)
        self.speech.setData(pos=chart.background, size=3.2 * theme.scale, symbol="o", pen=none, brush=pg.mkBrush(grey))
        self.sound.setData(pos=points, size=3.2 * theme.scale, symbol="+", pen=pg.mkPen(accent, width=1), brush=None)
        speakers = list(dict.fromkeys(one.speaker for one in chart.landmarks))
        radius = RADIUS * 0.9
        symbols, brushes, pens = [], [], []
        for one in chart.landmarks:
            colour = theme.word(words.index(one.word) if one.word in words else len(words))
            symbols.append("x" if one.against else shape_path(shape_of(speakers.index(one.speaker)), 0.5))
            brushes.append(pg.mkBrush(None if one.learnt or one.against else colour))
            pens.append(pg.mkPen(colour if one.learnt or one.against else theme.surface, width=1.2 * theme.scale))
        self.takes.setData(pos=chart.points, size=2 * radius * theme.scale, symbol=symbols, brush=brushes, pen=pens)
        low, high = np.percentile(chart.background, SPREAD, axis=0) if len(chart.background) else chart.points[:2]
        every = np.concatenate([chart.points, [low, high], points])
        (left, bottom), (right, top) = every.min(axis=0), every.max(axis=0)
        self.box.setRange(xRange=(left, right), yRange=(bottom, top), padding=0.08)

    def point_at(self, number: int | None) -> None:
        """Ring a take."""
        self.at = number
        chart, theme = self.chart, self._theme
        if number is None or chart is None:
            self.ring.clear()
            return
        pen = pg.mkPen(theme.text, width=theme.stroke)
        self.ring.setData(pos=chart.points[[number]], size=22 * theme.scale, symbol="o", pen=pen, brush=None)
        one = chart.landmarks[number]
        by = f", said by {one.speaker}" if one.speaker else ""
        what = "not the word" if one.against else "a take"
        self.setAccessibleDescription(f"{one.label}, {what} of “{one.word}”{by}")

    def place_of(self, number: int) -> QPointF:
        """Where a take is drawn, in the viewport. Raises LookupError without a map."""
        if self.chart is None:
            raise LookupError("there is no map")
        scene = self.box.mapViewToScene(QPointF(*self.chart.points[number]))
        return QPointF(self.viewportTransform().map(scene))

    def _nearest(self, at: QPointF) -> int | None:
        if self.chart is None or not len(self.chart.points):
            return None
        places = np.array([self.place_of(number).toTuple() for number in range(len(self.chart.points))])
        gaps = np.hypot(places[:, 0] - at.x(), places[:, 1] - at.y())
        number = int(np.argmin(gaps))
        return number if gaps[number] <= REACH * self._theme.scale else None

    # Mouse and keyboard -----------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        number = self._nearest(event.position())
        if number != self.at and not (number is None and self.hasFocus()):
            self.pointed.emit(number)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        number = self._nearest(event.position())
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self.pointed.emit(number)
            self.picked.emit(number)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self.at is not None and not self.hasFocus():
            self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = len(self.chart.landmarks) if self.chart is not None else 0
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        if key in steps and count:
            before = self.at if self.at is not None else (-1 if steps[key] > 0 else count)
            self.pointed.emit(min(count - 1, max(0, before + steps[key])))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.at is not None:
            self.picked.emit(self.at)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut) and hasattr(self, "_theme"):
            self.box.setBorder(pg.mkPen(self._theme.accent) if event.type() == QEvent.Type.FocusIn else None)
        return bool(super().event(event))
