"""The sound: waveform and spectrogram, and below them lanes of words and detections, all on one time axis."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from labbench.audio.interruption import Interruption
from labbench.signal.spectrogram import SpectrogramSettings
from labbench.ui.bands import BandsItem
from labbench.ui.marks import Mark
from labbench.ui.plots import LEAST_HEIGHT, TimePlot
from labbench.ui.sounds.envelope_item import EnvelopeItem
from labbench.ui.sounds.lanes import Lanes
from labbench.ui.sounds.spectrogram_plot import SpectrogramPlot
from labbench.ui.sounds.viewed_sound import ViewedSound
from labbench.ui.theme import Theme
from labbench.ui.time_axis import TimeAxis
from labbench.ui.time_keys import TimeKeys
from labbench.ui.widgets import named

MOST_COLUMNS = 2000
LANE_A, LANE_B, LANE_WORDS, LANE_LABELS, LANE_UNUSUAL = range(5)


class SignalView(QWidget):
    """Draws a `ViewedSound`. Keyboard: arrows move the cursor, with Shift they select; see `TimeKeys`."""

    play_asked = Signal()

    def __init__(self, theme: Theme, axis: TimeAxis, settings: SpectrogramSettings) -> None:
        super().__init__()
        named(self, "signal", "Sound over time")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = theme
        self._axis = axis
        self._wanted, self._asked, self._compact = True, False, False
        self.sound = ViewedSound()
        self._drawn: tuple[object, ...] = ()
        self.plot = named(TimePlot(theme, axis), "waveform", "Waveform")
        self.plot.box.setYRange(-1.0, 1.0, padding=0)
        self.plot.left.setTicks([[(-1.0, ""), (0.0, "Sound"), (1.0, "")], []])
        self.plot.left.setToolTip(
            "Amplitude: 0 is silence, the upper and lower edge are the loudest that can be recorded."
        )
        self.wave = EnvelopeItem(theme)
        self.plot.addItem(self.wave)
        self.spectrogram = SpectrogramPlot(theme, axis, settings)
        self.spectrogram.getPlotItem().hideAxis("bottom")
        self.lanes = Lanes(theme, ["Whisper", "Moonshine", "Words", "Labels", "Stands out"], axis)
        for lane in (LANE_WORDS, LANE_LABELS, LANE_UNUSUAL):
            self.lanes.show_lane(lane, False)
        self._expecting = False
        self.bands = BandsItem()
        self.plot.addItem(self.bands, ignoreBounds=True)
        self.unusual = BandsItem()
        self.plot.addItem(self.unusual, ignoreBounds=True)
        self._losses: list[tuple[pg.InfiniteLine, Interruption]] = []
        self._keys = TimeKeys(axis, self.lanes.edges)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.spectrogram, 4)
        layout.addWidget(self.plot, 5)
        layout.addWidget(self.lanes)
        axis.range_changed.connect(self._range_changed)
        self.plot.box.sigResized.connect(self._resized)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self.plot, self.spectrogram, self.wave, self.lanes):
            part.set_theme(theme)
        self.plot.setMinimumHeight(LEAST_HEIGHT + theme.size(22))
        for line, interruption in self._losses:
            self._dress(line, interruption)

    def begin(self, sound: ViewedSound) -> None:
        """A new sound; `refresh` follows whenever it has grown."""
        self.sound = sound
        for lane in (LANE_A, LANE_B, LANE_WORDS, LANE_LABELS):
            self.lanes.show_marks(lane, [])
            self.lanes.show_skipped(lane, [])
        self.lanes.show_lane(LANE_LABELS, False)
        self.show_detections([])
        self.show_standing_out([])
        self.show_interruptions([])
        self._drawn = ()
        self.spectrogram.begin(sound)
        self.refresh()

    def use(self, sound: ViewedSound) -> None:
        """The same sound, read from elsewhere, or with more to be seen of it."""
        self.sound = sound
        self._drawn = ()
        self.spectrogram.begin(sound)
        self.refresh()

    def show_labels(self, marks: Sequence[Mark]) -> None:
        """The user's own labels; their lane is there where they are."""
        self.lanes.show_marks(LANE_LABELS, marks)
        self.lanes.show_lane(LANE_LABELS, bool(marks))

    def refresh(self) -> None:
        """Draw what there is now in the stretch that is in view, unless just that is drawn already."""
        most = max(200, min(MOST_COLUMNS, int(self.plot.box.width())))
        state = (self._axis.view, self.sound.frames, most, self.spectrogram.isVisible())
        if state == self._drawn:
            return
        self._drawn = state
        self.wave.setData(*self.sound.columns(*self._axis.view, most))
        if self.spectrogram.isVisible():
            self.spectrogram.refresh()

    def show_spectrogram(self, visible: bool) -> None:
        self._wanted, self._asked = visible, visible
        self._show_what_fits()

    def set_compact(self, compact: bool) -> None:
        """On a small screen the waveform has the room to itself."""
        self._compact = compact
        self._show_what_fits()

    def _show_what_fits(self) -> None:
        self.spectrogram.setVisible(self._wanted and (self._asked or not self._compact))
        self.refresh()

    def show_detections(self, marks: Sequence[Mark]) -> None:
        """Detections as chips in their lane and as bands behind the waveform; hollow ones are near misses."""
        self.lanes.show_marks(LANE_WORDS, marks)
        self.expect_words(self._expecting)
        self.bands.show_marks([mark for mark in marks if not mark.hollow])

    def expect_words(self, expecting: bool) -> None:
        """Whether there are words that could be detected; their lane is there where they, or detections, are."""
        self._expecting = expecting
        self.lanes.show_lane(LANE_WORDS, expecting or bool(self.lanes.marks(LANE_WORDS)))

    def show_standing_out(self, marks: Sequence[Mark]) -> None:
        """What is unlike normal, as chips and bands as well; their lane is there where they are."""
        self.lanes.show_marks(LANE_UNUSUAL, marks)
        self.lanes.show_lane(LANE_UNUSUAL, bool(marks))
        self.unusual.show_marks(marks)

    def show_interruptions(self, interruptions: Sequence[Interruption]) -> None:
        """Lines where the sound is not one unbroken piece."""
        while self._losses:
            self.plot.removeItem(self._losses.pop()[0])
        for interruption in interruptions:
            self.add_interruption(interruption)

    def add_interruption(self, interruption: Interruption) -> None:
        line = pg.InfiniteLine(interruption.at / self.sound.rate, angle=90, movable=False)
        paused = interruption.kind == "pause"
        self._dress(line, interruption)
        line.setToolTip("Paused here." if paused else "Sound was lost here: the computer was too busy.")
        self.plot.addItem(line, ignoreBounds=True)
        self._losses.append((line, interruption))

    @property
    def interruptions(self) -> list[Interruption]:
        """Those that are marked."""
        return [interruption for _, interruption in self._losses]

    def _dress(self, line: pg.InfiniteLine, interruption: Interruption) -> None:
        colour = self._theme.muted if interruption.kind == "pause" else self._theme.record
        line.setPen(pg.mkPen(colour, width=self._theme.stroke))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.play_asked.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.lanes.select_word(self._axis.cursor if self._axis.cursor is not None else self._axis.view[0])
        elif not self._keys.press(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.lanes.show_focus(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.lanes.show_focus(False)

    def _range_changed(self, *_: object) -> None:
        self._follow()
        self.refresh()

    def _resized(self, *_: object) -> None:
        self._follow()
        self.refresh()

    def _follow(self) -> None:
        area = self.plot.box.sceneBoundingRect()
        self.lanes.follow(*self._axis.view, float(area.left()), float(area.width()))
