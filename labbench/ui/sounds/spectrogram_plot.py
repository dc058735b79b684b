"""The spectrogram over the window's time axis: which frequencies sound when, and how loud."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from labbench.signal.spectrogram import Spectrogram, SpectrogramImage, SpectrogramSettings
from labbench.ui.plots import TimePlot
from labbench.ui.sounds.viewed_sound import ViewedSound
from labbench.ui.theme import Theme
from labbench.ui.time_axis import TimeAxis
from labbench.ui.widgets import named

MOST_COLUMNS = 1200
TICKS_HZ = (100, 200, 500, 1000, 2000, 4000, 8000, 16_000, 32_000)
WHISPER_RANGE = (-0.7, 1.3)
"""Of the values that Whisper works with, which are neither decibels nor anything else with a unit."""

TIPS = {
    "mel": "Spectrogram: low tones below, high ones above; brighter is louder. Spaced by the mel scale, as we hear.",
    "linear": "Spectrogram: low tones below, high ones above; brighter is louder. Spaced evenly in hertz.",
    "whisper": "What Whisper really sees: 80 mel bands at 16 kHz, in its own scale, in windows of 30 seconds.",
}


class SpectrogramPlot(TimePlot):
    """Draws a `ViewedSound`; `refresh` whenever the view or the sound has changed."""

    def __init__(self, theme: Theme, axis: TimeAxis, settings: SpectrogramSettings) -> None:
        self.image = pg.ImageItem(axisOrder="row-major")
        super().__init__(theme, axis)
        named(self, "spectrogram", "Spectrogram")
        self.image.setZValue(-10)
        self.addItem(self.image)
        self.settings = settings
        self._sound = ViewedSound()
        self._spectrogram: Spectrogram | None = None
        self._ticked: tuple[float, ...] = ()
        self._line = theme.size(16)
        self.found: SpectrogramImage | None = None
        self.showGrid(x=False, y=False)
        self.box.sigResized.connect(self._resized)
        self.use(settings)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._line = theme.size(16)
        self.showGrid(x=False, y=False)
        positions = np.linspace(0.0, 1.0, len(theme.heat))
        colours = [pg.mkColor(colour).getRgb() for colour in theme.heat]
        self.image.setLookupTable(pg.ColorMap(positions, colours).getLookupTable(nPts=256, alpha=False))

    @property
    def bytes(self) -> int:
        """Memory that columns and the picture take."""
        picture = self.found.values.nbytes if self.found is not None else 0
        return picture + (self._spectrogram.cache.bytes if self._spectrogram is not None else 0)

    def use(self, settings: SpectrogramSettings) -> None:
        """Another kind, window or range."""
        self.settings = settings
        self._spectrogram = self._sound.spectrogram(settings)
        self.left.setToolTip(TIPS[settings.kind])
        self.setAccessibleDescription(TIPS[settings.kind])
        self.refresh()

    def begin(self, sound: ViewedSound) -> None:
        """Another sound."""
        self._sound = sound
        self._spectrogram = sound.spectrogram(self.settings)
        self.refresh()

    def refresh(self) -> None:
        """Draw what is in view now."""
        spectrogram = self._spectrogram
        if spectrogram is None or not self._sound.frames:
            self.image.clear()
            return
        most = max(200, min(MOST_COLUMNS, int(self.box.width())))
        found = spectrogram.image(*self._axis.view, most)
        self.found = found
        if not found.values.size:
            self.image.clear()
            return
        columns, bins = found.values.shape
        settings = self.settings
        ends = WHISPER_RANGE if settings.kind == "whisper" else (settings.floor_db, settings.ceiling_db)
        self.image.setImage(found.values.T, autoLevels=False, levels=[found.coding.code_of(end) for end in ends])
        self.image.setRect(pg.QtCore.QRectF(found.first_s, 0.0, columns * found.column_s, bins))
        self._tick(found.centres_hz)

    def _resized(self, _: object) -> None:
        """Fewer figures have room where it is lower."""
        if self.found is not None and self.found.values.size:
            self._tick(self.found.centres_hz)

    def _tick(self, bins_hz: NDArray[np.float64]) -> None:
        height = max(1.0, float(self.box.height()))
        known = (len(bins_hz), float(bins_hz[-1]), height, self._line)
        if known == self._ticked:
            return
        self._ticked = known
        count = len(bins_hz)
        self.box.setYRange(0, count, padding=0)
        line = self._line * count / height  # the height of a text, in bins
        ticks = []
        free = line / 2
        for hertz in TICKS_HZ:
            if hertz > bins_hz[-1]:
                break
            place = float(np.interp(hertz, bins_hz, np.arange(count) + 0.5))
            if free <= place < count - line / 2:
                ticks.append((place, f"{hertz / 1000:g} kHz" if hertz >= 1000 else f"{hertz} Hz"))
                free = place + 1.3 * line
        self.left.setTicks([ticks, []])
