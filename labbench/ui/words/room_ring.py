"""A ring that counts the room down and shows what becomes of it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from labbench.signal.levels import FLOOR_DB
from labbench.ui.theme import Theme
from labbench.ui.widgets import named
from labbench.ui.words.room_desk import RoomDesk
from labbench.ui.words.room_effect import RoomStage
from labbench.wakeword.room import WANTED_SECONDS

TRACK = 10.0


class RoomRing(QWidget):
    """A ring that fills while the room is heard, with the seconds that are left in it; it swells with the sound."""

    def __init__(self, theme: Theme, desk: RoomDesk) -> None:
        super().__init__()
        named(self, "roomRing", "How much of the room was heard")
        self._theme = theme
        self._desk = desk
        self._level = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setMinimumHeight(theme.size(164))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.size(320), self._theme.size(210))

    @property
    def part(self) -> float:
        """How much of the ring is filled, 0 to 1."""
        done, total = self._desk.progress
        match self._desk.stage:
            case RoomStage.HEARING:
                return min(1.0, self._desk.seconds / WANTED_SECONDS)
            case RoomStage.MAKING:
                return done / total if total else 0.0
            case RoomStage.DOUBT | RoomStage.DONE:
                return 1.0
            case _:
                return 1.0 if self._desk.room is not None else 0.0

    @property
    def sign(self) -> tuple[str, str]:
        """What stands in the ring, in large and in small letters."""
        done, total = self._desk.progress
        match self._desk.stage:
            case RoomStage.HEARING:
                return f"{max(0.0, WANTED_SECONDS - self._desk.seconds):.0f}", "seconds left"
            case RoomStage.MAKING:
                return f"{done}", f"of {total} takes"
            case RoomStage.OPENING | RoomStage.READING:
                return "…", ""
            case RoomStage.DOUBT:
                return "?", ""
            case _ if self._desk.room is not None:
                level = self._desk.room.level_db
                text = "none" if level <= FLOOR_DB else f"{level:.0f}".replace("-", "\N{MINUS SIGN}")
                return text, "mean level, dBFS"
            case _:
                return f"{WANTED_SECONDS:.0f}", "seconds"

    def show_level(self, amplitude: float) -> None:
        """The newest peak."""
        self._level = max(amplitude, 0.85 * self._level)
        if self._desk.stage is RoomStage.HEARING:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, hearing = self._theme, self._desk.stage is RoomStage.HEARING
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = max(20.0, min(self.width(), self.height()) / 2 - 14)
        middle = QRectF(self.rect()).center()
        ring = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
        swell = 8.0 * min(1.0, self._level) if hearing else 0.0
        painter.setPen(QPen(QColor(theme.line), TRACK))
        painter.setBrush(QColor(theme.raised))
        painter.drawEllipse(ring)
        if self.part > 0:
            pen = QPen(self._colour(), TRACK + swell)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawArc(ring, 90 * 16, -round(360 * 16 * self.part))
        large, small = self.sign
        font = theme.font(40, bold=True)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        up = theme.size(10) if small else 0
        painter.drawText(ring.translated(0, -up), Qt.AlignmentFlag.AlignCenter, large)
        painter.setFont(theme.font(14))
        painter.setPen(QColor(theme.muted))
        painter.drawText(ring.translated(0, theme.size(24)), Qt.AlignmentFlag.AlignCenter, small)
        painter.end()

    def _colour(self) -> QColor:
        theme = self._theme
        match self._desk.stage:
            case RoomStage.HEARING:
                return QColor(theme.record)
            case RoomStage.MAKING:
                return QColor(theme.accent)
            case RoomStage.DOUBT:
                return QColor(theme.warning)
            case _:
                return QColor(theme.good)
