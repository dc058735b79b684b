"""How loud the input is: a bar, the loudest of the last seconds, and a lamp that remembers clipping."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from labbench.signal.levels import to_db
from labbench.ui.theme import Theme
from labbench.ui.widgets import named

LOWEST_DB = -60.0
FALL_DB = 1.2
HELD_FALL_DB = 0.15
CLIPPED = 0.999
"""A 16-bit sample that is as large as can be has an amplitude of 0.99997; some devices stop a little earlier."""
LAMP = 10.0


class LevelMeter(QWidget):
    """A bar from -60 to 0 dBFS, a tick for the peak that is held, a lamp that stays on once sound was clipped."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "level", "Input level")
        self.setToolTip(
            "Input level in decibels below the loudest sound that can be recorded (dBFS). The tick holds the peak. The "
            "lamp lights up when sound was too loud and was clipped; click it to put it out."
        )
        self._theme = theme
        self._db = self._held = LOWEST_DB
        self.clipped = False
        self.setMinimumWidth(72)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.size(140), 16)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_peak(self, amplitude: float) -> None:
        """The largest amplitude since the last call; the bar falls slowly, the tick slower."""
        db = max(LOWEST_DB, to_db(amplitude))
        self._db = max(db, self._db - FALL_DB)
        self._held = max(db, self._held - HELD_FALL_DB)
        self.clipped = self.clipped or amplitude >= CLIPPED
        held = f"{self._db:.0f} decibels, peak {self._held:.0f}"
        self.setAccessibleDescription(f"{held}, clipped" if self.clipped else held)
        self.update()

    def reset(self) -> None:
        """Nothing is open."""
        self._db = self._held = LOWEST_DB
        self.clipped = False
        self.setAccessibleDescription("")
        self.update()

    @property
    def text(self) -> str:
        """The held peak."""
        return "" if self._held <= LOWEST_DB else f"{self._held:.0f} dBFS".replace("-", "\N{MINUS SIGN}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clipped = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, width = self.height() / 2, self.width() - LAMP - 4
        painter.setBrush(QColor(self._theme.line))
        painter.drawRoundedRect(QRectF(0, middle - 3, width, 6), 3, 3)
        part = (self._db - LOWEST_DB) / -LOWEST_DB
        if part > 0:
            painter.setBrush(QColor(self._theme.warning if self._db > -6.0 else self._theme.good))
            painter.drawRoundedRect(QRectF(0, middle - 3, max(6.0, part * width), 6), 3, 3)
        held = (self._held - LOWEST_DB) / -LOWEST_DB
        if held > 0:
            painter.setBrush(QColor(self._theme.text))
            painter.drawRect(QRectF(held * (width - 2), middle - 5, 2, 10))
        painter.setBrush(QColor(self._theme.record if self.clipped else self._theme.line))
        painter.drawEllipse(QRectF(self.width() - LAMP, middle - LAMP / 2, LAMP, LAMP))
