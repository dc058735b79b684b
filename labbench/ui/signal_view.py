"""The sound: waveform, and below it lanes of words and detections on the same time axis."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from labbench.signal.envelope import Envelope
from labbench.ui.lanes import Lanes, Mark
from labbench.ui.plots import EnvelopeItem, TimePlot
from labbench.ui.theme import Theme
from labbench.ui.widgets import named

LIVE_SECONDS = 12.0
"""While sound runs, so much of it is in view."""
MOST_COLUMNS = 2000
LANE_A, LANE_B, LANE_WORDS = range(3)


class SignalView(QWidget):
    """Follows running sound; afterwards the wheel zooms and dragging pans. `cursor_moved` gives seconds or None."""

    cursor_moved = Signal(object)
    range_changed = Signal(float, float)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "signal", "Sound over time")
        self._theme = theme
        self._envelope = Envelope()
        self._rate = 16_000
        self._follow = True
        self.plot = named(TimePlot(theme), "waveform", "Waveform")
        self.plot.box.setYRange(-1.0, 1.0, padding=0)
        self.plot.box.setLimits(xMin=0.0, yMin=-1.0, yMax=1.0, minXRange=0.05)
        self.plot.left.setTicks([[(-1.0, ""), (0.0, "Sound"), (1.0, "")], []])
        self.plot.left.setToolTip(
            "Amplitude: 0 is silence, the upper and lower edge are the loudest that can be recorded."
        )
        self.wave = EnvelopeItem(theme)
        self.plot.addItem(self.wave)
        self.lanes = Lanes(theme, ["Whisper", "Moonshine", "Words"])
        self._regions: list[pg.LinearRegionItem] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.lanes)
        self.plot.box.sigXRangeChanged.connect(self._range_changed)
        self.plot.box.sigResized.connect(self._range_changed)
        self.plot.scene().sigMouseMoved.connect(self._mouse_moved)
        self.plot.installEventFilter(self)
        self.plot.box.setXRange(0.0, LIVE_SECONDS, padding=0)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.set_theme(theme)
        self.wave.set_theme(theme)
        self.lanes.set_theme(theme)

    @property
    def shown(self) -> tuple[float, float]:
        """First and last second in view."""
        (start, stop), _ = self.plot.box.viewRange()
        return float(start), float(stop)

    def begin(self, envelope: Envelope, rate: int) -> None:
        """A new sound; `refresh` follows whenever it has grown."""
        self._envelope, self._rate, self._follow = envelope, rate, True
        for lane in (LANE_A, LANE_B, LANE_WORDS):
            self.lanes.show_marks(lane, [])
        self.show_detections([])
        self.plot.box.setLimits(xMin=0.0, xMax=None)
        self.plot.box.setXRange(0.0, LIVE_SECONDS, padding=0)
        self.refresh()

    def refresh(self) -> None:
        """Draw what the envelope holds now; the view moves along while sound runs."""
        seconds = self._envelope.samples / self._rate
        if self._follow and seconds > self.shown[1]:
            self.plot.box.setXRange(seconds - LIVE_SECONDS, seconds, padding=0)
        self._draw()

    def end(self) -> None:
        """Sound has ended: show all of it."""
        self._follow = False
        seconds = max(1.0, self._envelope.samples / self._rate)
        self.plot.box.setLimits(xMin=0.0, xMax=seconds)
        self.plot.box.setXRange(0.0, seconds, padding=0)
        self._draw()

    def show_detections(self, marks: Sequence[Mark]) -> None:
        """Detections as chips in their lane and as bands behind the waveform."""
        self.lanes.show_marks(LANE_WORDS, marks)
        while len(self._regions) > len(marks):
            self.plot.removeItem(self._regions.pop())
        while len(self._regions) < len(marks):
            region = pg.LinearRegionItem(movable=False)
            region.setZValue(-5)
            self.plot.addItem(region, ignoreBounds=True)
            self._regions.append(region)
        for region, mark in zip(self._regions, marks, strict=True):
            region.setRegion((mark.start, mark.end))
            colour = QColor(mark.colour)
            for line in region.lines:
                line.setPen(pg.mkPen(mark.colour, width=1))
            colour.setAlphaF(0.22)
            region.setBrush(colour)

    def show_cursor(self, seconds: float | None) -> None:
        self.plot.show_cursor(seconds)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.cursor_moved.emit(None)
        return False

    def _mouse_moved(self, position: object) -> None:
        inside = self.plot.box.sceneBoundingRect().contains(position)
        self.cursor_moved.emit(float(self.plot.box.mapSceneToView(position).x()) if inside else None)

    def _range_changed(self, *_: object) -> None:
        start, stop = self.shown
        area = self.plot.box.sceneBoundingRect()
        self.lanes.follow(start, stop, float(area.left()), float(area.width()))
        self.range_changed.emit(start, stop)
        if not self._follow:
            self._draw()

    def _draw(self) -> None:
        start, stop = self.shown
        most = max(200, min(MOST_COLUMNS, int(self.plot.box.width())))
        columns = self._envelope.columns(int(start * self._rate), int(stop * self._rate) + 1, most)
        self.wave.setData(columns.times(self._rate), columns.low, columns.high)
